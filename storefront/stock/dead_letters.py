"""Dead letters: the messages that can't be applied, kept with their bytes until somebody mends the cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ARRAY, ColumnElement, Connection, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import Insert, insert

from runtime.text import escaped
from storefront.models import DeadLetter, storable
from storefront.stock.message import BadMessage
from storefront.stock.record import Feed, Record


@dataclass(frozen=True, slots=True)
class Refused:
    """A record and why it can't be applied."""

    record: Record
    why: BadMessage


def _unless_buried(letters: Insert) -> Insert:
    """Let `letters` take the place of those that only note that the message is being tried."""
    new = letters.excluded
    return letters.on_conflict_do_update(
        constraint="uq_dead_letters_position",
        set_={"state": "open", "reason": new.reason, "product_code": new.product_code, "last_at": func.now()},
        where=DeadLetter.state == "trying",
    )


_COLUMNS = (
    "topic", "partition", "source", "leader_epoch", "offset", "broker_time", "task_id", "key", "value", "headers",
    "product_code", "reason", "unreadable",
)  # fmt: skip
# One array for each column: a statement that names a parameter for each of 500 rows takes longer to write than to run.
_ROWS = func.unnest(
    *(bindparam(name, type_=ARRAY(DeadLetter.__table__.c[name].type, dimensions=1)) for name in _COLUMNS)
)
_BURY = _unless_buried(
    insert(DeadLetter).from_select(
        _COLUMNS, select(_ROWS.table_valued(*_COLUMNS).render_derived()), include_defaults=False
    )
).returning(DeadLetter.offset)
# The row is given beside it, not with values(): SQLAlchemy would compile the statement anew for each call.
_BURY_WITHOUT_WAITING = _unless_buried(insert(DeadLetter)).returning(func.set_config("synchronous_commit", "off", True))


def bury(connection: Connection, refused: Sequence[Refused]) -> set[int]:
    """Record a dead letter for each of `refused`; return the offsets whose letter was not there yet.

    One that only notes that the message is being tried becomes the letter.
    """
    if not refused:
        return set()
    letters = [row(one) for one in sorted(refused, key=lambda one: one.record.offset)]
    return set(connection.scalars(_BURY, {name: [letter[name] for letter in letters] for name in _COLUMNS}))


def bury_single(connection: Connection, refused: Refused) -> None:
    """Record the dead letter of a message that a settle stands behind, without waiting for the disk."""
    connection.execute(_BURY_WITHOUT_WAITING, row(refused))


def newly_buried(connection: Connection, feed: Feed, records: Sequence[Record]) -> int:
    """Return how many of `records` got their letter within the last minute."""
    since = func.now() - timedelta(minutes=1)
    letters = select(func.count()).where(
        DeadLetter.source == feed.source,
        DeadLetter.offset == func.any([record.offset for record in records]),
        DeadLetter.state != "trying",
        DeadLetter.first_at > since,
    )
    return int(connection.scalar(letters) or 0)


def reason_of(connection: Connection, record: Record) -> str | None:
    """Return why `record` was buried, None where it was not."""
    return connection.scalar(select(DeadLetter.reason).where(at(record), DeadLetter.state != "trying"))


def at(record: Record) -> ColumnElement[bool]:
    """Return the condition that names the letter of `record`."""
    return and_(
        DeadLetter.source == record.feed.source,
        DeadLetter.leader_epoch == record.leader_epoch,
        DeadLetter.offset == record.offset,
    )


def row(refused: Refused) -> dict[str, object]:
    """Return the columns of the letter, as plain SQL wants them."""
    record, code = refused.record, refused.why.product_code
    return {
        "topic": record.feed.topic,
        "partition": record.feed.partition,
        "source": record.feed.source,
        "leader_epoch": record.leader_epoch,
        "offset": record.offset,
        "broker_time": record.broker_time,
        "task_id": record.task_id,
        "key": record.key,
        "value": record.value,
        "headers": [[escaped(name), value] for name, value in record.headers],
        "product_code": code if code and storable(code) else None,
        "reason": escaped(str(refused.why)),
        "unreadable": record.unreadable and escaped(record.unreadable),
    }
