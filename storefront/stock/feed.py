"""The place of a feed: how far one partition is dealt with, kept in the same database as what it did."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import uuid4

from sqlalchemy import Connection, text

from storefront.stock.record import Feed, Record


@dataclass(frozen=True, slots=True)
class Place:
    """Where a feed stands: `next_offset` follows the last message dealt with; None: nothing is known of it."""

    next_offset: int | None
    stopped_at: float | None = None
    """The share of bad messages at which its bridge stopped reading, None while it reads."""
    moved: bool = False
    """Whether it was moved there just now, as asked."""


@dataclass(frozen=True, slots=True)
class Move:
    """From where (`known`) to where a place shall move, and what the bridge last saw of the log.

    `receipts` are those of the settles that answered for what lies between. A database that was put back to an earlier
    state, or failed over to a standby that missed the last commits, lacks some of them, even where the place agrees.
    """

    known: int | None
    next_offset: int
    receipts: list[str]
    dealt_until: int | None = None  # ms since 1970, by the broker's clock
    end_offset: int | None = None
    stopped_at: float | None = None
    end_seen_at: int | None = None  # ms since 1970, by the bridge's clock: when it asked the broker for the end


_LEAVE_RECEIPT = text("INSERT INTO settle_receipts (source, last_offset, id) VALUES (:source, :last_offset, :id)")

_DROP_RECEIPTS = text("DELETE FROM settle_receipts WHERE source = :source AND last_offset < :next_offset")

_START = text("""
INSERT INTO feed_positions (source, topic, partition) VALUES (:source, :topic, :partition)
ON CONFLICT (source) DO NOTHING
""")

# The precondition is in the statement: only who knows the place may move it, and only past what this very database has
# dealt with. So a place vouches for the state of the database that it is read from, whatever became of others.
# A report is as old as its look at the end of the log, however long it waited in the queue or for a broker that is
# away. What the last one knew stays known: a new message on a quiet topic doesn't take back that all before it is dealt
# with. No clock that is ahead is believed.
_MOVE = text("""
UPDATE feed_positions SET
  next_offset = :next_offset, end_offset = :end_offset, stopped_at = :stopped_at,
  reported_at = least(now(), to_timestamp(CAST(:end_seen_at AS bigint) / 1000.0)),
  dealt_until = greatest(
    dealt_until,
    least(CAST(:dealt_until AS bigint), floor(extract(epoch FROM now()) * 1000)),
    CASE WHEN next_offset >= end_offset THEN floor(extract(epoch FROM reported_at) * 1000) END
  )
WHERE source = :source AND next_offset IS NOT DISTINCT FROM CAST(:known AS bigint)
  AND cardinality(CAST(:receipts AS uuid[])) = (
    SELECT count(*) FROM settle_receipts WHERE source = :source AND id = ANY (CAST(:receipts AS uuid[]))
  )
""")

_READ = text("SELECT next_offset, stopped_at FROM feed_positions WHERE source = :source")


def leave_receipt(connection: Connection, feed: Feed, records: Sequence[Record]) -> str:
    """Note that this transaction deals with `records`; return the id that proves it once it is committed.

    So each settle commits something, and waits for the disk: with it goes what single tasks did, which don't wait.
    """
    receipt = str(uuid4())
    last = max(record.offset for record in records)
    connection.execute(_LEAVE_RECEIPT, {"source": feed.source, "last_offset": last, "id": receipt})
    return receipt


def read(connection: Connection, feed: Feed, *, moved: bool = False) -> Place:
    """Return where `feed` stands."""
    row = connection.execute(_READ, {"source": feed.source}).one_or_none()
    return Place(row.next_offset, row.stopped_at, moved) if row else Place(None)


def move(connection: Connection, feed: Feed, asked: Move) -> Place:
    """Move the place of `feed` if it still is where the asker believes it; return where it is now."""
    if asked.known is None:
        connection.execute(_START, {"source": feed.source, "topic": feed.topic, "partition": feed.partition})
    moved = connection.execute(_MOVE, {"source": feed.source, **asdict(asked)}).rowcount == 1
    if moved and asked.next_offset != asked.known:
        connection.execute(_DROP_RECEIPTS, {"source": feed.source, "next_offset": asked.next_offset})
    return read(connection, feed, moved=moved)
