"""A developer in front of `/ops`, signed in, and dead letters to look at."""

import re
from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from storefront import create_app
from storefront.database import db

USER, PASSWORD = "dev", "correct horse battery"
CHEAP_HASH = generate_password_hash(PASSWORD, "pbkdf2:sha256:1000")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Developer:
    """A browser and the database behind the page."""

    def __init__(self, app: Flask, connection: psycopg.Connection) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.connection = connection

    def get(self, address: str) -> str:
        response = self.client.get(address)
        assert response.status_code == 200, response.text
        return response.text

    def token(self, address: str = "/ops/sign-in") -> str:
        found = TOKEN.search(self.client.get(address).text)
        assert found
        return found[1]

    def post(self, address: str, *, seen_on: str = "/ops", **fields: str) -> TestResponse:
        """Send a form as the page `seen_on` has it."""
        return self.client.post(address, data={"csrf_token": self.token(seen_on), **fields})

    def sign_in(self, password: str = PASSWORD, user: str = USER, **fields: str) -> TestResponse:
        return self.post("/ops/sign-in", seen_on="/ops/sign-in", user=user, password=password, **fields)

    def query(self, statement: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        done = self.connection.execute(statement, values)
        return done.fetchall() if done.description else []

    def bury(
        self,
        offset: int,
        value: bytes | None = b"not json",
        reason: str = "the message is not json, not JSON at character 1: not json; expected one JSON object",
        code: str | None = None,
        state: str = "open",
    ) -> None:
        self.query(
            "INSERT INTO dead_letters (topic, partition, source, leader_epoch, "
            '"offset", broker_time, task_id, value, product_code, reason, state, headers)'
            " VALUES ('updates', 1, 'id-1', 0, %s, 1, %s, %s, %s, %s, %s, '[]')",
            offset,
            f"updates-1-{offset}",
            value,
            code,
            reason,
            state,
        )


@pytest.fixture
def settings(shop_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert shop_environment
    for name, value in {
        "OPS_USER": USER,
        "OPS_PASSWORD_HASH": CHEAP_HASH,
        "SECRET_KEY": "0123456789abcdef",
        "FLOWER_URL": "http://flower.example:5555/",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def app(settings: None) -> Iterator[Flask]:
    assert settings is None
    application = create_app()
    application.testing = True
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def stranger(app: Flask, database_url: str) -> Iterator[Developer]:
    """Somebody who has not signed in."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield Developer(app, connection)


@pytest.fixture
def developer(stranger: Developer) -> Developer:
    assert stranger.sign_in().status_code == 302
    return stranger
