"""The orders in which the catalogue can be read. Each ends with a key that no two products share."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func

from storefront.models import Product


@dataclass(frozen=True)
class Order:
    """One order: what it is called in addresses and on the page, and its `keys`, all in one direction.

    `keys` are those of a product's and its stock's tables. `place_of` gives a product's values of them, of these
    `kinds`: the place behind which the next page begins.
    """

    name: str
    title: str
    keys: Callable[[Any, Any], tuple[ColumnElement[Any], ...]]
    place_of: Callable[[Product], tuple[Any, ...]]
    kinds: tuple[type, ...]
    descending: bool = False


BY_NAME = Order("name", "By name", lambda one, _: (one.name, one.code), lambda one: (one.name, one.code), (str, str))
BY_PRICE = Order(
    "price", "Lowest price", lambda one, _: (one.price, one.code), lambda one: (one.price, one.code), (Decimal, str)
)
BY_NEWEST = Order("newest", "Newest", lambda one, _: (one.id,), lambda one: (one.id,), (int,), descending=True)
# More than a hundred, more than ten, then each count down to what is out of stock, then what was never counted. Not by
# the count: an index on it would have to be written at each count, and pages show no count that isn't low.
BY_STOCK = Order(
    "stock",
    "Best stocked",
    lambda one, stock: (func.coalesce(stock.magnitude, -1), one.code),
    lambda one: (one.stock.magnitude if one.stock else -1, one.code),
    (int, str),
    descending=True,
)
ORDERS = {order.name: order for order in (BY_NAME, BY_PRICE, BY_NEWEST, BY_STOCK)}
