"""How far the rows are, seen in the database, and whether they are what the log says at the end."""

import psycopg

from benchmarks import traffic
from benchmarks.case import WrongResult
from benchmarks.job import Job

_PARTITIONS = """
SELECT coalesce(sum(highest), 0)::bigint, coalesce(sum(total), 0)::bigint
FROM (SELECT max(inventory) AS highest, sum(inventory) AS total FROM stock_levels GROUP BY left(product_code, 2)) AS one
"""
_TOTAL = "SELECT sum(inventory) FROM stock_levels"
# What the places are past, and the settles that left a receipt beyond them.
_SETTLED = """
SELECT (SELECT coalesce(sum(next_offset), 0)::bigint FROM feed_positions), (
  SELECT count(*) FROM settle_receipts WHERE NOT EXISTS (
    SELECT FROM feed_positions AS place
    WHERE place.source = settle_receipts.source AND place.next_offset > settle_receipts.last_offset
  )
)
"""
_COUNTS = "SELECT product_code, inventory FROM stock_levels"

CHUNK = 500  # messages that one settle answers for


def rate(job: Job, messages: int, *, settled: int = 0, seconds: float = 120) -> float:
    """Return how many of `messages` become committed rows in a second.

    The clock stops only when settles have answered for `settled` messages, too, good and bad. Raises
    WrongResult where the rows aren't what the log says.
    """
    expected = sum(traffic.fold(messages).values())
    with job.database.connected() as connection:

        def progress() -> int:
            """Return how many are surely dealt with: `messages` only when the last of them is."""
            done, total = connection.execute(_PARTITIONS).fetchall()[0]
            if total < expected or settled_messages(connection) < settled:
                return min(int(done), messages - 1)
            return messages

        measured = job.rate(progress, messages, seconds)
    check(job, messages)
    return measured


def settled_messages(connection: psycopg.Connection) -> int:
    """Return for how many messages settles have answered, as near as the database tells: chunks are counted as full."""
    passed, receipts = connection.execute(_SETTLED).fetchall()[0]
    return int(passed) + CHUNK * int(receipts)


def wait(job: Job, messages: int, seconds: float = 60) -> None:
    """Wait until every row is what a fold over `messages` gives. Raises WrongResult where that takes longer."""
    wait_about(job, messages, seconds)
    check(job, messages)


def wait_about(job: Job, messages: int, seconds: float = 60) -> int:
    """Wait until so many messages are rows; return how many are then. Raises WrongResult where that takes longer."""
    expected = sum(traffic.fold(messages).values())
    with job.database.connected() as connection:
        job.until(f"{messages} messages are rows", lambda: _total(connection) >= expected, seconds)
        return int(connection.execute(_PARTITIONS).fetchall()[0][0])


def _total(connection: psycopg.Connection) -> int:
    return int(connection.execute(_TOTAL).fetchall()[0][0])


def check(job: Job, messages: int) -> None:
    """Raise WrongResult unless each product has the count that a fold over the log gives."""
    wanted, found = traffic.fold(messages), dict(job.database.query(_COUNTS))
    wrong = [product for product in wanted.keys() | found.keys() if wanted.get(product) != found.get(product)]
    if wrong:
        first = min(wrong)
        raise WrongResult(
            f"{len(wrong)} products are wrong, among them {first}: the log says {wanted.get(first)}, the database "
            f"{found.get(first)}; the logs are in {job.folder}"
        )
