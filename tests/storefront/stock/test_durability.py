"""Who waits for the disk: whoever's answer is a promise. A single task has a settle behind it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from storefront.stock.message import BadMessage
from storefront.stock.receive import receive, receive_again
from storefront.stock.replayed import Replay
from storefront.stock.settle import settle
from tests.storefront.stock.records import FEED, counted

pytestmark = pytest.mark.usefixtures("with_product")

# A deferred trigger runs when its transaction commits: it sees what the commit will see.
TRIGGER = """
CREATE TABLE commits (what text, synchronous text);
CREATE FUNCTION note_commit() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN INSERT INTO commits VALUES (TG_TABLE_NAME, current_setting('synchronous_commit')); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER note_commit AFTER INSERT OR UPDATE ON stock_levels
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_commit();
CREATE CONSTRAINT TRIGGER note_commit AFTER INSERT OR UPDATE ON dead_letters
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_commit();
CREATE CONSTRAINT TRIGGER note_commit AFTER INSERT OR UPDATE ON settle_receipts
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_commit();
"""


@pytest.fixture
def commits(engine: Engine) -> Iterator[Engine]:
    with engine.begin() as connection:
        connection.execute(text(TRIGGER))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("DROP FUNCTION note_commit CASCADE; DROP TABLE commits"))


def seen(engine: Engine) -> set[tuple[str, str]]:
    with engine.begin() as connection:
        return {
            (what, synchronous) for what, synchronous in connection.execute(text("DELETE FROM commits RETURNING *"))
        }


def test_a_single_update_does_not_wait_and_its_settle_does(commits: Engine) -> None:
    receive(commits, counted(3, 0))
    assert seen(commits) == {("stock_levels", "off")}
    settle(commits, FEED, [counted(3, 0), counted(4, 1)])
    assert seen(commits) == {("stock_levels", "on"), ("settle_receipts", "on")}


def test_a_settle_that_finds_all_applied_still_commits_something_and_so_takes_it_to_the_disk(commits: Engine) -> None:
    receive(commits, counted(3, 0))
    seen(commits)
    settle(commits, FEED, [counted(3, 0)])
    assert seen(commits) == {("settle_receipts", "on")}
    settle(commits, FEED, [counted(3, 0)], careful=True)
    assert ("settle_receipts", "on") in seen(commits)


def test_a_replay_waits_since_nobody_stands_behind_it(commits: Engine) -> None:
    receive_again(commits, counted(3, 0), Replay())
    assert seen(commits) == {("stock_levels", "on")}


def test_a_dead_letter_does_not_wait_and_its_settle_does_also_where_the_letter_is_there(commits: Engine) -> None:
    with pytest.raises(BadMessage):
        receive(commits, counted(-1, 0))
    assert seen(commits) == {("dead_letters", "off")}
    settle(commits, FEED, [counted(-1, 0)])
    assert seen(commits) == {("settle_receipts", "on")}
    settle(commits, FEED, [counted(-1, 1)])
    assert seen(commits) == {("dead_letters", "on"), ("settle_receipts", "on")}
