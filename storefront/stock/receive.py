"""One message: understood, applied, or buried."""

from sqlalchemy import Engine

from storefront.stock.apply import Outcome, Positioned, apply
from storefront.stock.dead_letters import Refused, bury
from storefront.stock.failures import told_apart
from storefront.stock.message import BadMessage, StockUpdate, parse
from storefront.stock.record import Record
from storefront.stock.rules import judge


def understand(record: Record) -> StockUpdate:
    """Return the update that `record` carries. Raises BadMessage, or WorldBroken."""
    with told_apart():
        return judge(parse(record.value))


def receive(engine: Engine, record: Record) -> Outcome:
    """Apply the update in `record`.

    Raises BadMessage once its dead letter is recorded, and WorldBroken where it can't be decided now.
    """
    try:
        update = understand(record)
        with told_apart(), engine.begin() as connection:
            return apply(connection, record.feed, [Positioned(update, record)])[0]
    except BadMessage as bad:
        with told_apart(), engine.begin() as connection:
            bury(connection, [Refused(record, bad)])
        raise
