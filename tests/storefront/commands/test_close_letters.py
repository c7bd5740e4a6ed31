import getpass
import re
import threading

import psycopg
import pytest

from storefront import dead_letters as letters
from tests.end_to_end.conftest import eventually
from tests.storefront.commands.conftest import Query, Run
from tests.storefront.commands.letters import bury


def test_a_discarded_letter_keeps_why_who_and_when(run: Run, query: Query) -> None:
    for offset in range(3):
        bury(query, offset)
    done = run("dead-letters", "discard", "1", "updates-1-1", "1", "--because", "their test data")
    assert (done.exit_code, done.output) == (0, "2 discarded.\n")
    closed = query(
        "SELECT id, because, closed_by, closed_at IS NOT NULL FROM dead_letters WHERE state = 'discarded' ORDER BY id"
    )
    assert closed == [(1, "their test data", getpass.getuser(), True), (2, "their test data", getpass.getuser(), True)]
    shown = run("dead-letters", "show", "1").output
    assert re.search(rf"^closed      .* UTC, by {getpass.getuser()}, because their test data$", shown, re.MULTILINE)


def test_a_closed_letter_is_not_discarded_again(run: Run, query: Query) -> None:
    bury(query, 1)
    bury(query, 2)
    query("UPDATE dead_letters SET state = 'replayed' WHERE id = 1")
    done = run("dead-letters", "discard", "1", "2", "--because", "junk")
    assert (done.exit_code, done.output) == (2, "1 discarded.\nClosed already, not touched: 1.\n")
    assert query("SELECT state, because FROM dead_letters ORDER BY id") == [("replayed", None), ("discarded", "junk")]


def test_all_that_match_are_discarded(run: Run, query: Query) -> None:
    bury(query, 1)
    bury(query, 2, reason="another")
    assert run("dead-letters", "discard", "--all", "--reason", "json", "--because", "junk").output == "1 discarded.\n"
    assert query("SELECT state FROM dead_letters ORDER BY id") == [("discarded",), ("open",)]


def test_a_discard_says_why(run: Run, query: Query) -> None:
    bury(query, 1)
    assert "say why" in run("dead-letters", "discard", "1", "--because", " ").output
    assert run("dead-letters", "discard", "1").exit_code == 2
    assert query("SELECT state FROM dead_letters") == [("open",)]


def test_purge_takes_only_what_was_closed_long_ago(run: Run, query: Query) -> None:
    for offset in range(6):
        bury(query, offset)
    query("UPDATE dead_letters SET first_at = now() - interval '90 days'")
    query("UPDATE dead_letters SET state = 'discarded', closed_at = now() - interval '31 days' WHERE id <= 2")
    query("UPDATE dead_letters SET state = 'replayed', closed_at = now() - interval '31 days' WHERE id = 3")
    query("UPDATE dead_letters SET state = 'replayed', closed_at = now() - interval '29 days' WHERE id = 4")
    query("UPDATE dead_letters SET state = 'trying' WHERE id = 5")
    assert run("dead-letters", "purge", "--older-than", "30", "--yes").output == "3 purged.\n"
    assert query("SELECT id FROM dead_letters ORDER BY id") == [(4,), (5,), (6,)]
    assert run("dead-letters", "purge", "--older-than", "0", "--yes").output == "1 purged.\n"
    assert run("dead-letters", "purge", "--older-than", "0").output == "0 purged.\n"  # nothing to ask for
    assert run("dead-letters", "purge", "--older-than", "-1", "--yes").exit_code == 2


def test_a_purge_asks_first(run: Run, query: Query) -> None:
    bury(query, 1)
    query("UPDATE dead_letters SET state = 'discarded', closed_at = now()")
    done = run("dead-letters", "purge", "--older-than", "0")  # nobody there to answer
    assert done.exit_code == 1
    assert done.stdout.startswith("Delete 1 letter, each with the bytes of its message? [y/N]:")
    assert query("SELECT id FROM dead_letters") == [(1,)]


def test_purge_takes_any_number_of_letters(run: Run, query: Query, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "BATCH", 2)
    for offset in range(5):
        bury(query, offset)
    assert run("dead-letters", "discard", "--all", "--because", "junk").output == "5 discarded.\n"
    assert run("dead-letters", "purge", "--older-than", "0", "--yes").output == "5 purged.\n"


@pytest.mark.parametrize(
    "command",
    [("discard", "--all", "--state", "open", "--because", "junk"), ("purge", "--older-than", "0", "--yes")],
    ids=["discard", "purge"],
)
def test_letters_are_locked_in_the_order_of_their_messages_as_settles_do(
    run: Run, query: Query, database_url: str, command: tuple[str, ...]
) -> None:
    for offset in (9, 8):  # the later message was buried first
        bury(query, offset)
    if command[0] == "purge":
        query("UPDATE dead_letters SET state = 'discarded', closed_at = now() - interval '1 day' WHERE id = 1")
        query("UPDATE dead_letters SET state = 'discarded', closed_at = now() - interval '1 day' WHERE id = 2")
    with psycopg.connect(database_url) as settle:
        settle.execute("SELECT FROM dead_letters WHERE id = 1 FOR UPDATE")
        closing = threading.Thread(target=run, args=("dead-letters", *command))
        closing.start()
        eventually(lambda: query("SELECT id FROM dead_letters FOR UPDATE SKIP LOCKED") == [])
    closing.join()
    assert query("SELECT count(*) FROM dead_letters WHERE state = 'open'") == [(0,)]
