"""The services that tests share: started once, on first use, on ports of their own, and emptied for each test."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import hypothesis
import psycopg
import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql

from bridge.config import Settings as BridgeSettings
from bridge.topic import create_topic
from devservices import ApacheKafka, Noida, Postgres, Service, ServiceError, Valkey
from devservices.apache_kafka import check_java, fetch_jars
from storefront import create_app
from storefront.config import Settings as ShopSettings
from storefront.database import db

ROOT = Path(__file__).parent.parent
BROKERS: Mapping[str, type[Service]] = {"noida": Noida, "apache": ApacheKafka}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kafka", choices=sorted(BROKERS), default="noida", help="which broker the tests run on: a wheel, or Apache's"
    )
    parser.addoption("--long", action="store_true", help="run the tests that take minutes, too")
    parser.addoption("--chromium", default="/usr/bin/chromium", help="the browser that the tests in a browser run")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "integration: uses a server (set by itself)")
    config.addinivalue_line("markers", "kafka: uses a broker, so `make test-kafka` runs it too (set by itself)")
    hypothesis.settings.register_profile("fuzz")
    config.addinivalue_line("markers", "long: takes minutes: only with --long, as in `make fuzz`")
    config.addinivalue_line("markers", "browser: needs Chromium, so only `make test-browser` runs it")
    config.addinivalue_line("markers", "slow: takes more than five seconds")
    if config.getoption("--kafka") == "apache":
        _require_apache_kafka()
    # A shell starts what it runs in the background deaf to Ctrl-C, and the programs under test would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "long" in item.keywords and not config.getoption("--long"):
            item.add_marker(pytest.mark.skip("takes minutes: --long runs it"))
        needed = set(getattr(item, "fixturenames", ()))
        if needed & {"postgres", "valkey", "kafka", "secured_kafka"}:
            item.add_marker("integration")
        if needed & {"kafka", "secured_kafka"}:
            item.add_marker("kafka")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that has read the demo's settings must not change what the tests show."""
    for kind in (BridgeSettings, ShopSettings):
        for name in kind.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Service]:
    with BROKERS[pytestconfig.getoption("--kafka")](tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_database(postgres: Postgres) -> str:
    """The address of the tests' one database, which has all tables."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE shop")
    _migrate(postgres.database_url("shop"))
    return postgres.database_url("shop")


@pytest.fixture
def database_url(migrated_database: str) -> str:
    """The address of a database with all tables, all empty. (TRUNCATE: 10 ms; a fresh copy: 20 to 100 ms.)"""
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    # A test that left a transaction open shall fail the next one with a sentence, not hang it.
    with psycopg.connect(migrated_database, autocommit=True, options="-c lock_timeout=5000") as connection:
        tables = [sql.Identifier(name) for (name,) in connection.execute(query)]
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.SQL(", ").join(tables)))
    return migrated_database


@pytest.fixture
def redis_url(valkey: Valkey) -> str:
    """The address of an empty Redis."""
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    return valkey.url


@pytest.fixture
def topic(kafka: Service) -> str:
    """The name of a new topic with three partitions."""
    name = f"inventory-{uuid.uuid4().hex[:8]}"
    create_topic(BridgeSettings(kafka_bootstrap_servers=kafka.url, kafka_topic=name))
    return name


@pytest.fixture
def shop_environment(monkeypatch: pytest.MonkeyPatch, database_url: str, redis_url: str) -> dict[str, str]:
    """The shop's settings, set in this process's environment and returned."""
    settings = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "APP_ENV": "development"}
    return _set(monkeypatch, settings)


@pytest.fixture
def bridge_environment(monkeypatch: pytest.MonkeyPatch, kafka: Service, topic: str, redis_url: str) -> dict[str, str]:
    """The bridge's settings, set in this process's environment and returned; the group is as new as the topic."""
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.url,
        "KAFKA_TOPIC": topic,
        "KAFKA_GROUP_ID": f"bridge-of-{topic}",
        "REDIS_URL": redis_url,
    }
    return _set(monkeypatch, settings)


@pytest.fixture
def app(shop_environment: dict[str, str]) -> Iterator[Flask]:
    """The shop on an empty database; no application context is pushed."""
    assert shop_environment
    application = create_app()
    application.testing = True
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser of that shop."""
    return app.test_client()


def _set(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> dict[str, str]:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


def _migrate(database_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _require_apache_kafka() -> None:
    try:
        check_java()
        fetch_jars()
    except ServiceError as error:
        raise pytest.UsageError(str(error)) from None
