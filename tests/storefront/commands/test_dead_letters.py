import json
from base64 import b64decode
from datetime import datetime

import pytest
from flask import Flask

from storefront.dead_letters import PAGE, Filter, whole
from tests.storefront.commands.conftest import Query, Run
from tests.storefront.commands.letters import bury

FIELDS = {
    "id", "topic", "partition", "offset", "leader_epoch", "source", "task_id", "product_code", "reason", "state",
    "tries", "first_at", "last_at", "value_base64", "value_text", "key_base64", "headers", "broker_time", "unreadable",
    "because", "closed_at", "closed_by", "replay",
}  # fmt: skip


def test_without_letters_it_says_so(run: Run) -> None:
    assert run("dead-letters", "list").output == "No dead letters.\n"
    assert json.loads(run("dead-letters", "list", "--json").output) == []


def test_each_letter_is_a_line_with_the_newest_last(run: Run, query: Query) -> None:
    bury(query, 9, reason="inventory_count is -1; expected a whole number")
    bury(query, 4)
    header, first, second = run("dead-letters", "list").output.splitlines()
    assert header.split()[0] == "ID"
    assert first.split()[0] == "1"
    assert first.split()[3:5] == ["updates-1-9", "JANW7810"]
    assert first.endswith("  inventory_count is -1; expected a whole number")
    assert second.split()[3] == "updates-1-4"


def test_a_letter_that_is_no_longer_open_is_listed_when_asked_for(run: Run, query: Query) -> None:
    bury(query, 1)
    query("UPDATE dead_letters SET state = 'discarded'")
    assert run("dead-letters", "list").output == "No open dead letters; there are 1 discarded.\n"
    for state in ("discarded", "all"):
        assert run("dead-letters", "list", "--state", state).output.rstrip().endswith("(discarded) not JSON")
    assert run("dead-letters", "list", "--state", "replayed").output.startswith("No dead letters like that; ")


def test_what_a_settle_tries_just_now_is_no_letter_yet(run: Run, query: Query) -> None:
    bury(query, 1)
    query("UPDATE dead_letters SET state = 'trying'")
    for state in ("open", "all"):
        assert run("dead-letters", "list", "--state", state).output == "No dead letters.\n"
    assert run("dead-letters", "replay", "--all", "--state", "all").output == "No dead letters to replay.\n"
    assert "1, trying" in run("dead-letters", "show", "1").output


@pytest.mark.parametrize(
    ("options", "offsets"),
    [
        (["--reason", "JSON"], [1, 2]),
        (["--reason", "not json"], [1]),
        (["--reason", "%"], [3]),
        (["--reason", "two\nlines"], []),
        (["--code", "OTHER001"], [2]),
        (["--code", "OTHER"], []),
        (["--code", "OTHER\x00"], []),
        (["--since", "2020-01-02"], [2, 3]),
        (["--since", "2020-01-02T01:00+02:00"], [1, 2, 3]),
        (["--since", "1h"], [3]),
        (["--reason", "json", "--code", "OTHER001", "--since", "2020-01-01", "--state", "open"], [2]),
        (["--limit", "2"], [2, 3]),
    ],
)
def test_letters_are_chosen_by_filters(run: Run, query: Query, options: list[str], offsets: list[int]) -> None:
    bury(query, 1)
    bury(query, 2, reason="Json of another kind")
    bury(query, 3, reason="100 % wrong")
    query("UPDATE dead_letters SET product_code = 'OTHER001', first_at = '2020-01-02T00:00Z' WHERE id = 2")
    query("UPDATE dead_letters SET first_at = '2020-01-01T23:30Z' WHERE id = 1")
    listed = [
        line.split()[3] for line in run("dead-letters", "list", *options).output.splitlines() if "updates-1-" in line
    ]
    assert listed == [f"updates-1-{offset}" for offset in offsets]
    if "--limit" not in options:
        assert [one["offset"] for one in json.loads(run("dead-letters", "list", "--json", *options).output)] == offsets


@pytest.mark.parametrize("time", ["yesterday", "", "999999d", "2025-13-01", "\udce4"])
def test_a_time_that_is_none_is_a_sentence(run: Run, time: str) -> None:
    done = run("dead-letters", "list", "--since", time)
    assert done.exit_code == 2
    assert "is no time; expected one like 2025-11-24" in done.output


def test_many_letters_are_a_page_that_says_how_to_see_more(run: Run, query: Query) -> None:
    for offset in range(60):
        bury(query, offset)
    lines = run("dead-letters", "list").output.splitlines()
    assert len(lines) == 52
    assert lines[-2].split()[0] == "60"
    assert lines[-1].startswith("… and 10 older; ")
    assert "older" not in run("dead-letters", "list", "--limit", "60").output
    assert [one["id"] for one in json.loads(run("dead-letters", "list", "--json", "--limit", "2").output)] == [1, 2]


