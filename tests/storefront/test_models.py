"""What the tables refuse, whoever writes to them, and what a person reads."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, LiteralString

import psycopg
import pytest
from flask import Flask
from psycopg import errors

from storefront import models
from storefront.database import db
from storefront.models import DeadLetter, FeedPosition, Product, StockLevel


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.mark.usefixtures("context")
def test_a_product_of_three_columns_is_complete(connection: psycopg.Connection) -> None:
    connection.execute("INSERT INTO products (name, code, price) VALUES ('Mug', 'A', 47.53)")
    product = db.session.scalars(db.select(Product)).one()
    assert product.active is True
    for moment in (product.created_at, product.updated_at):
        assert moment.utcoffset() is not None
        assert abs((datetime.now(UTC) - moment).total_seconds()) < 60


@pytest.mark.usefixtures("context")
def test_a_stock_level_of_two_columns_is_complete_and_of_no_message(connection: psycopg.Connection) -> None:
    connection.execute("INSERT INTO stock_levels (product_code, inventory) VALUES ('A', 3)")
    stock = db.session.get_one(StockLevel, "A")
    assert (stock.inventory, stock.source, stock.offset) == (3, None, None)
    assert stock.updated_at.utcoffset() is not None


@pytest.mark.parametrize(
    ("name", "code", "price", "refused"),
    [
        ("Mug", "B", "-0.01", errors.CheckViolation),
        ("Mug", "B", "100000000", errors.NumericValueOutOfRange),
        ("Mug", "B", "NaN", errors.CheckViolation),
        ("Mug", "B", None, errors.NotNullViolation),
        ("Mug", "", "1", errors.CheckViolation),
        ("Mug", "B" * 65, "1", errors.StringDataRightTruncation),
        ("Mug", None, "1", errors.NotNullViolation),
        ("Mug", "A", "1", errors.UniqueViolation),
        ("", "B", "1", errors.CheckViolation),
        ("  ", "B", "1", errors.CheckViolation),
        ("\t\n", "B", "1", errors.CheckViolation),
        (None, "B", "1", errors.NotNullViolation),
    ],
)
def test_the_database_refuses_a_bad_product(
    connection: psycopg.Connection, name: str | None, code: str | None, price: str | None, refused: type[Exception]
) -> None:
    insert: LiteralString = "INSERT INTO products (name, code, price) VALUES (%s, %s, %s)"
    connection.execute(insert, ("Mug", "A", 1))
    with pytest.raises(refused):
        connection.execute(insert, (name, code, price))


@pytest.mark.parametrize(
    ("code", "inventory", "refused"),
    [
        ("A", -1, errors.CheckViolation),
        ("A", 2**31, errors.NumericValueOutOfRange),
        ("A", None, errors.NotNullViolation),
        ("", 1, errors.CheckViolation),
        ("A" * 65, 1, errors.StringDataRightTruncation),
    ],
)
def test_the_database_refuses_a_bad_count(
    connection: psycopg.Connection, code: str, inventory: int | None, refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        connection.execute("INSERT INTO stock_levels (product_code, inventory) VALUES (%s, %s)", (code, inventory))


@pytest.mark.parametrize(
    "changed",
    [
        {"code": ""}, {"code": " "}, {"code": "A" * 65}, {"code": "A\x00"}, {"code": "A\ud83d"},
        {"name": ""}, {"name": " \t"}, {"name": "x" * 201}, {"name": "Mug\x00"},
        {"price": -1}, {"price": "NaN"}, {"price": "Infinity"}, {"price": "x"}, {"price": None},
        {"price": Decimal("99999999.995")}, {"price": "47.535"},
    ],
)  # fmt: skip
def test_python_refuses_a_bad_product_with_a_sentence(changed: dict[str, Any]) -> None:
    (field,) = changed
    with pytest.raises(ValueError, match=f"^{field} is .*; expected "):
        Product(**{"code": "A", "name": "Mug", "price": 1} | changed)


@pytest.mark.parametrize("price", [47.53, "47.53", Decimal("47.530"), "4753e-2"])
def test_a_price_is_exact_however_it_is_given(price: object) -> None:
    assert Product(code="A", name="Mug", price=price).price == Decimal("47.53")


@pytest.mark.usefixtures("context")
def test_a_product_has_no_count_until_one_comes(connection: psycopg.Connection) -> None:
    connection.execute("INSERT INTO products (name, code, price) VALUES ('Mug', 'A', 47.53)")
    assert db.session.scalars(db.select(Product)).one().inventory is None
    connection.execute("INSERT INTO stock_levels (product_code, inventory) VALUES ('A', 0)")
    db.session.expire_all()
    assert db.session.scalars(db.select(Product)).one().inventory == 0


@pytest.mark.usefixtures("context")
def test_a_count_outlives_its_product_and_finds_it_again(connection: psycopg.Connection) -> None:
    connection.execute("INSERT INTO stock_levels (product_code, inventory) VALUES ('A', 7)")
    for _ in range(2):
        db.session.add(Product(code="A", name="Mug", price=1))
        db.session.commit()
        product = db.session.scalars(db.select(Product)).one()
        assert product.inventory == 7
        db.session.delete(product)
        db.session.commit()


def test_a_new_product_has_no_count_before_it_is_stored() -> None:
    assert Product(code="A", name="Mug", price=1).inventory is None


def test_a_position_has_one_dead_letter(connection: psycopg.Connection) -> None:
    insert: LiteralString = (
        'INSERT INTO dead_letters (topic, partition, source, leader_epoch, "offset", broker_time, task_id, reason)'
        " VALUES ('t', 0, 't-0', 0, 7, 1, 't-0-7', 'why')"
    )
    connection.execute(insert)
    with pytest.raises(errors.UniqueViolation):
        connection.execute(insert)
    assert connection.execute("SELECT state, tries, headers FROM dead_letters").fetchall() == [("open", 1, [])]
    with pytest.raises(errors.CheckViolation):
        connection.execute("UPDATE dead_letters SET state = 'lost'")


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (Product(code="JANW7810", name="Mug", price=47.53), "<Product JANW7810 'Mug', 47.53>"),
        (Product(code="A", name="Mug", price=5, active=False), "<Product A 'Mug', 5.00, inactive>"),
        (StockLevel(product_code="A", inventory=3), "<StockLevel A: 3>"),
        (DeadLetter(id=1, topic="t", partition=0, offset=7, reason="why"), "<DeadLetter 1 t-0-7: why>"),
        (FeedPosition(topic="t", partition=0, next_offset=7, end_offset=9), "<FeedPosition t-0: 7 of 9>"),
    ],
)
def test_a_row_is_readable(row: object, shown: str) -> None:
    assert repr(row) == shown


def test_an_unfinished_product_can_be_printed() -> None:
    assert "Product" in repr(Product())


@pytest.mark.usefixtures("context")
def test_the_shell_has_the_models_at_hand(app: Flask) -> None:
    names = app.make_shell_context()
    assert names["db"] is db
    for name in ("Product", "StockLevel", "DeadLetter", "FeedPosition"):
        assert names[name] is getattr(models, name)
