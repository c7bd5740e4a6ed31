"""The statements that find a page of a search, among a million products, too.

PostgreSQL can read an order's index until enough products match: soon, where many do; never, where none does. Or it
reads all that match by the index on words, and sorts: soon, where few do. It can't tell which is which: "walnut" may
be everywhere, or only at the end of the names. So the first statement looks through a piece of the order and no more.
Where that doesn't fill the page, a second one reads all that match.
"""

from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import aliased, contains_eager

from storefront.catalog.orders import BY_STOCK
from storefront.catalog.search import Search
from storefront.catalog.words import prefixes
from storefront.models import Product, StockLevel
from storefront.stock.freshness import stale_since

PIECE = 4_000  # products: some milliseconds
FEW = 2_000  # so many matches are sorted sooner than the stock of all products is

Question = Select[Product, datetime | None]
Keys = tuple[ColumnElement[Any], ...]
Q = TypeVar("Q", bound=Select[*tuple[Any, ...]])


def questions(search: Search, limit: int) -> Iterator[Question]:
    """Yield the statements for the first `limit` products of `search`, and with each since when all counts are old.

    They take `stale_after` as a parameter. One that finds fewer may have missed some, but for the last one.
    """
    if search.order is BY_STOCK:
        yield _most_in_stock(search).limit(limit)
    elif search.text or search.in_stock:
        yield _within_piece(search).limit(limit)
    if search.order is BY_STOCK and not search.text:
        yield _all_by_stock(search).limit(limit)
    else:
        yield _all_in_order(search, limit)


def active(product: Any = Product) -> Question:
    """Return the question for the active products with their stock, and since when all counts are old."""
    query = select(product, stale_since()).outerjoin(product.stock).options(contains_eager(product.stock))
    return query.where(product.active)


def _within_piece(search: Search) -> Question:
    piece = _in_order(_products(), search, search.order.keys(Product, None)).limit(PIECE)
    one = aliased(Product, piece.subquery("piece"))
    return _sorted(active(one).where(*_matches(search, one)), search, search.order.keys(one, None))


def _all_in_order(search: Search, limit: int) -> Question:
    keys = search.order.keys(Product, SimpleNamespace(inventory=_looked_up(Product)))
    if search.text:  # what is found is sorted; no index is read in this order to find it
        keys = tuple(func.coalesce(key, key) for key in keys)
    matches = _matches(search, Product) if search.text else _all_in_stock(search)
    found = _in_order(_products().where(*matches), search, keys).limit(limit)
    one = aliased(Product, found.subquery("found"))
    return _sorted(active(one), search, search.order.keys(one, StockLevel))


def _most_in_stock(search: Search) -> Question:
    """Return the question within a piece of the stock; for nothing where all that match are sorted sooner."""
    keys = (StockLevel.inventory.expression, StockLevel.product_code.expression)
    stock: Any = aliased(StockLevel, _in_order(select(StockLevel), search, keys).limit(PIECE).subquery("piece"))
    query = select(Product, stale_since()).join(stock, stock.product_code == Product.code)
    query = query.options(contains_eager(Product.stock.of_type(stock))).where(Product.active)
    if search.text:
        other = aliased(Product)
        some = select(literal(1)).where(other.active, *_matches(search, other)).limit(FEW + 1).subquery("some")
        query = query.where(select(func.count()).select_from(some).scalar_subquery() > FEW)
    return _sorted(query.where(*_matches(search, Product)), search, (stock.inventory, stock.product_code))


def _all_by_stock(search: Search) -> Question:
    query = active().where(*_matches(search, Product))
    return _in_order(query, search, search.order.keys(Product, StockLevel))


def _products() -> Any:
    return select(*Product.__table__.columns).where(Product.active)


def _matches(search: Search, product: Any) -> Iterator[ColumnElement[bool]]:
    if search.text:
        yield product.words.bool_op("@@")(func.to_tsquery("simple", prefixes(search.text)))
    if search.in_stock:
        yield _looked_up(product) > 0


def _all_in_stock(search: Search) -> Iterator[ColumnElement[bool]]:
    """Let PostgreSQL begin with the stock where little is left: to look it up for a million products takes seconds."""
    if search.in_stock:
        yield Product.code.in_(select(StockLevel.product_code).where(StockLevel.inventory > 0))


def _looked_up(product: Any) -> ColumnElement[int]:
    """Return the count of `product`, looked up for each: joined, PostgreSQL would read all stock for a few matches."""
    stock = aliased(StockLevel)
    return select(stock.inventory).where(stock.product_code == product.code).scalar_subquery()


def _in_order(query: Q, search: Search, keys: Keys) -> Q:
    """Return `query` from the place of `search` on: rather than OFFSET, so that page 1,000 costs what page 1 does."""
    if search.after is not None:
        here, there = tuple_(*keys), tuple_(*map(literal, search.after))
        query = query.where(here < there if search.order.descending else here > there)
    return _sorted(query, search, keys)


def _sorted(query: Q, search: Search, keys: Keys) -> Q:
    return query.order_by(*(key.desc() if search.order.descending else key for key in keys))
