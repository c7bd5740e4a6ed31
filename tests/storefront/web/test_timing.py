from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from storefront import create_app
from storefront.database import db
from tests.storefront.web.conftest import Shop


@pytest.fixture
def timed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A second application on the shop's database, whose requests are timed."""
    assert shop
    monkeypatch.setenv("METRICS_PORT", "9464")
    app = create_app()
    yield app
    with app.app_context():
        db.engine.dispose()


def counted(app: Flask) -> dict[tuple[str, str, str], float]:
    """How many requests were timed, by route, method and status."""
    [family] = app.extensions["request_durations"].collect()
    return {
        (sample.labels["route"], sample.labels["method"], sample.labels["status"]): sample.value
        for sample in family.samples
        if sample.name == "storefront_web_request_duration_seconds_count"
    }


def ask(client: FlaskClient, address: str, method: str = "GET", **options: Any) -> None:
    client.open(address, method=method, **options).close()


def test_requests_are_timed_by_route_and_never_by_address(shop: Shop, timed: Flask) -> None:
    shop.add("TEAS0001")
    client = timed.test_client()
    for address in ("/", "/products/TEAS0001", "/products/NO-SUCH-CODE", "/healthz", "/static/shop.css"):
        ask(client, address)
    for address in ("/wp-login.php", "/.env"):
        ask(client, address)
    assert counted(timed) == {
        ("/", "GET", "200"): 1,
        ("/products/<code:code>", "GET", "200"): 1,
        ("/products/<code:code>", "GET", "404"): 1,
        ("/healthz", "GET", "200"): 1,
        ("/static/<path:filename>", "GET", "200"): 1,
        ("none", "GET", "404"): 2,
    }


def test_methods_that_strangers_make_up_are_one(timed: Flask) -> None:
    client = timed.test_client()
    for method in ("POST", "BREW", "WHEN"):
        ask(client, "/", method)
    assert counted(timed) == {("none", "POST", "405"): 1, ("none", "other", "405"): 2}


def test_a_page_that_fails_is_timed_too(timed: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storefront.catalog.products_page", lambda *_: 1 / 0)
    ask(timed.test_client(), "/")
    assert counted(timed) == {("/", "GET", "500"): 1}


def test_nothing_is_timed_without_a_port(shop: Shop) -> None:
    with closing(shop.client.get("/")):
        assert "request_durations" not in shop.app.extensions
