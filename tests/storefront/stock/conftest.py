from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from storefront.database import db


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    with app.app_context():
        yield db.engine


@pytest.fixture
def with_product(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO products (name, code, price) VALUES ('Walnut Chair', 'ABCD1234', 47.53)"))
