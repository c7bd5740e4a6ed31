"""Processes of a test, ended after it, and servers for them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from devservices import Postgres, Service, Valkey
from devservices.processes import HOST
from tests.deploy.processes import Processes

SHOP = "shop_of_a_deployment"


class Servers(NamedTuple):
    """Where a deployment finds what it lives on."""

    database_url: str
    redis: str
    kafka: str


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    started = Processes(tmp_path)
    yield started
    started.close()


@pytest.fixture
def empty_database(postgres: Postgres) -> Iterator[str]:
    """The address of a database without tables that belongs to a user of its own, as the PostgreSQL image makes it."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {SHOP} LOGIN PASSWORD 'secret'")
        connection.execute(f"CREATE DATABASE {SHOP} OWNER {SHOP}")
        yield f"postgresql://{SHOP}:secret@{HOST}:{postgres.port}/{SHOP}"
        connection.execute(f"DROP DATABASE {SHOP} WITH (FORCE)")
        connection.execute(f"DROP ROLE {SHOP}")


@pytest.fixture
def servers(empty_database: str, valkey: Valkey, kafka: Service) -> Servers:
    return Servers(empty_database, f"{HOST}:{valkey.port}", kafka.url)
