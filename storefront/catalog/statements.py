"""The statements that find a page of a search, among a million products, too.

PostgreSQL can read an order's index until enough products match: soon, where many do; never, where none does. Or it
reads all that match, by the index on words or by the one on stock, and sorts: soon, where few do. It can't tell which
is which: "walnut" may be everywhere, or only at the end of the names. So `within_piece` looks through a piece of the
order and no more. Where that doesn't fill the page, or few are in stock, `all_that_match` does.
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
FEW = 2_000  # so many counts are looked up sooner than the stock of all products is joined

Question = Select[Product, datetime | None]
Keys = tuple[ColumnElement[Any], ...]
Q = TypeVar("Q", bound=Select[*tuple[Any, ...]])


def active(product: Any = Product) -> Question:
    """Return the question for the active products with their stock, and since when all counts are old.

    It takes `stale_after` as a parameter, as all questions here do.
    """
    query = select(product, stale_since()).outerjoin(product.stock).options(contains_eager(product.stock))
    return query.where(product.active)


def in_order(search: Search, limit: int) -> Question:
    """Return the question for the products from the place of `search` on, whatever they are called or left of."""
    keys = search.order.keys(Product, None)
    return _whole(_in_order(_products(), search, keys).limit(limit), search)


def within_piece(search: Search, limit: int) -> Question:
    """Return the question for those of `search` among the next PIECE products in its order, at most `limit`."""
    if search.order is BY_STOCK:
        return _within_stock(search).limit(limit)
    piece = _in_order(_products(), search, search.order.keys(Product, None)).limit(PIECE)
    one = aliased(Product, piece.subquery("piece"))
    matching = active(one).where(*_has_words(search, one), *_is_in_stock(search, one))
    return _sorted(matching, search, search.order.keys(one, None)).limit(limit)


def all_that_match(search: Search, limit: int, *, few: bool) -> Question:
    """Return the question for the first `limit` products of `search`; `few`: no more than FEW have its words."""
    query = _products().where(*_has_words(search, Product))
    if search.in_stock:
        query = query.where(*_is_in_stock(search, Product)) if few else query.where(Product.code.in_(_in_stock()))
    if search.order is BY_STOCK and not few:
        query = query.outerjoin(Product.stock)
    stock: Any = SimpleNamespace(magnitude=_looked_up(Product, "magnitude")) if few else StockLevel
    keys = search.order.keys(Product, stock)
    if search.text:  # what is found is sorted; no index is read in this order to find it
        keys = tuple(func.coalesce(key, key) for key in keys)
    return _whole(_in_order(query, search, keys).limit(limit), search)


def few_are_in_stock() -> Select[bool]:
    """Return the question whether no more than FEW codes are in stock."""
    return _are_few(_in_stock())


def few_have_words(search: Search) -> Select[bool]:
    """Return the question whether no more than FEW active products have the words of `search`."""
    return _are_few(select(Product.id).where(Product.active, *_has_words(search, Product)))


def _are_few(query: Select[Any]) -> Select[bool]:
    return select(func.count() <= FEW).select_from(query.limit(FEW + 1).subquery())


def _within_stock(search: Search) -> Question:
    keys = (StockLevel.magnitude.expression, StockLevel.product_code.expression)
    piece = select(StockLevel).where(*([StockLevel.magnitude > 0] if search.in_stock else []))
    stock: Any = aliased(StockLevel, _in_order(piece, search, keys).limit(PIECE).subquery("piece"))
    query = select(Product, stale_since()).join(stock, stock.product_code == Product.code)
    query = query.options(contains_eager(Product.stock.of_type(stock)))
    query = query.where(Product.active, *_has_words(search, Product))
    return _sorted(query, search, (stock.magnitude, stock.product_code))


def _whole(found: Any, search: Search) -> Question:
    """Return the question for the products `found`, with their stock, in the order of `search`."""
    one = aliased(Product, found.subquery("found"))
    return _sorted(active(one), search, search.order.keys(one, StockLevel))


def _products() -> Any:
    return select(*Product.__table__.columns).where(Product.active)


def _has_words(search: Search, product: Any) -> Iterator[ColumnElement[bool]]:
    if search.text:
        yield product.words.bool_op("@@")(func.to_tsquery("simple", prefixes(search.text)))


def _is_in_stock(search: Search, product: Any) -> Iterator[ColumnElement[bool]]:
    if search.in_stock:
        yield _looked_up(product, "magnitude") > 0


def _in_stock() -> Select[str]:
    return select(StockLevel.product_code).where(StockLevel.magnitude > 0)


def _looked_up(product: Any, column: str) -> ColumnElement[int]:
    """Return what the stock of `product` says, looked up for each: a join may read all stock for a few matches."""
    stock = aliased(StockLevel)
    return select(getattr(stock, column)).where(stock.product_code == product.code).scalar_subquery()


def _in_order(query: Q, search: Search, keys: Keys) -> Q:
    """Return `query` from the place of `search` on: rather than OFFSET, so that page 1,000 costs what page 1 does."""
    if search.after is not None:
        here, there = tuple_(*keys), tuple_(*map(literal, search.after))
        query = query.where(here < there if search.order.descending else here > there)
    return _sorted(query, search, keys)


def _sorted(query: Q, search: Search, keys: Keys) -> Q:
    return query.order_by(*(key.desc() if search.order.descending else key for key in keys))
