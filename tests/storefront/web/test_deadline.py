import time

import pytest
from sqlalchemy import text

from storefront import catalog
from storefront.database import db
from storefront.web import deadline
from tests.storefront.web.conftest import Shop


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "PATIENCE_SECONDS", 0.2)


def test_a_database_that_never_answers_is_a_503_in_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "products_page", lambda *_: db.session.execute(text("SELECT pg_sleep(5)")))
    start = time.monotonic()

    response = shop.client.get("/")

    assert response.status_code == 503
    assert time.monotonic() - start < 2


def test_the_request_after_it_gets_a_connection_of_its_own(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.add()
    with monkeypatch.context() as patched:
        patched.setattr(catalog, "products_page", lambda *_: db.session.execute(text("SELECT pg_sleep(5)")))
        shop.client.get("/")

    assert "Tea" in shop.page("/")


def test_what_is_no_request_may_take_longer(shop: Shop) -> None:
    with shop.app.app_context():
        assert db.session.scalar(text("SELECT 1 FROM pg_sleep(0.6)")) == 1
