"""A shop of a million products beside one of a thousand."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import count

from benchmarks import programs, traffic, web
from benchmarks.case import Case, Contender, Figures, Goal, WrongResult
from benchmarks.job import Job, job_on, new_topic
from benchmarks.rows import settled_messages
from benchmarks.servers import Servers
from chaos.database import Database

SMALL, LARGE = 1_000, 1_000_000
SECONDS = 1.5
UPDATES = 40_000
WORKERS = 2
LANE = {"BRIDGE_BACKLOG_THRESHOLD": "1000"}

LIST, PRODUCT, UPDATE = "list page", "product page", "update"
SEARCHES = {  # the address, and what it has to show
    "100 match": ("/?q=p2+01", "Thing P2-01"),
    "a quarter": ("/?q=p2&sort=price", "Thing P2"),
    "a quarter, in stock": ("/?q=p2&sort=price&in_stock=1", "Thing P2"),
    "a quarter, by stock": ("/?q=p2&sort=stock", "Thing P2"),
    "a quarter, all far down": ("/?q=p2", "Thing P2"),
    "in stock": ("/?in_stock=1", "Thing P"),
    "by price": ("/?sort=price", "Thing P"),
    "newest": ("/?sort=newest", "Thing P"),
    "by stock": ("/?sort=stock", "Thing P"),
}
FIRST = 1_000_000  # the number of the first product that only the large shop has

# Named like the usual ones, 'Thing P2-0123': a quarter of all have the word P2, and none more one that begins with 01.
# By name a quarter of all comes before the first of those, by price they are everywhere.
_PRODUCTS = f"""
INSERT INTO products (code, name, price)
SELECT 'X' || number, 'Thing P' || number % 4 || ' ' || number, 1 + number::bigint * 7919 % 99999 / 100.0
FROM generate_series({FIRST}, {FIRST + LARGE - SMALL - 1}) AS number
"""  # noqa: S608  (put together from constants)
# A seventh is out of stock: as many updates change what is in stock.
_COUNT = "CASE WHEN abs(hashtext({0})) % 7 = 0 THEN 0 ELSE 100 + abs(hashtext({0})) % 900 END"
_COUNTS = f"""
INSERT INTO stock_levels (product_code, inventory) SELECT code, {_COUNT.format("code")} FROM products
ON CONFLICT (product_code) DO UPDATE SET inventory = excluded.inventory
"""  # noqa: S608  (put together from constants)
# Of what an earlier round counted, so that each round's updates change as much.
_AS_BEFORE = f"""
UPDATE stock_levels SET inventory = {_COUNT.format("product_code")} WHERE source IS NOT NULL
"""  # noqa: S608  (put together from constants)
_COUNTED = "SELECT product_code, inventory FROM stock_levels WHERE source = ANY(%s)"

_numbers = count(1)


@contextmanager
def _opened(servers: Servers) -> Iterator[Mapping[str, Contender]]:
    with servers.new_database("thousand") as small, servers.new_database("million") as large:
        _run(large, _PRODUCTS)
        for statement in (_COUNTS, "VACUUM ANALYZE products", "VACUUM ANALYZE stock_levels"):
            _run(small, statement)
            _run(large, statement)
        servers.checkpoint()
        few = traffic.codes()
        many = [f"X{FIRST + number}" for number in range(0, LARGE - SMALL, (LARGE - SMALL) // UPDATES)]
        yield {
            f"{LARGE:,} products": partial(_all, servers, large, many[:UPDATES]),
            f"{SMALL:,} products": partial(_all, servers, small, few),
        }


def _run(database: Database, statement: str) -> None:
    with database.connected() as connection:
        connection.execute("SET statement_timeout = 0")
        connection.execute(statement.encode())


def _all(servers: Servers, database: Database, codes: list[str]) -> Figures:
    with new_topic(servers, f"million-{next(_numbers)}", traffic.PARTITIONS) as topic:
        with job_on(servers, topic, database) as job, web.serving(job) as site:
            pages = {
                LIST: _milliseconds(site, lambda _: "/", "Thing"),
                PRODUCT: _milliseconds(site, lambda number: f"/products/{codes[number * 7 % len(codes)]}", "Thing"),
                **{name: _milliseconds(site, partial(_same, path), shows) for name, (path, shows) in SEARCHES.items()},
            }
        _run(database, _AS_BEFORE)
        servers.checkpoint()
        with job_on(servers, topic, database) as job:
            return {**pages, UPDATE: _microseconds(job, codes)}


def _same(path: str, _: int) -> str:
    return path


def _milliseconds(site: web.Site, path: web.Path, shows: str) -> float:
    site.rate(SECONDS / 5, path, shows)
    return 1_000 / site.rate(SECONDS, path, shows)


def _microseconds(job: Job, codes: list[str]) -> float:
    """Let the backlog lane count the products of `codes` in turn; return what one message takes."""
    messages = [
        traffic.counted(codes[number % len(codes)], number + 1, number % traffic.PARTITIONS)
        for number in range(UPDATES)
    ]
    traffic.write(job.topic, messages)
    job.start({"bridge": programs.bridge(**LANE), **programs.workers(WORKERS)})
    with job.database.connected() as connection:
        before = settled_messages(connection)  # of earlier rounds
        rate = job.rate(lambda: settled_messages(connection) - before, UPDATES)
        found = dict(connection.execute(_COUNTED, [list(job.topic.sources().values())]).fetchall())
    if found != {message.key.decode(): number for number, message in enumerate(messages, 1)}:
        raise WrongResult(f"the rows are not what the log says; the logs are in {job.folder}")
    return 1_000_000 / rate


CASE = Case(
    name="million",
    title="A million products",
    how=(
        f"Pages: one gunicorn process, {web.SHOPPERS} shoppers, the time that a page takes of it. Update: {UPDATES:,} "
        "messages in the backlog lane, 2 workers, after a checkpoint; in the large shop each about another product, "
        "spread over all of its table, so that PostgreSQL logs each page whole; in the small one a settle gets each "
        "product twice and writes it once."
    ),
    figures={LIST: "ms", PRODUCT: "ms", **dict.fromkeys(SEARCHES, "ms"), UPDATE: "µs"},
    opened=_opened,
    goals=(
        *(
            Goal(figure, f"{LARGE:,} products", f"{SMALL:,} products", "at most", 1.2)
            for figure in (LIST, PRODUCT, UPDATE)
        ),
        *(Goal(figure, f"{LARGE:,} products", f"{SMALL:,} products", "at most", 3) for figure in SEARCHES),
    ),
)
