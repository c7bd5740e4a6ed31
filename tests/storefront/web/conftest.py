from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from storefront import create_app
from storefront.database import db
from storefront.models import Product, StockLevel
from storefront.web import deadline

NOBODY_LISTENS = "postgresql://shop:secret@127.0.0.1:1/shop"


@dataclass(frozen=True)
class Shop:
    """A shop with empty shelves, and a shopper in front of it."""

    app: Flask
    client: FlaskClient

    def add(
        self,
        code: str = "TEAS0001",
        *,
        name: str = "Tea",
        price: str = "5",
        count: int | None = None,
        active: bool = True,
    ) -> None:
        with self.app.app_context():
            db.session.add(Product(code=code, name=name, price=price, active=active))
            if count is not None:
                db.session.add(StockLevel(product_code=code, inventory=count))
            db.session.commit()

    def execute(self, statement: str) -> None:
        with self.app.app_context(), db.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def lose_the_feed(self) -> None:
        """Let the bridge have reported for the last time on 1 March 2026."""
        self.execute(
            "INSERT INTO feed_positions (source, topic, partition, next_offset, end_offset, reported_at)"
            " VALUES ('id-0', 'stock', 0, 5, 5, '2026-03-01 14:05:09+00')"
        )

    def page(self, address: str) -> str:
        response = self.client.get(address)
        with closing(response):
            assert response.status_code == 200
            return response.text


@pytest.fixture(autouse=True)
def patience_of_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "PATIENCE_SECONDS", 30)


@pytest.fixture
def shop(app: Flask) -> Shop:
    return Shop(app, app.test_client())


@pytest.fixture
def shop_without_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("DATABASE_URL", NOBODY_LISTENS)
    app = create_app()
    yield Shop(app, app.test_client())
    with app.app_context():
        db.engine.dispose()
