from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from storefront import catalog
from storefront.catalog.orders import ORDERS, Order
from storefront.catalog.search import Search
from storefront.catalog.statements import all_that_match, few_are_in_stock, in_order, within_piece
from storefront.database import db
from storefront.models import Product, StockLevel

STALE_AFTER = 300


@pytest.fixture(autouse=True)
def application_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def add(name: str, code: str, *, active: bool = True, count: int | None = None) -> None:
    db.session.add(Product(name=name, code=code, price="1", active=active))
    if count is not None:
        db.session.add(StockLevel(product_code=code, inventory=count))
    db.session.commit()


def test_products_come_by_name_with_their_counts() -> None:
    add("Tea", "T1", count=4)
    add("Coffee", "C1")

    page = catalog.products_page(Search(), STALE_AFTER)

    assert [(product.name, product.inventory) for product in page.products] == [("Coffee", None), ("Tea", 4)]


def test_products_of_one_name_come_by_code_so_that_no_page_shows_one_twice() -> None:
    add("Tea", "T2")
    add("Tea", "T1")

    assert [product.code for product in catalog.products_page(Search(), STALE_AFTER).products] == ["T1", "T2"]


def test_a_page_knows_whether_another_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "PAGE_SIZE", 2)
    for number in range(4):
        add(f"Tea {number}", f"T{number}")

    first = catalog.products_page(Search(), STALE_AFTER)
    second = catalog.products_page(Search(after=first.next_after), STALE_AFTER)
    third = catalog.products_page(Search(after=("Tea 3", "T3")), STALE_AFTER)

    assert (first.next_after, second.next_after, third.next_after) == (("Tea 1", "T1"), None, None)
    assert [len(page.products) for page in (first, second, third)] == [2, 2, 0]


def test_an_inactive_product_is_neither_listed_nor_found() -> None:
    add("Tea", "T1", active=False, count=4)

    assert catalog.products_page(Search(), STALE_AFTER).products == []
    assert catalog.active_product("T1", STALE_AFTER) is None


def test_a_product_is_found_by_its_exact_code() -> None:
    add("Tea", "T1", count=4)

    found = catalog.active_product("T1", STALE_AFTER)

    assert found is not None
    assert found.product.inventory == 4
    assert catalog.active_product("t1", STALE_AFTER) is None


@pytest.mark.parametrize("code", ["", "\x00", "A\x00B", "A" * 65, "A" * 5_000])
def test_a_code_that_no_product_can_have_finds_none(code: str) -> None:
    assert catalog.active_product(code, STALE_AFTER) is None


def test_the_catalogue_is_readable_only_where_its_tables_are() -> None:
    catalog.check_readable()
    db.session.execute(text("ALTER TABLE products RENAME TO products_before"))
    db.session.commit()

    try:
        with pytest.raises(ProgrammingError):
            catalog.check_readable()
    finally:
        db.session.execute(text("ALTER TABLE products_before RENAME TO products"))
        db.session.commit()


FILL = "INSERT INTO products (code, name, price) SELECT 'C' || i, {name} || i, i FROM generate_series({range}) i"
IN_ORDER = ("ix_products_by_name", "ix_products_by_price", "pk_products")


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("order", ORDERS.values(), ids=list(ORDERS))
def test_all_that_match_are_read_by_their_words_and_not_an_order_until_enough_are_met(
    order: Order, *, few: bool
) -> None:
    db.session.execute(text(FILL.format(name="'Apple '", range="1, 5000")))
    db.session.execute(text(FILL.format(name="'Walnut '", range="5001, 6000")))
    db.session.execute(text("ANALYZE products"))
    question = all_that_match(Search("walnut", order=order), 51, few=few)

    assert not [index for index in IN_ORDER if index in plan(question)]
    db.session.rollback()


