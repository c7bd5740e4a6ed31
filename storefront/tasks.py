"""The tasks that the bridge names. Each reads its arguments, makes one call and says what became of it."""

import logging
from dataclasses import asdict
from typing import Any
from uuid import UUID

from celery import Task, shared_task
from flask import current_app

from storefront.database import db
from storefront.stock import feed as feeds
from storefront.stock.apply import Outcome
from storefront.stock.failures import WorldBroken, told_apart
from storefront.stock.message import BadMessage
from storefront.stock.receive import receive, receive_again
from storefront.stock.record import Feed, Record
from storefront.stock.replayed import Replay
from storefront.stock.rules import UnknownProduct, remark
from storefront.stock.settle import settle

log = logging.getLogger(__name__)

FAILURES_WITH_A_SENTENCE = (BadMessage, UnknownProduct, WorldBroken)

DISCARDED_SINCE = "discarded: somebody did so after this replay was asked for; nothing was applied"
OLDER_BRIDGE = "the bridge is of an older version than the workers, which move no place for it; upgrade the bridge"


class LoggedTask(Task):  # type: ignore[misc]  # Celery carries no types
    """A task whose every end is one log line that starts with its id."""

    def signature_from_request(self, request: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Keep what Flower shows of the task readable when it runs again; Celery forgets it on the way."""
        asked = request or self.request
        shown = {name: getattr(asked, name, None) for name in ("argsrepr", "kwargsrepr")}
        return super().signature_from_request(request, *args, **shown, **kwargs)

    def on_retry(self, exc: Exception, task_id: str, *_: Any) -> None:
        """Say why the task will run again."""
        log.warning("%s tried again: %s", task_id, exc, extra={"task_id": task_id})

    def on_failure(self, exc: Exception, task_id: str, *_: Any) -> None:
        """Say why the task failed; only what nobody foresaw comes with a traceback."""
        foreseen = isinstance(exc, FAILURES_WITH_A_SENTENCE)
        level = logging.WARNING if isinstance(exc, WorldBroken) else logging.ERROR
        trace = None if foreseen else exc
        log.log(level, "%s failed: %s", task_id, exc, exc_info=trace, extra={"task_id": task_id})


@shared_task(
    name="storefront.update_inventory",
    bind=True,
    ignore_result=True,  # nobody waits for it: the settle answers for the message
    autoretry_for=(WorldBroken,),
    retry_backoff=1,  # 1, 2, 4, … s, each shortened at random: a minute or so in all
    retry_backoff_max=30,
    max_retries=6,  # nothing is lost by giving up: the settle goes on trying
    throws=(BadMessage, UnknownProduct),
)
def update_inventory(
    self: Task,
    feed: dict[str, Any],
    record: dict[str, Any],
    *,
    buried: bool = False,
    replay: dict[str, Any] | None = None,
) -> str:
    """Apply one message. Fails with one sentence on a bad message or an unknown product."""
    message = Record.from_task(Feed(**feed), record)
    if replay is None:
        outcome: Outcome | None = receive(db.engine, message, buried=buried)
    else:
        outcome = receive_again(db.engine, message, Replay(**replay), self.request.retries)
    self.request.outcome = outcome.kind if outcome else "discarded"  # for the metrics
    said = remark(outcome, current_app.config["SETTINGS"].unknown_products) if outcome else DISCARDED_SINCE
    log.info("%s %s", self.request.id, said, extra={"task_id": self.request.id})
    return said


@shared_task(name="storefront.settle_updates", bind=True)
def settle_updates(
    self: Task, feed: dict[str, Any], records: list[dict[str, Any]], *, careful: bool = False, alone: bool = False
) -> dict[str, Any]:
    """Answer for a chunk of messages, or say that it can't be done now: the bridge sends the settle again then.

    One that goes `alone` has no single tasks before it: what it applies was not lost.
    """
    place = Feed(**feed)
    try:
        messages = [Record.from_task(place, record) for record in records]
        settled = settle(db.engine, place, messages, careful=careful, alone=alone)
    except WorldBroken as broken:
        return _not_now(self, broken)
    level, did = (logging.INFO, "applied") if alone else (logging.DEBUG, "repaired")
    if settled.repaired and not alone:
        level = logging.WARNING
    log.log(
        level,
        "%s settled %d: %d %s, %d bad",
        self.request.id,
        settled.messages,
        settled.repaired,
        did,
        settled.bad,
    )
    number = UUID(settled.receipt).int >> 66  # a bridge of the version before wants one that no other settle has
    return asdict(settled) | {"settles": number}


@shared_task(
    name="storefront.record_place",
    bind=True,
    send_events=False,  # one a second, also at night: they would push the failed tasks out of Flower
)
def record_place(self: Task, feed: dict[str, Any], move: dict[str, Any] | None = None) -> dict[str, Any]:
    """Move the place of a feed, or tell it where no `move` is asked for."""
    place = Feed(**feed)
    if move and "receipts" not in move:
        return _not_now(self, OLDER_BRIDGE)
    try:
        with told_apart(), db.engine.begin() as connection:
            there = feeds.move(connection, place, feeds.Move(**move)) if move else feeds.read(connection, place)
    except WorldBroken as broken:
        return _not_now(self, broken)
    log.debug("%s place of %s is %s", self.request.id, place.source, there.next_offset)
    return asdict(there) | {"settles": 0}  # a bridge of the version before wants to read it


def _not_now(task: Task, why: WorldBroken | str) -> dict[str, Any]:
    """Answer why it can't be done now. It is asked again, so nobody has to mend the task: it must not look failed."""
    task.request.outcome = "failed"  # for the metrics
    log.debug("%s not now: %s", task.request.id, why)  # the bridge says it, once a minute
    return {"not_now": str(why)}
