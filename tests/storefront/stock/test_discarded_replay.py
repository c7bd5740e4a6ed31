"""A dead letter that is discarded after its replay was asked for: the newer decision counts."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from storefront.stock import rules
from storefront.stock.apply import Outcome
from storefront.stock.dead_letters import Refused, bury
from storefront.stock.failures import WorldBroken
from storefront.stock.message import BadMessage, StockUpdate
from storefront.stock.receive import receive_again
from storefront.stock.record import Record
from storefront.stock.replayed import Replay
from tests.storefront.stock.records import counted
from tests.storefront.stock.test_replayed import ASKED, changed, letter, stock

DISCARD = text("UPDATE dead_letters SET state = 'discarded', because = 'no use', closed_at = now()")


@pytest.fixture
def buried(engine: Engine) -> Record:
    """A message whose letter is open, and that can be applied."""
    record = counted(7, offset=5)
    with engine.begin() as connection:
        bury(connection, [Refused(record, BadMessage("our own code failed on it"))])
    return record


def discard(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(DISCARD)


def asked_now(engine: Engine) -> Replay:
    with engine.connect() as connection:
        return replace(ASKED, asked_at=connection.scalar(text("SELECT clock_timestamp()")))


def test_what_is_discarded_after_its_replay_was_asked_for_is_not_even_tried(engine: Engine, buried: Record) -> None:
    asked = asked_now(engine)
    discard(engine)
    before = letter(engine)
    assert receive_again(engine, buried, asked) is None
    assert letter(engine) == before
    assert stock(engine) == {}


def test_what_is_discarded_while_its_replay_runs_is_not_applied(
    engine: Engine, buried: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def discarded_on_the_way(update: StockUpdate) -> StockUpdate:
        discard(engine)
        return update

    monkeypatch.setattr(rules, "RULES", [discarded_on_the_way])
    assert receive_again(engine, buried, asked_now(engine)) is None
    assert (letter(engine).state, letter(engine).because) == ("discarded", "no use")
    assert stock(engine) == {}


@pytest.mark.parametrize(("error", "raised"), [(KeyError, BadMessage), (MemoryError, WorldBroken)])
def test_a_try_in_vain_leaves_alone_what_was_discarded_meanwhile(
    engine: Engine,
    buried: Record,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
    raised: type[Exception],
) -> None:
    def fail(_: StockUpdate) -> StockUpdate:
        discard(engine)
        raise error

    before = letter(engine)
    monkeypatch.setattr(rules, "RULES", [fail])
    with pytest.raises(raised):
        receive_again(engine, buried, asked_now(engine))
    kept = letter(engine)
    assert (kept.state, kept.reason, kept.replay_trouble) == ("discarded", before.reason, None)
    assert kept.closed_at > kept.last_at


def test_a_replay_that_waits_for_a_discard_finds_it(engine: Engine, buried: Record) -> None:
    asked, begun = asked_now(engine), threading.Event()
    outcomes: list[Outcome | None] = []

    def go() -> None:
        begun.set()
        outcomes.append(receive_again(engine, buried, asked))

    with engine.begin() as connection:
        connection.execute(DISCARD)
        replay = threading.Thread(target=go)
        replay.start()
        begun.wait()
    replay.join()
    assert outcomes == [None]
    assert (letter(engine).state, stock(engine)) == ("discarded", {})


def test_a_letter_that_was_discarded_before_can_be_replayed_on_purpose(engine: Engine, buried: Record) -> None:
    discard(engine)
    assert changed(receive_again(engine, buried, asked_now(engine)))
    assert (letter(engine).state, letter(engine).because) == ("replayed", "the rule is mended")
