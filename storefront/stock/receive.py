"""One message: understood, applied, or buried."""

from sqlalchemy import Engine

from storefront.stock.apply import Outcome, Positioned, apply
from storefront.stock.dead_letters import Refused, bury, reason_of
from storefront.stock.failures import told_apart
from storefront.stock.message import BadMessage, StockUpdate, parse
from storefront.stock.record import Record
from storefront.stock.rules import judge


def understand(record: Record) -> StockUpdate:
    """Return the update that `record` carries. Raises BadMessage, Overwhelmed, or WorldBroken."""
    if record.unreadable:
        raise BadMessage(f"the message can't be read from Kafka: {record.unreadable}")
    with told_apart():
        return judge(parse(record.value))


def receive(engine: Engine, record: Record, *, buried: bool = False) -> Outcome:
    """Apply the update in `record`; if it is said to be `buried`, don't look into it before its dead letter is sought.

    Raises BadMessage once its dead letter is recorded, and WorldBroken where it can't be decided now.
    """
    if buried:
        _raise_if_buried(engine, record)
    try:
        update = understand(record)
        with told_apart(), engine.begin() as connection:
            return apply(connection, record.feed, [Positioned(update, record)])[0]
    except BadMessage as bad:
        with told_apart(), engine.begin() as connection:
            bury(connection, [Refused(record, bad)])
        raise


def _raise_if_buried(engine: Engine, record: Record) -> None:
    """Spare the worker a message that killed others: its letter says what Flower shall show."""
    with told_apart(), engine.connect() as connection:
        reason = reason_of(connection, record)
    if reason is not None:
        raise BadMessage(reason)
