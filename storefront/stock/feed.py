"""The place of a feed: how far one partition is dealt with, kept in the same database as what it did."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from storefront.stock.record import Feed


@dataclass(frozen=True, slots=True)
class Place:
    """Where a feed stands: `next_offset` follows the last message dealt with; None: nothing is known of it.

    `settles` counts the settles that committed. A database that was put back to an earlier state knows fewer than its
    bridge has heard of, even where the offset happens to agree.
    """

    next_offset: int | None
    settles: int
    stopped_at: float | None = None
    """The share of bad messages at which its bridge stopped reading, None while it reads."""


@dataclass(frozen=True, slots=True)
class Move:
    """From where (`known`) to where a place shall move, and what the bridge last saw of the log."""

    known: int | None
    next_offset: int
    settles: int
    dealt_until: int | None = None  # ms since 1970, by the broker's clock
    end_offset: int | None = None
    stopped_at: float | None = None
    end_seen_at: int | None = None  # ms since 1970, by the bridge's clock: when it asked the broker for the end


_TOUCH = text("""
INSERT INTO feed_positions AS f (source, topic, partition, settles) VALUES (:source, :topic, :partition, 1)
ON CONFLICT (source) DO UPDATE SET settles = f.settles + 1
RETURNING settles
""")

_START = text("""
INSERT INTO feed_positions (source, topic, partition) VALUES (:source, :topic, :partition)
ON CONFLICT (source) DO NOTHING
""")

# The precondition is in the statement: only who knows the place may move it. A report is as old as its look at the
# end of the log, however long it waited in the queue or for a broker that is away. What the last one knew stays known:
# a new message on a quiet topic doesn't take back that all before it is dealt with. No clock that is ahead is believed.
_MOVE = text("""
UPDATE feed_positions SET
  next_offset = :next_offset, end_offset = :end_offset, stopped_at = :stopped_at,
  reported_at = least(now(), to_timestamp(CAST(:end_seen_at AS bigint) / 1000.0)),
  dealt_until = greatest(
    dealt_until,
    least(CAST(:dealt_until AS bigint), floor(extract(epoch FROM now()) * 1000)),
    CASE WHEN next_offset >= end_offset THEN floor(extract(epoch FROM reported_at) * 1000) END
  )
WHERE source = :source AND next_offset IS NOT DISTINCT FROM CAST(:known AS bigint) AND settles >= :settles
""")

_READ = text("SELECT next_offset, settles, stopped_at FROM feed_positions WHERE source = :source")


def touch(connection: Connection, feed: Feed) -> int:
    """Count one settle of `feed`; return how many there were, this one included."""
    return int(connection.execute(_TOUCH, _key(feed)).scalar_one())


def read(connection: Connection, feed: Feed) -> Place:
    """Return where `feed` stands."""
    row = connection.execute(_READ, {"source": feed.source}).one_or_none()
    return Place(*row) if row else Place(None, 0)


def move(connection: Connection, feed: Feed, asked: Move) -> Place:
    """Move the place of `feed` if it still is where the asker believes it; return where it is now."""
    if asked.known is None and asked.settles == 0:
        connection.execute(_START, _key(feed))
    connection.execute(
        _MOVE,
        {
            "source": feed.source,
            "known": asked.known,
            "next_offset": asked.next_offset,
            "settles": asked.settles,
            "dealt_until": asked.dealt_until,
            "end_offset": asked.end_offset,
            "stopped_at": asked.stopped_at,
            "end_seen_at": asked.end_seen_at,
        },
    )
    return read(connection, feed)


def _key(feed: Feed) -> dict[str, object]:
    return {"source": feed.source, "topic": feed.topic, "partition": feed.partition}
