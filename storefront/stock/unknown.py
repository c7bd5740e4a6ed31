"""Counts of codes that the shop doesn't sell: kept for the day it does, purged when they are old."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Engine, Select, delete, exists, func, select, text
from sqlalchemy.orm import Session

from storefront.models import DeadLetter, Product, StockLevel

BATCH = 5_000

# Whoever adds a product at this moment is waited for, and then seen; who comes later, waits for us.
_NOBODY_ADDS_PRODUCTS = text("LOCK TABLE products IN SHARE MODE")

_UNKNOWN = ~exists().where(Product.code == StockLevel.product_code)
# Its message may be replayed: the newer count must then be there to win.
_NAMED_BY_A_LETTER = exists().where(
    DeadLetter.product_code == StockLevel.product_code, DeadLetter.state.in_(["open", "trying"])
)


def unknown(session: Session, limit: int | None = None) -> Sequence[StockLevel]:
    """Return the newest `limit` counts of unknown codes, or all of them, the newest first."""
    newest_first = select(StockLevel).where(_UNKNOWN).order_by(StockLevel.updated_at.desc(), StockLevel.product_code)
    return session.scalars(newest_first.limit(limit)).all()


def total(session: Session) -> int:
    """Return how many unknown codes have a count."""
    return session.scalars(_number().where(_UNKNOWN)).one()


def purgeable(session: Session, older_than: timedelta) -> tuple[int, int]:
    """Return how many counts a purge would take now, and how many as old it would leave to open dead letters."""
    old = _number().where(_UNKNOWN, _last_counted(older_than))
    taken = session.scalars(old.where(~_NAMED_BY_A_LETTER)).one()
    return taken, session.scalars(old).one() - taken


def purge(engine: Engine, older_than: timedelta) -> int:
    """Delete counts of unknown codes that are older and that no open dead letter names; return how many.

    A purged count comes back with the next message of its code, and with nothing else.
    """
    codes = (
        select(StockLevel.product_code)
        .where(_UNKNOWN, ~_NAMED_BY_A_LETTER, _last_counted(older_than))
        .limit(BATCH)
        # One that a worker has locked is being counted anew: no longer old, and not worth a deadlock.
        .with_for_update(skip_locked=True)
    )
    purged = 0
    while True:
        with engine.begin() as connection:
            connection.execute(_NOBODY_ADDS_PRODUCTS)
            some = connection.execute(delete(StockLevel).where(StockLevel.product_code.in_(codes))).rowcount
        purged += some
        if some < BATCH:
            return purged


def _number() -> Select[int]:
    return select(func.count()).select_from(StockLevel)


def _last_counted(older_than: timedelta) -> ColumnElement[bool]:
    return StockLevel.updated_at < func.now() - older_than
