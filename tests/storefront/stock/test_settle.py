import psycopg
import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from storefront.stock import rules
from storefront.stock.failures import WorldBroken, told_apart
from storefront.stock.message import BadMessage, StockUpdate
from storefront.stock.receive import receive
from storefront.stock.settle import settle
from tests.storefront.stock.records import FEED, counted, make_record


@pytest.fixture
def own_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule of ours that fails on one product."""

    def divide(update: StockUpdate) -> StockUpdate:
        return StockUpdate(update.product_code, update.inventory_count // (update.product_code != "BUGGY001"))

    monkeypatch.setattr(rules, "RULES", [divide])


def stock(engine: Engine) -> dict[str, int]:
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT product_code, inventory FROM stock_levels"))
        return {row[0]: row[1] for row in rows}


def letters(engine: Engine) -> list[tuple[int, str]]:
    with engine.begin() as connection:
        rows = connection.execute(text('SELECT "offset", reason FROM dead_letters ORDER BY id'))
        return [(row[0], row[1]) for row in rows]


def test_a_settle_applies_what_no_single_task_applied(engine: Engine) -> None:
    receive(engine, counted(9, offset=0))
    settled = settle(engine, FEED, [counted(9, offset=0), counted(7, offset=1), counted(3, offset=2, code="OTHER001")])
    assert (settled.messages, settled.repaired, settled.bad, settled.first) == (3, 2, 0, [])
    assert stock(engine) == {"ABCD1234": 7, "OTHER001": 3}


def test_a_settle_after_its_single_tasks_finds_nothing_to_do(engine: Engine) -> None:
    receive(engine, counted(9, offset=0))
    assert settle(engine, FEED, [counted(9, offset=0)]).repaired == 0


def test_each_settle_leaves_a_receipt_of_its_own(engine: Engine) -> None:
    ids = [settle(engine, FEED, [counted(9, 3), counted(8, 2)]).receipt for _ in range(3)]
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT last_offset, id::text FROM settle_receipts")).all()
    assert {(last, receipt) for last, receipt in rows} == {(3, receipt) for receipt in ids}
    assert len(rows) == 3


def test_bad_messages_of_a_chunk_are_buried_and_the_others_applied(engine: Engine) -> None:
    chunk = [counted(9, 0), make_record(b"not JSON", 1), make_record(None, 2), counted(-1, 3)]
    settled = settle(engine, FEED, chunk)
    assert (settled.bad, settled.first) == (3, [1, 2, 3])
    assert [offset for offset, _ in letters(engine)] == [1, 2, 3]
    assert stock(engine) == {"ABCD1234": 9}


def test_only_who_buries_a_message_first_reports_it(engine: Engine) -> None:
    with pytest.raises(BadMessage, match="inventory_count is -1"):
        receive(engine, counted(-1, 3))
    settled = settle(engine, FEED, [counted(-1, 3)])
    assert (settled.bad, settled.first) == (1, [])
    assert len(letters(engine)) == 1


def test_a_single_task_fails_also_when_the_letter_is_there(engine: Engine) -> None:
    settle(engine, FEED, [counted(-1, 3)])
    with pytest.raises(BadMessage):
        receive(engine, counted(-1, 3))
    assert len(letters(engine)) == 1


def test_read_again_a_discarded_letter_stays_closed_and_one_that_is_gone_is_open_again(engine: Engine) -> None:
    again = [counted(-1, 3), counted(-1, 4)]
    settle(engine, FEED, again)
    with engine.begin() as connection:
        connection.execute(text("UPDATE dead_letters SET state = 'discarded', closed_at = now(), because = 'no use'"))
        connection.execute(text('DELETE FROM dead_letters WHERE "offset" = 4'))
    for message in again:
        with pytest.raises(BadMessage):
            receive(engine, message)
    settle(engine, FEED, again)
    with engine.begin() as connection:
        kept = connection.execute(text('SELECT "offset", state FROM dead_letters ORDER BY 1')).all()
    assert [tuple(letter) for letter in kept] == [(3, "discarded"), (4, "open")]


def test_a_dead_letter_keeps_the_bytes_and_where_they_stood(engine: Engine) -> None:
    settle(engine, FEED, [make_record(b"\xff\x00", 4, key=b"k", headers=(("trace", "YQ=="),))])
    with engine.begin() as connection:
        kept = connection.execute(text("SELECT value, key, headers FROM dead_letters")).one()
        stood = connection.execute(text('SELECT topic, partition, source, "offset", task_id FROM dead_letters')).one()
    assert tuple(kept) == (b"\xff\x00", b"k", [["trace", "YQ=="]])
    assert tuple(stood) == ("stock", 1, "topic-id-1", 4, "stock-1-4")


@pytest.mark.usefixtures("own_bug")
def test_a_bug_in_a_rule_costs_one_message_a_dead_letter(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    settle(engine, FEED, [counted(9, 0), counted(1, 1, code="BUGGY001"), counted(2, 2, code="OTHER001")])
    assert stock(engine) == {"ABCD1234": 9, "OTHER001": 2}
    [(offset, reason)] = letters(engine)
    assert offset == 1
    assert reason.startswith("our own code fails on it, ZeroDivisionError")
    assert "Traceback" in caplog.text, "where it fails stands nowhere else"


@pytest.mark.parametrize("code", ["NUL\x00", "HALF\ud800"])
def test_what_cannot_even_be_sent_to_the_database_costs_only_its_message(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def rename(update: StockUpdate) -> StockUpdate:
        return StockUpdate(code, 1) if update.product_code == "BUGGY001" else update

    monkeypatch.setattr(rules, "RULES", [rename])
    settled = settle(engine, FEED, [counted(9, 0), counted(1, 1, code="BUGGY001")])
    assert stock(engine) == {"ABCD1234": 9}
    assert settled.first == [1]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.none() | st.binary(max_size=50),
    key=st.none() | st.binary(max_size=20),
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
)
def test_any_message_is_applied_or_buried_whole(
    engine: Engine, value: bytes | None, key: bytes | None, name: str
) -> None:
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE dead_letters"))
    settled = settle(engine, FEED, [make_record(value, 0, key=key, headers=((name, None),))])
    assert settled.bad == len(letters(engine)) == 1


def test_what_the_database_refuses_costs_only_the_message_it_refuses(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE stock_levels ADD CONSTRAINT no_thirteen CHECK (inventory <> 13)"))
    try:
        settled = settle(engine, FEED, [counted(9, 0), counted(13, 1, code="OTHER001"), counted(8, 2)])
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE stock_levels DROP CONSTRAINT no_thirteen"))
    assert stock(engine) == {"ABCD1234": 8}
    assert settled.first == [1]
    assert "no_thirteen" in letters(engine)[0][1]


def test_a_broken_world_buries_nobody(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE stock_levels RENAME TO elsewhere"))
    try:
        with pytest.raises(WorldBroken, match="the database can't take it now"):
            settle(engine, FEED, [counted(9, 0)])
        with pytest.raises(WorldBroken):
            receive(engine, counted(9, 0))
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO stock_levels"))
    assert letters(engine) == []


def test_a_terminated_session_is_the_worlds_fault() -> None:
    with pytest.raises(WorldBroken, match="terminating connection"), told_apart():
        raise OperationalError("SELECT 1", {}, psycopg.errors.AdminShutdown("terminating connection"))


def test_running_out_of_memory_or_time_is_the_worlds_fault() -> None:
    for error in (MemoryError(), SoftTimeLimitExceeded(), ConnectionResetError()):
        with pytest.raises(WorldBroken), told_apart():
            raise error


def test_letters_of_long_ago_are_no_news(engine: Engine) -> None:
    chunk = [make_record(b"not JSON", 0), make_record(b"not JSON", 1)]
    with pytest.raises(BadMessage):
        receive(engine, chunk[0])
    settled = settle(engine, FEED, chunk)
    assert (settled.bad, settled.newly_bad, settled.first) == (2, 2, [1])
    with engine.begin() as connection:
        connection.execute(text("UPDATE dead_letters SET first_at = now() - interval '1 hour'"))
    for careful in (False, True):
        settled = settle(engine, FEED, chunk, careful=careful)
        assert (settled.bad, settled.newly_bad) == (2, 0)
