import json
from base64 import b64decode
from datetime import datetime

from tests.storefront.commands.conftest import Query, Run

FIELDS = {
    "id", "topic", "partition", "offset", "leader_epoch", "source", "task_id", "product_code", "reason", "state",
    "tries", "first_at", "last_at", "value_base64", "value_text",
}  # fmt: skip


def bury(query: Query, offset: int, value: bytes | None = b"not json", reason: str = "not JSON") -> None:
    query(
        "INSERT INTO dead_letters"
        ' (topic, partition, source, leader_epoch, "offset", broker_time, task_id, value, product_code, reason)'
        " VALUES ('updates', 1, 'id-1', 0, %s, 1, %s, %s, 'JANW7810', %s)",
        offset,
        f"updates-1-{offset}",
        value,
        reason,
    )


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


def test_a_letter_that_is_no_longer_open_says_so(run: Run, query: Query) -> None:
    bury(query, 1)
    query("UPDATE dead_letters SET state = 'discarded'")
    assert run("dead-letters", "list").output.rstrip().endswith("(discarded) not JSON")


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


def test_a_large_message_is_shown_shortened_and_kept_whole(run: Run, query: Query) -> None:
    bury(query, 1, value=b"x" * 5_000_000)
    (letter,) = json.loads(run("dead-letters", "list", "--json").output)
    assert len(letter["value_text"]) == 200
    assert len(b64decode(letter["value_base64"])) == 5_000_000
    assert len(run("dead-letters", "list").output) < 500


def test_many_letters_are_one_array(run: Run, query: Query) -> None:
    for offset in range(25):
        bury(query, offset)
    letters = json.loads(run("dead-letters", "list", "--json").output)
    assert [letter["offset"] for letter in letters] == list(range(25))


def test_a_reason_is_one_line_whatever_it_holds(run: Run, query: Query) -> None:
    bury(query, 1, reason="two\nlines \x1b[2J")
    assert len(run("dead-letters", "list").output.splitlines()) == 2
