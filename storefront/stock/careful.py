"""The careful way through a chunk that may hold a message that kills its worker: one at a time, with notes."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import Engine

from storefront.stock import tries
from storefront.stock.apply import Positioned, apply
from storefront.stock.dead_letters import Refused, bury
from storefront.stock.failures import Overwhelmed, WorldBroken, time_limit, told_apart
from storefront.stock.message import BadMessage
from storefront.stock.receive import understand
from storefront.stock.record import Feed, Record

log = logging.getLogger(__name__)

SECONDS = 10  # well below what ends a worker: who is slow must not look like who is killed


@dataclass(slots=True)
class Progress:
    """How far it got: updates that changed a row, bad messages, offsets buried first, offsets that are left."""

    repaired: int = 0
    bad: int = 0
    first: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)


def go_through(engine: Engine, feed: Feed, records: Sequence[Record]) -> Progress:
    """Deal with `records` one at a time, those that were tried before last; nobody else may. Raises WorldBroken.

    What was tried three times and has no outcome is buried unread: it killed its worker each time, or took too long, or
    more memory than there is. It is left for the next time until then, and so is what remains after ten seconds.
    """
    progress = Progress()
    until = time.monotonic() + SECONDS
    with engine.connect() as connection:
        known = tries.known(connection, feed, records)
    noted = {record.offset: known.get((record.leader_epoch, record.offset), ("", 0)) for record in records}
    for record in sorted(records, key=lambda record: (noted[record.offset][1], record.offset)):
        state, tried = noted[record.offset]
        if time.monotonic() > until:
            progress.left.append(record.offset)
        elif state not in {"", "trying"}:
            progress.bad += 1
        elif tried >= tries.MOST:
            _bury(engine, Refused(record, tries.KILLED), progress)
        else:
            _try(engine, record, progress)
    return progress


def _try(engine: Engine, record: Record, progress: Progress) -> None:
    with engine.begin() as connection:
        tries.begin(connection, record)
    try:
        progress.repaired += _apply(engine, record)
    except BadMessage as bad:
        _bury(engine, Refused(record, bad), progress)
    except Overwhelmed:
        progress.left.append(record.offset)  # and the try counts
    except WorldBroken:
        with suppress(Exception), engine.begin() as connection:
            tries.take_back(connection, record)
        raise


def _apply(engine: Engine, record: Record) -> bool:
    with time_limit():
        update = understand(record)
    with told_apart(update.product_code), engine.begin() as connection:
        changed = bool(apply(connection, record.feed, [Positioned(update, record)]))
        tries.forget(connection, record.feed, [record.offset])
    did = "applied" if changed else "stale"
    log.info("%s %s with care: %s", record.task_id, did, update, extra={"task_id": record.task_id})
    return changed


def _bury(engine: Engine, refused: Refused, progress: Progress) -> None:
    with told_apart(), engine.begin() as connection:
        progress.first += bury(connection, [refused])
    progress.bad += 1
