"""What a replay writes into its dead letter. It stays open until the transaction that applies its update.

A letter that was discarded after its replay was asked for is left as it is: that is the newer decision.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, false, func, not_, select, true, update

from runtime.text import shortened
from storefront.models import DeadLetter
from storefront.stock.dead_letters import Refused, at, bury, row
from storefront.stock.record import Record

LONGEST_TROUBLE = 300  # characters


@dataclass(frozen=True, slots=True)
class Replay:
    """Who asked for a replay, why, and when by the database's clock."""

    by: str | None = None
    because: str | None = None
    asked_at: datetime | None = None  # None: a client of the version before sent it


_ENDED = {"replay_begun_at": None, "replay_trouble": None}


def begin_replay(connection: Connection, record: Record, replay: Replay, retries: int) -> bool:
    """Note one try more of the letter of `record`, after `retries` of the same replay that were in vain.

    Return False where the letter was discarded since the replay was asked for.
    """
    first = {} if retries else {"replay_trouble": None}
    begun = {"replay_begun_at": func.now(), "replay_retries": retries, **first}
    return _change(connection, record, replay, tries=DeadLetter.tries + 1, last_at=func.now(), **begun)


def end_replay(connection: Connection, record: Record, replay: Replay) -> bool:
    """Close the letter of `record`: its update is applied or stale.

    Return False where the letter was discarded since the replay was asked for: take the update back then.
    """
    return _change(
        connection,
        record,
        replay,
        state="replayed",
        last_at=func.now(),
        closed_at=func.now(),
        closed_by=replay.by,
        because=replay.because,
        **_ENDED,
    )


def fail_replay(connection: Connection, refused: Refused, replay: Replay) -> None:
    """Keep the newest reason; where the letter is gone, it is recorded anew."""
    if bury(connection, [refused]):
        return
    new = row(refused)
    code = new["product_code"] or DeadLetter.product_code
    told = {"reason": new["reason"], "product_code": code, "last_at": func.now()}
    _change(connection, refused.record, replay, **told, **_ENDED)


def undo_replay(connection: Connection, record: Record, replay: Replay, trouble: Exception) -> None:
    """Take one try back and keep why: the world was broken, not the message."""
    why = shortened(str(trouble), LONGEST_TROUBLE)
    tries = DeadLetter.tries - 1
    _change(connection, record, replay, tries=tries, last_at=func.now(), replay_begun_at=None, replay_trouble=why)


def _change(connection: Connection, record: Record, replay: Replay, **values: object) -> bool:
    """Change the letter of `record`; return False where it was discarded since `replay` was asked for.

    One that only notes that a settle tries the message belongs to that settle.
    """
    since = _discarded_since(replay)
    theirs = and_(at(record), DeadLetter.state != "trying", not_(since))
    if connection.execute(update(DeadLetter).where(theirs).values(**values)).rowcount:
        return True
    return connection.scalar(select(DeadLetter.id).where(at(record), since)) is None


def _discarded_since(replay: Replay) -> ColumnElement[bool]:
    if replay.asked_at is None:
        return false()
    return and_(DeadLetter.state == "discarded", DeadLetter.closed_at > replay.asked_at).is_(true())
