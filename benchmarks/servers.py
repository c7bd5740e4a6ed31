"""The servers that all cases share: Apache Kafka, PostgreSQL and Valkey, as safe as in production."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from redis import Redis

from benchmarks import traffic
from chaos.database import Database
from chaos.servers import MIGRATED, migrate
from devservices import ApacheKafka, Postgres, Service, Valkey

# The same products for everybody, each with a count, so that every message is an update of a row.
_PRODUCTS = "INSERT INTO products (code, name, price) SELECT code, 'Thing ' || code, 5 FROM unnest(%s::text[]) AS code"
_COUNTS = "INSERT INTO stock_levels (product_code, inventory) SELECT code, 0 FROM unnest(%s::text[]) AS code"


@dataclass(frozen=True)
class Servers:
    """Every server confirms what is on disk alone: fsync is on, and Valkey keeps its append-only file."""

    kafka: Service
    postgres: Postgres
    redis: Valkey
    folder: Path

    @contextmanager
    def new_database(self, name: str) -> Iterator[Database]:
        """Give a copy of the migrated database with the usual products, all counts 0; drop it afterwards."""
        database = Database(self.postgres, name)
        database.create()
        try:
            self.checkpoint()
            yield database
        finally:
            database.drop()

    def checkpoint(self) -> None:
        """Write out what earlier rounds left, so that no later one pays for it."""
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")

    def empty_redis(self) -> None:
        """Forget every task."""
        with self.redis_client() as client:
            client.flushall()

    def redis_client(self) -> Redis:
        """Return a client of the queue."""
        return Redis.from_url(self.redis.url)


@contextmanager
def running_servers(folder: Path) -> Iterator[Servers]:
    """Start one of each, their data in `folder`. Raises ServiceError."""
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres(folder / "postgres", durable=True))
        valkey = stack.enter_context(Valkey(folder / "redis", durable=True))
        kafka = stack.enter_context(ApacheKafka(folder / "kafka"))
        prepare(postgres)
        yield Servers(kafka, postgres, valkey, folder)


def prepare(postgres: Postgres) -> None:
    """Make the database that the contenders' own are copies of. Raises ServiceError."""
    _keep_commit_times(postgres)
    migrate(postgres)
    _fill(postgres)


def _keep_commit_times(postgres: Postgres) -> None:
    """Let PostgreSQL tell when each row was committed; it wants a new start for that."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    postgres.stop()
    postgres.start()


def _fill(postgres: Postgres) -> None:
    codes = traffic.codes()
    with psycopg.connect(postgres.database_url(MIGRATED), autocommit=True) as connection:
        connection.execute(_PRODUCTS, [codes])
        connection.execute(_COUNTS, [codes])
        connection.execute("VACUUM ANALYZE")
