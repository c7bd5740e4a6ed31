"""What a replay writes into its dead letter. It stays open until the transaction that applies its update."""

from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, update

from runtime.text import shortened
from storefront.models import DeadLetter
from storefront.stock.dead_letters import Refused, at, bury, row
from storefront.stock.record import Record

LONGEST_TROUBLE = 300  # characters


@dataclass(frozen=True, slots=True)
class Replay:
    """Who asked for a replay, and why."""

    by: str | None = None
    because: str | None = None


_ENDED = {"replay_begun_at": None, "replay_trouble": None}


def begin_replay(connection: Connection, record: Record, retries: int) -> None:
    """Note one try more of the letter of `record`, after `retries` of the same replay that were in vain."""
    first = {} if retries else {"replay_trouble": None}
    begun = {"replay_begun_at": func.now(), "replay_retries": retries, **first}
    _change(connection, record, tries=DeadLetter.tries + 1, last_at=func.now(), **begun)


def end_replay(connection: Connection, record: Record, replay: Replay) -> None:
    """Close the letter of `record`: its update is applied or stale."""
    _change(
        connection,
        record,
        state="replayed",
        last_at=func.now(),
        closed_at=func.now(),
        closed_by=replay.by,
        because=replay.because,
        **_ENDED,
    )


def fail_replay(connection: Connection, refused: Refused) -> None:
    """Keep the newest reason; where the letter is gone, it is recorded anew."""
    if bury(connection, [refused]):
        return
    new = row(refused)
    code = new["product_code"] or DeadLetter.product_code
    _change(connection, refused.record, reason=new["reason"], product_code=code, last_at=func.now(), **_ENDED)


def undo_replay(connection: Connection, record: Record, trouble: Exception) -> None:
    """Take one try back and keep why: the world was broken, not the message."""
    why = shortened(str(trouble), LONGEST_TROUBLE)
    now = func.now()
    _change(connection, record, tries=DeadLetter.tries - 1, last_at=now, replay_begun_at=None, replay_trouble=why)


def _change(connection: Connection, record: Record, **values: object) -> None:
    """Change the letter of `record`; one that only notes that a settle tries the message belongs to that settle."""
    theirs = and_(at(record), DeadLetter.state != "trying")
    connection.execute(update(DeadLetter).where(theirs).values(**values))
