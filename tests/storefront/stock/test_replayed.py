"""A dead letter's message goes once more: what becomes of it and of its letter."""

import threading
from typing import Any

import pytest
from sqlalchemy import Engine, Row, text

from storefront.stock import receive as receiving
from storefront.stock import rules
from storefront.stock.apply import Outcome
from storefront.stock.failures import WorldBroken
from storefront.stock.message import BadMessage, StockUpdate
from storefront.stock.receive import receive, receive_again
from storefront.stock.record import Record
from storefront.stock.replayed import Replay
from storefront.stock.settle import settle
from tests.storefront.stock.records import FEED, counted, make_record

ASKED = Replay(by="anna", because="the rule is mended")


class Killed(BaseException):
    """Stands for the end of the process: nothing in the shop catches it."""


def break_rule(monkeypatch: pytest.MonkeyPatch, error: type[BaseException], code: str = "ABCD1234") -> None:
    def fail(update: StockUpdate) -> StockUpdate:
        if update.product_code == code:
            raise error("too bad")
        return update

    monkeypatch.setattr(rules, "RULES", [fail])


def bury(engine: Engine, record: Record) -> None:
    with pytest.raises(BadMessage):
        receive(engine, record)


def letter(engine: Engine) -> Row[Any]:
    with engine.connect() as connection:
        return connection.execute(text("SELECT * FROM dead_letters")).one()


def stock(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(text("SELECT product_code, inventory FROM stock_levels"))}


def changed(outcome: Outcome | None) -> bool:
    assert outcome is not None
    return outcome.changed


