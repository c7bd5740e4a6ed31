"""Dead letters: the messages that can't be applied, kept with their bytes until somebody mends the cause."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from runtime.text import escaped
from storefront.models import DeadLetter, storable
from storefront.stock.message import BadMessage
from storefront.stock.record import Record


@dataclass(frozen=True, slots=True)
class Refused:
    """A record and why it can't be applied."""

    record: Record
    why: BadMessage


def bury(connection: Connection, refused: Sequence[Refused]) -> set[int]:
    """Record a dead letter for each of `refused`; return the offsets whose letter was not there yet."""
    if not refused:
        return set()
    statement = (
        insert(DeadLetter)
        .values([_row(one) for one in sorted(refused, key=lambda one: one.record.offset)])
        .on_conflict_do_nothing(constraint="uq_dead_letters_position")
        .returning(DeadLetter.offset)
    )
    return set(connection.scalars(statement))


def _row(refused: Refused) -> dict[str, object]:
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
    }
