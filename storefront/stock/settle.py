"""Rule 2's guarantee: answer for a whole chunk of messages, whatever became of their single tasks."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Engine

from storefront.stock import feed as feeds
from storefront.stock import tries
from storefront.stock.apply import Positioned, apply, newest
from storefront.stock.careful import go_through
from storefront.stock.dead_letters import Refused, bury, newly_buried
from storefront.stock.failures import Overwhelmed, time_limit, told_apart
from storefront.stock.message import BadMessage
from storefront.stock.receive import understand
from storefront.stock.record import Feed, Record

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settle found: `repaired` updates weren't applied yet, `first` are offsets that it buried first.

    Of the `bad` messages `newly_bad` were buried within the last minute, by whichever task. `left` are offsets that it
    doesn't answer for: they are to be settled again. The `receipt` is in the database that knows of this settle.
    """

    messages: int
    repaired: int
    bad: int
    newly_bad: int
    first: list[int]
    left: list[int]
    receipt: str


# Applies the updates it can; returns those that changed a row and what was refused.
Applier = Callable[[Connection, Feed, Sequence[Positioned]], tuple[list[Positioned], list[Refused]]]


def settle(
    engine: Engine, feed: Feed, records: Sequence[Record], *, careful: bool = False, alone: bool = False
) -> Settled:
    """Apply what of `records` isn't applied yet and bury the bad ones, in one transaction. Raises WorldBroken.

    With `careful`, or where looking into them takes too long or too much, they are taken one at a time. `alone`: no
    single tasks were sent for them, so that each that is applied is no news.
    """
    if not careful:
        with suppress(Overwhelmed):
            settled, applied = _in_one_go(engine, feed, records)
            _say([] if alone else applied)
            return settled
    return _with_care(engine, feed, records)


def _with_care(engine: Engine, feed: Feed, records: Sequence[Record]) -> Settled:
    with told_apart(), tries.alone(engine, feed) as session:
        progress = go_through(engine, feed, records)
        new = newly_buried(session, feed, records) if progress.bad else 0
        # In the session that was there from the beginning: it ends where the database is put back in between.
        receipt = feeds.leave_receipt(session, feed, records)
    return Settled(len(records) - len(progress.left), newly_bad=new, receipt=receipt, **asdict(progress))


def _in_one_go(engine: Engine, feed: Feed, records: Sequence[Record]) -> tuple[Settled, list[Positioned]]:
    with time_limit():
        updates, refused = _understood(records)
    with suppress(BadMessage), told_apart():
        return _commit(engine, feed, updates, refused, _all_at_once)
    with told_apart():
        return _commit(engine, feed, updates, refused, _one_by_one)


def _understood(records: Sequence[Record]) -> tuple[list[Positioned], list[Refused]]:
    updates: list[Positioned] = []
    refused: list[Refused] = []
    for record in records:
        try:
            updates.append(Positioned(understand(record), record))
        except BadMessage as bad:
            refused.append(Refused(record, bad))
    return updates, refused


def _commit(
    engine: Engine, feed: Feed, updates: list[Positioned], refused: list[Refused], applier: Applier
) -> tuple[Settled, list[Positioned]]:
    """Take locks in one order everywhere, stock rows by code, then letters: no two settles deadlock."""
    records = [*(one.record for one in updates), *(one.record for one in refused)]
    with engine.begin() as connection:
        repaired, refused_now = applier(connection, feed, updates)
        bad = [*refused, *refused_now]
        first = bury(connection, bad)
        new = newly_buried(connection, feed, [one.record for one in bad]) if bad else 0
        tries.forget(connection, feed, [one.record.offset for one in updates])
        receipt = feeds.leave_receipt(connection, feed, records)
    return Settled(len(records), len(repaired), len(bad), new, sorted(first), [], receipt), repaired


def _say(repaired: Sequence[Positioned]) -> None:
    """Let each message that was lost on its way be found by its id."""
    for one in repaired:
        task_id = one.record.task_id
        log.info("%s applied by a settle: %s", task_id, one.update, extra={"task_id": task_id})


def _all_at_once(
    connection: Connection, feed: Feed, updates: Sequence[Positioned]
) -> tuple[list[Positioned], list[Refused]]:
    latest = newest(updates)
    changed = apply(connection, feed, latest)
    return [one for one in latest if one.update.product_code in changed], []


def _one_by_one(
    connection: Connection, feed: Feed, updates: Sequence[Positioned]
) -> tuple[list[Positioned], list[Refused]]:
    """Find the update that the database refuses: each one in a savepoint of its own."""
    repaired: list[Positioned] = []
    refused: list[Refused] = []
    for one in sorted(updates, key=lambda one: (one.update.product_code, one.position)):
        try:
            with told_apart(one.update.product_code), connection.begin_nested():
                repaired += [one] if apply(connection, feed, [one]) else []
        except BadMessage as bad:
            refused.append(Refused(one.record, bad))
    return repaired, refused