@pytest.mark.parametrize("after", [None, "Apple 3000"])
@pytest.mark.parametrize(
    ("order", "index"), [("name", "ix_products_by_name"), ("price", "ix_products_by_price"), ("newest", "pk_products")]
)
def test_a_list_is_read_from_its_place_in_its_index_and_no_further(order: str, index: str, after: str | None) -> None:
    db.session.execute(text(FILL.format(name="'Apple '", range="1, 5000")))
    db.session.execute(text("ANALYZE products"))
    here = db.session.scalars(select(Product).where(Product.name == after)).one_or_none()
    place = ORDERS[order].place_of(here) if here else None
    question = in_order(Search(order=ORDERS[order], after=place), 51)

    assert index in plan(question)
    assert not [part for part in ("Sort Key: products", "Seq Scan on products") if part in plan(question)]
    db.session.rollback()


def test_where_nothing_is_left_the_stock_is_not_looked_up_for_each_product() -> None:
    db.session.execute(text(FILL.format(name="'Apple '", range="1, 5000")))
    db.session.execute(text("INSERT INTO stock_levels (product_code, inventory) SELECT code, 0 FROM products"))
    db.session.execute(text("ANALYZE products, stock_levels"))

    for search in (Search(in_stock=True), Search("apple", in_stock=True), Search(in_stock=True, order=ORDERS["stock"])):
        found = plan(all_that_match(search, 51, few=False))
        assert "ix_stock_levels_by_magnitude" in found
        assert not [part for part in ("SubPlan", "Seq Scan on products", "Seq Scan on stock") if part in found]
    assert "Index Only Scan using ix_stock_levels_by_magnitude" in plan(few_are_in_stock())
    db.session.rollback()


@pytest.mark.parametrize("in_stock", [False, True])
def test_what_is_well_stocked_is_read_in_its_index(*, in_stock: bool) -> None:
    db.session.execute(text(FILL.format(name="'Apple '", range="1, 5000")))
    db.session.execute(text("INSERT INTO stock_levels (product_code, inventory) SELECT code, id % 300 FROM products"))
    db.session.execute(text("ANALYZE products, stock_levels"))
    found = plan(within_piece(Search("apple", in_stock, ORDERS["stock"]), 51))

    assert "ix_stock_levels_by_magnitude" in found
    assert not [part for part in ("Seq Scan on products", "Seq Scan on stock") if part in found]
    db.session.rollback()


def test_what_is_well_stocked_comes_first_and_what_was_never_counted_last() -> None:
    for code, count in {"A": 9, "B": None, "C": 101, "D": 11, "E": 0, "F": 2_000, "G": 1, "H": 10, "I": 100}.items():
        add("Tea", code, count=count)

    assert list(codes_of_all_pages(Search(order=ORDERS["stock"]))) == ["F", "C", "I", "D", "H", "A", "G", "E", "B"]


def plan(question: Any) -> str:
    compiled = question.compile(db.engine)
    values = {**compiled.params, "stale_after": STALE_AFTER}
    return "\n".join(db.session.connection().exec_driver_sql(f"EXPLAIN {compiled}", values).scalars())


@pytest.mark.parametrize("in_stock", [False, True])
@pytest.mark.parametrize("order", ORDERS.values(), ids=list(ORDERS))
@pytest.mark.parametrize("few", [0, 5, 2_000])
def test_each_way_to_find_a_page_finds_the_same(
    monkeypatch: pytest.MonkeyPatch, order: Order, in_stock: bool, few: int
) -> None:
    """However small the piece that is looked through first, and however common the word or what is in stock."""
    for number in range(12):
        add(("Oak ", "Walnut ")[number % 3 > 0] + str(number), f"C{number}", count=(None, 0, 5, 70)[number % 4])
    search = Search("walnut", in_stock, order)
    monkeypatch.setattr(catalog, "PAGE_SIZE", 2)
    monkeypatch.setattr("storefront.catalog.statements.FEW", few)
    seen = []
    for piece in (1, 4, 4_000):
        monkeypatch.setattr("storefront.catalog.statements.PIECE", piece)
        seen.append(list(codes_of_all_pages(search)))

    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == len(set(seen[0])) == (4 if in_stock else 8)


def codes_of_all_pages(search: Search) -> Iterator[str]:
    place: tuple[Any, ...] | None = ()
    while place is not None:
        page = catalog.products_page(replace(search, after=place or None), STALE_AFTER)
        yield from (product.code for product in page.products)
        place = page.next_after
