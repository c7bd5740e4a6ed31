"""The benchmarks' servers, the tests' own ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.servers import Servers, prepare
from devservices import Postgres, Service, Valkey


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("postgres-of-benchmarks")) as server:
        prepare(server)
        yield server


@pytest.fixture
def servers(prepared: Postgres, valkey: Valkey, kafka: Service, tmp_path: Path) -> Servers:
    return Servers(kafka, prepared, valkey, tmp_path)
