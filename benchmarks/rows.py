"""How far the rows are, seen in the database, and whether they are what the log says at the end."""

from benchmarks import traffic
from benchmarks.case import WrongResult
from benchmarks.job import Job

_PARTITIONS = """
SELECT coalesce(sum(highest), 0)::bigint, coalesce(sum(total), 0)::bigint
FROM (SELECT max(inventory) AS highest, sum(inventory) AS total FROM stock_levels GROUP BY left(product_code, 2)) AS one
"""
_SETTLES = "SELECT coalesce(sum(settles), 0)::bigint FROM feed_positions"
_COUNTS = "SELECT product_code, inventory FROM stock_levels"

CHUNK = 500  # messages that one settle answers for


def rate(job: Job, messages: int, *, settled: bool = False, seconds: float = 120) -> float:
    """Return how many of `messages` become committed rows in a second.

    With `settled` the clock stops only when settles have answered for all of them, too. Raises WrongResult where the
    rows aren't what the log says.
    """
    expected = sum(traffic.fold(messages).values())
    chunks = traffic.PARTITIONS * -(-messages // (traffic.PARTITIONS * CHUNK)) if settled else 0
    with job.database.connected() as connection:

        def progress() -> int:
            """Return how many are surely dealt with: `messages` only when the last of them is."""
            done, total = connection.execute(_PARTITIONS).fetchall()[0]
            if total < expected or (chunks and connection.execute(_SETTLES).fetchall()[0][0] < chunks):
                return min(int(done), messages - 1)
            return messages

        measured = job.rate(progress, messages, seconds)
    check(job, messages)
    return measured


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
