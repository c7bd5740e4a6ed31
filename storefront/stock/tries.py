"""Which messages are being looked into, one at a time: a message that kills its worker leaves such a note behind.

The note is the message's dead letter in state `trying`. It is committed before the worker looks inside, and goes when
the message is dealt with; so one that is still there was never finished.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from storefront.models import DeadLetter
from storefront.stock.dead_letters import Refused, at, row
from storefront.stock.failures import WorldBroken
from storefront.stock.message import BadMessage
from storefront.stock.record import Feed, Record

MOST = 3
KILLED = BadMessage(
    f"it killed its worker {MOST} times, or took too much of its time or memory, and is not looked into again: "
    "mend what it meets, then replay"
)
BEING_TRIED = BadMessage("it is being tried")

# Built once: it runs in every settle.
_FORGET = text("""
DELETE FROM dead_letters
WHERE state = 'trying' AND source = :source AND "offset" = ANY (CAST(:offsets AS bigint[]))
""")


@contextmanager
def alone(engine: Engine, feed: Feed) -> Iterator[Connection]:
    """Make sure that no other worker tries messages of `feed` at the same time. Raises WorldBroken if one does.

    The lock belongs to a database session, the one given: it goes with the process that held it, however that ends.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        session.detach()  # it is closed, not given back: so the lock ends with it, come what may
        key = {"source": feed.source}
        if not session.scalar(text("SELECT pg_try_advisory_lock(hashtextextended(:source, 0))"), key):
            raise WorldBroken(f"another worker tries the messages of {feed.source} one by one")
        try:
            yield session
        finally:
            with suppress(SQLAlchemyError):  # the server takes a moment to see that a session was closed
                session.execute(text("SELECT pg_advisory_unlock(hashtextextended(:source, 0))"), key)


def known(connection: Connection, feed: Feed, records: Sequence[Record]) -> dict[tuple[int, int], tuple[str, int]]:
    """Return state and tries of the letters of `records`, by leader epoch and offset."""
    offsets = [record.offset for record in records]
    columns = (DeadLetter.leader_epoch, DeadLetter.offset, DeadLetter.state, DeadLetter.tries)
    query = select(*columns).where(DeadLetter.source == feed.source, DeadLetter.offset.in_(offsets))
    return {(epoch, offset): (state, tries) for epoch, offset, state, tries in connection.execute(query)}


def begin(connection: Connection, record: Record) -> None:
    """Note that a worker is about to look into `record`."""
    first = insert(DeadLetter).values(**row(Refused(record, BEING_TRIED)), state="trying")
    again = first.on_conflict_do_update(
        constraint="uq_dead_letters_position",
        set_={"tries": DeadLetter.tries + 1, "last_at": func.now()},
        where=DeadLetter.state == "trying",
    )
    connection.execute(again)


def take_back(connection: Connection, record: Record) -> None:
    """Undo one `begin`: the worker lives, something else went wrong."""
    connection.execute(
        update(DeadLetter).where(at(record), DeadLetter.state == "trying").values(tries=DeadLetter.tries - 1)
    )


def forget(connection: Connection, feed: Feed, offsets: Sequence[int]) -> None:
    """Drop the notes of messages at `offsets`: they are dealt with."""
    connection.execute(_FORGET, {"source": feed.source, "offsets": list(offsets)})