@pytest.fixture
def buried(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Record:
    """A message that met a bug of ours, which is mended now."""
    record = counted(7, offset=5)
    with monkeypatch.context() as patch:
        break_rule(patch, ZeroDivisionError)
        bury(engine, record)
    return record


def test_a_mended_message_is_applied_and_its_letter_says_who_asked(engine: Engine, buried: Record) -> None:
    before = letter(engine)
    assert changed(receive_again(engine, buried, ASKED))
    assert stock(engine) == {"ABCD1234": 7}
    kept = letter(engine)
    assert (kept.state, kept.closed_by, kept.because, kept.tries) == ("replayed", "anna", "the rule is mended", 2)
    assert kept.closed_at == kept.last_at > before.last_at
    assert (kept.reason, kept.first_at, kept.value) == (before.reason, before.first_at, buried.value)
    assert (kept.replay_begun_at, kept.replay_trouble, kept.replay_retries) == (None, None, 0)


def test_a_newer_count_stays(engine: Engine, buried: Record) -> None:
    receive(engine, counted(3, offset=6))
    assert not changed(receive_again(engine, buried, ASKED))
    assert stock(engine) == {"ABCD1234": 3}
    assert letter(engine).state == "replayed"


def test_a_message_that_fails_again_stays_open_with_the_newest_reason(
    engine: Engine, buried: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = letter(engine)
    break_rule(monkeypatch, KeyError)
    with pytest.raises(BadMessage, match="KeyError"):
        receive_again(engine, buried, ASKED)
    kept = letter(engine)
    assert (kept.state, kept.tries, kept.closed_at, kept.closed_by) == ("open", 2, None, None)
    assert "ZeroDivisionError" in before.reason
    assert "KeyError" in kept.reason
    assert kept.first_at == before.first_at
    assert kept.last_at > before.last_at
    assert (kept.replay_begun_at, kept.replay_trouble, kept.replay_retries) == (None, None, 0)


@pytest.mark.usefixtures("buried")
def test_a_bug_of_ours_doesnt_hide_which_product_it_hit(engine: Engine) -> None:
    assert letter(engine).product_code == "ABCD1234"


@pytest.mark.parametrize("settled", [False, True])
def test_what_the_database_refuses_names_its_product(engine: Engine, *, settled: bool) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE stock_levels ADD CONSTRAINT no_thirteen CHECK (inventory <> 13)"))
    try:
        if settled:
            settle(engine, FEED, [counted(13)])
        else:
            bury(engine, counted(13))
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE stock_levels DROP CONSTRAINT no_thirteen"))
    assert letter(engine).product_code == "ABCD1234"


def test_a_broken_world_changes_nothing_and_counts_as_no_try(
    engine: Engine, buried: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ConnectionResetError("by peer")

    before = letter(engine)
    monkeypatch.setattr(receiving, "apply_single", refuse)
    with pytest.raises(WorldBroken):
        receive_again(engine, buried, ASKED)
    kept = letter(engine)
    assert (kept.state, kept.tries, kept.reason) == ("open", 1, before.reason)


def test_a_broken_world_leaves_its_words_and_how_often_it_was_tried(
    engine: Engine, buried: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        break_rule(patch, MemoryError)
        for retries in range(3):
            with pytest.raises(WorldBroken):
                receive_again(engine, buried, ASKED, retries)
            kept = letter(engine)
            assert (kept.replay_begun_at, kept.replay_retries) == (None, retries)
            assert kept.replay_trouble == "MemoryError: too bad"
        break_rule(patch, Killed)
        with pytest.raises(Killed):
            receive_again(engine, buried, ASKED, 3)
        killed = letter(engine)
        assert (killed.replay_begun_at, killed.replay_retries) == (killed.last_at, 3)
        assert killed.replay_trouble == "MemoryError: too bad"
        with pytest.raises(Killed):
            receive_again(engine, buried, ASKED)
        assert letter(engine).replay_trouble is None  # another replay
    receive_again(engine, buried, ASKED, 4)
    assert (letter(engine).replay_begun_at, letter(engine).replay_trouble) == (None, None)


def test_a_message_that_kills_its_worker_leaves_a_try_without_an_end(
    engine: Engine, buried: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_rule(monkeypatch, Killed)
    with pytest.raises(Killed):
        receive_again(engine, buried, ASKED)
    kept = letter(engine)
    assert (kept.state, kept.tries) == ("open", 2)
    assert kept.replay_begun_at == kept.last_at
    monkeypatch.undo()
    receive_again(engine, buried, ASKED)
    assert letter(engine).state == "replayed"


def test_the_letter_is_closed_by_the_transaction_that_applies(
    engine: Engine, buried: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ConnectionResetError("by peer")

    monkeypatch.setattr(receiving, "end_replay", fail)
    with pytest.raises(WorldBroken):
        receive_again(engine, buried, ASKED)
    assert stock(engine) == {}


def test_a_discarded_letter_that_is_replayed_is_replayed(engine: Engine, buried: Record) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE dead_letters SET state = 'discarded', because = 'no use'"))
    receive_again(engine, buried, ASKED)
    assert (letter(engine).state, letter(engine).because) == ("replayed", "the rule is mended")


def test_a_letter_that_was_purged_on_the_way_is_written_anew_where_it_fails(engine: Engine) -> None:
    with pytest.raises(BadMessage):
        receive_again(engine, counted(-1), ASKED)
    assert (letter(engine).state, letter(engine).tries) == ("open", 1)


def test_the_note_of_a_settle_that_tries_the_message_is_left_alone(engine: Engine, buried: Record) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE dead_letters SET state = 'trying'"))
    receive_again(engine, buried, ASKED)
    assert (letter(engine).state, letter(engine).tries) == ("trying", 1)


def test_two_replays_at_once_end_as_one(engine: Engine, buried: Record) -> None:
    together = threading.Barrier(2)
    outcomes: list[bool] = []

    def go() -> None:
        together.wait()
        outcomes.append(changed(receive_again(engine, buried, ASKED)))

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, True]
    assert (letter(engine).state, letter(engine).tries) == ("replayed", 3)


def test_what_kafka_could_not_give_says_so_again(engine: Engine) -> None:
    record = make_record(None, unreadable="CorruptRecordError: record failed its checksum")
    bury(engine, record)
    first = letter(engine)
    assert first.unreadable == "CorruptRecordError: record failed its checksum"
    with pytest.raises(BadMessage, match="can't be read from Kafka: CorruptRecordError"):
        receive_again(engine, record, ASKED)
    assert letter(engine).reason == first.reason