def test_a_long_list_is_read_page_by_page_and_holds_no_transaction_while_its_reader_waits(
    app: Flask, query: Query
) -> None:
    for offset in range(2 * PAGE + 1):
        bury(query, offset)
    with app.app_context():
        letters = whole(Filter())
        seen = [next(letters).id for _ in range(PAGE + 1)]
        assert not query(
            "SELECT query FROM pg_stat_activity"
            " WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
        )
        assert [*seen, *(letter.id for letter in letters)] == list(range(1, 2 * PAGE + 2))
        assert [letter.id for letter in whole(Filter(above=2), PAGE + 2)] == list(range(3, PAGE + 5))


@pytest.mark.parametrize("command", [["show"], ["discard", "--because", "junk"], ["replay"]], ids=lambda it: it[0])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("17", "no dead letter has number 17; "),
        ("9" * 30, "no dead letter has number 999"),
        pytest.param("9" * 5_000, "no dead letter has number 999", id="5,000 digits"),
        ("updates-1-8", "no dead letter is of a task 'updates-1-8'; expected a letter's number, or the id "),
        ("replay-17-0123456789ab", "no dead letter has number 17; "),
        ("\udce4", r"no dead letter is of a task '\udce4'; "),
        ("twice-1-7", "2 dead letters are of a task 'twice-1-7'; expected one of 2, 3"),
    ],
)
def test_a_wrong_id_is_a_sentence_and_changes_nothing(
    run: Run, query: Query, command: list[str], name: str, said: str
) -> None:
    for offset in range(3):
        bury(query, offset)
    query("UPDATE dead_letters SET task_id = 'twice-1-7' WHERE id > 1")
    names = [name] if command == ["show"] else ["1", name]
    done = run("dead-letters", *command, *names)
    assert done.exit_code == 2
    assert done.output.startswith(f"Error: {said}")
    assert done.output.count("\n") == 1
    assert query("SELECT DISTINCT state, tries FROM dead_letters") == [("open", 1)]


@pytest.mark.parametrize("command", [["discard", "--because", "junk"], ["replay"]], ids=lambda it: it[0])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name letters by their number or task id, or say --all"),
        (["1", "--all"], "name letters by their number or task id, or say --all"),
        (["1", "--reason", "x"], "--reason goes with --all"),
    ],
)
def test_letters_are_named_or_chosen_never_both(
    run: Run, query: Query, command: list[str], arguments: list[str], said: str
) -> None:
    bury(query, 1)
    done = run("dead-letters", *command, *arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert query("SELECT state FROM dead_letters") == [("open",)]


def test_scripts_get_all_of_a_letter(run: Run, query: Query) -> None:
    bury(query, 4711, value=b"\xff\x00not json")
    (letter,) = json.loads(run("dead-letters", "list", "--json").output)
    assert set(letter) == FIELDS
    assert (letter["id"], letter["topic"], letter["partition"], letter["offset"]) == (1, "updates", 1, 4711)
    assert (letter["reason"], letter["state"], letter["tries"]) == ("not JSON", "open", 1)
    assert b64decode(letter["value_base64"]) == b"\xff\x00not json"
    assert letter["value_text"] == r"\xff\x00not json"
    assert datetime.fromisoformat(letter["first_at"]).tzinfo is not None


def test_a_tombstone_and_an_empty_message_differ_for_scripts(run: Run, query: Query) -> None:
    bury(query, 1, value=None)
    bury(query, 2, value=b"")
    tombstone, empty = json.loads(run("dead-letters", "list", "--json").output)
    assert (tombstone["value_base64"], tombstone["value_text"]) == (None, None)
    assert (empty["value_base64"], empty["value_text"]) == ("", "")


def test_many_letters_are_one_array(run: Run, query: Query) -> None:
    for offset in range(25):
        bury(query, offset)
    letters = json.loads(run("dead-letters", "list", "--json").output)
    assert [letter["offset"] for letter in letters] == list(range(25))


def test_a_reason_is_one_line_whatever_it_holds(run: Run, query: Query) -> None:
    bury(query, 1, reason="two\nlines \x1b[2J")
    assert len(run("dead-letters", "list").output.splitlines()) == 2


def test_a_large_message_is_shown_shortened_and_kept_whole(run: Run, query: Query) -> None:
    bury(query, 1, value=b"x" * 5_000_000)
    (letter,) = json.loads(run("dead-letters", "list", "--json").output)
    assert len(letter["value_text"]) == 200
    assert len(b64decode(letter["value_base64"])) == 5_000_000
    assert len(run("dead-letters", "list").output) < 500
