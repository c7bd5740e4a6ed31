"""One message: understood, applied, or buried."""

from contextlib import suppress

from sqlalchemy import Engine

from storefront.database import autocommit
from storefront.stock.apply import Outcome, Positioned, apply_single
from storefront.stock.dead_letters import Refused, bury_single, reason_of
from storefront.stock.failures import WorldBroken, told_apart
from storefront.stock.message import BadMessage, StockUpdate, parse
from storefront.stock.record import Record
from storefront.stock.replayed import Replay, begin_replay, end_replay, fail_replay, undo_replay
from storefront.stock.rules import judge


def understand(record: Record) -> StockUpdate:
    """Return the update that `record` carries. Raises BadMessage, Overwhelmed, or WorldBroken."""
    if record.unreadable:
        raise BadMessage(f"the message can't be read from Kafka: {record.unreadable}")
    with told_apart():
        update = parse(record.value)
    with told_apart(update.product_code):
        return judge(update)


def receive(engine: Engine, record: Record, *, buried: bool = False) -> Outcome:
    """Apply the update in `record`; if it is said to be `buried`, don't look into it before its dead letter is sought.

    Raises BadMessage once its dead letter is recorded, and WorldBroken where it can't be decided now.
    """
    if buried:
        _raise_if_buried(engine, record)
    try:
        update = understand(record)
        # One round trip, and nobody waits for the disk. A crash of the database may take such a count, or a letter,
        # back, and that is all right: the settle behind it has not answered yet, or its commit has taken it to the
        # disk, for the database flushes its log in order. So what a settle found there when it answered, stays.
        with told_apart(update.product_code), autocommit(engine).connect() as connection:
            return apply_single(connection, Positioned(update, record), synchronous_commit="off")
    except BadMessage as bad:
        with told_apart(), autocommit(engine).connect() as connection:
            bury_single(connection, Refused(record, bad))
        raise


def receive_again(engine: Engine, record: Record, replay: Replay, retries: int = 0) -> Outcome | None:
    """Apply the update of a dead letter, stale or not, and close the letter in the same transaction.

    Return None, with nothing applied, where the letter was discarded since the replay was asked for.
    Before it looks inside it commits that it tries: a message that kills this worker is known by a try without an end.
    Raises BadMessage once its letter says why it failed again, and WorldBroken, which counts as no try: the letter says
    why it was in vain, and how many `retries` there were.
    """
    with told_apart(), engine.begin() as connection:
        if not begin_replay(connection, record, replay, retries):
            return None
    try:
        return _apply_and_close(engine, Positioned(understand(record), record), replay)
    except BadMessage as bad:
        with told_apart(), engine.begin() as connection:
            fail_replay(connection, Refused(record, bad), replay)
        raise
    except WorldBroken as broken:
        with suppress(Exception), engine.begin() as connection:
            undo_replay(connection, record, replay, broken)
        raise


def _apply_and_close(engine: Engine, single: Positioned, replay: Replay) -> Outcome | None:
    """Lock the stock row, then the letter, as everybody does: a discard comes before both, or finds it closed."""
    with told_apart(single.update.product_code), engine.connect() as connection:
        outcome = apply_single(connection, single)
        if not end_replay(connection, single.record, replay):
            return None  # and roll back
        connection.commit()
        return outcome


def _raise_if_buried(engine: Engine, record: Record) -> None:
    """Spare the worker a message that killed others: its letter says what Flower shall show."""
    with told_apart(), engine.connect() as connection:
        reason = reason_of(connection, record)
    if reason is not None:
        raise BadMessage(reason)
