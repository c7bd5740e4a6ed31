"""The shop's database of one fault, as an auditor sees it, and as a fault treats it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from chaos.fold import Letter, Row
from chaos.servers import MIGRATED
from devservices import Postgres

CONNECT_SECONDS = 15  # a busy machine is no fault of the shop
TABLE_LOCK = "LOCK TABLE stock_levels IN ACCESS EXCLUSIVE MODE"


@dataclass(frozen=True)
class Database:
    """One database of `server`. Its methods raise psycopg.OperationalError where that is away."""

    server: Postgres
    name: str

    @property
    def url(self) -> str:
        """`postgresql://…`, with the password."""
        return self.server.database_url(self.name)

    def create(self) -> None:
        """Copy the migrated one."""
        self.of_server("CREATE DATABASE {} TEMPLATE {}", MIGRATED)

    def drop(self) -> None:
        """Forget it, whoever is connected."""
        self.of_server("DROP DATABASE IF EXISTS {} WITH (FORCE)")

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection]:
        """Give a connection in autocommit that doesn't wait for long."""
        options = "-c statement_timeout=30000"
        with psycopg.connect(self.url, autocommit=True, connect_timeout=CONNECT_SECONDS, options=options) as connection:
            yield connection

    def rows(self) -> dict[str, Row]:
        """Return the shop's counts by product code."""
        query = 'SELECT product_code, inventory, source, leader_epoch, "offset", broker_time FROM stock_levels'
        return {code: Row(*rest) for code, *rest in self.query(query)}

    def letters(self) -> dict[Letter, bytes | None]:
        """Return the open dead letters with their bytes."""
        query = "SELECT source, leader_epoch, \"offset\", value FROM dead_letters WHERE state = 'open'"
        return {Letter(*position): value for *position, value in self.query(query)}

    def reasons(self) -> dict[Letter, str]:
        """Return why each letter is one, whatever its state."""
        query = "SELECT source, leader_epoch, \"offset\", state || ': ' || reason FROM dead_letters"
        return {Letter(*position): reason for *position, reason in self.query(query)}

    def places(self) -> dict[str, int | None]:
        """Return by source the offset up to which it is dealt with."""
        return dict(self.query("SELECT source, next_offset FROM feed_positions"))

    def query(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a plain query."""
        with self.connected() as connection:
            return connection.execute(query.encode()).fetchall()

    def execute(self, statement: str) -> None:
        """Run a plain statement, committed."""
        with self.connected() as connection:
            connection.execute(statement.encode())

    def terminate_sessions(self) -> None:
        """End all sessions of this database but the one that asks."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    @contextmanager
    def held(self, lock: str) -> Iterator[None]:
        """Take a lock and keep it during the block."""
        with psycopg.connect(self.url, connect_timeout=CONNECT_SECONDS) as connection:
            connection.execute(lock.encode())
            yield

    def of_server(self, statement: str, *names: str) -> None:
        """Run a statement beside this database; each {} becomes a name, the first one its own."""
        # Also on a server that was made read-only.
        options = "-c default_transaction_read_only=off"
        with psycopg.connect(
            self.server.url, autocommit=True, connect_timeout=CONNECT_SECONDS, options=options
        ) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, (self.name, *names))))


def back_up(server: Postgres) -> None:
    """Copy the data of `server`, which is down for that moment: an honest backup."""
    server.stop()
    _copy(server, "cluster", "backup")
    server.start()


def restore(server: Postgres) -> None:
    """Put the copy back in place of what was written since."""
    server.stop()
    _copy(server, "backup", "cluster")
    server.start()


def _copy(server: Postgres, source: str, target: str) -> None:
    subprocess.run(["rm", "-rf", target], cwd=server.data_dir, check=True)
    subprocess.run(["cp", "-a", source, target], cwd=server.data_dir, check=True)  # with owners: root runs it, too
