"""The orders in which the catalogue can be read. Each ends with a key that no two products share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func

from storefront.models import Product, StockLevel

# Unknown stock comes behind "out of stock". No index helps here, on purpose: a count is written far more often than
# shoppers sort by it, and with an index each of those writes would cost several.
_STOCK = func.coalesce(StockLevel.inventory, -1)


@dataclass(frozen=True)
class Order:
    """One order: what it is called in addresses and on the page, and by which `keys`, all in one direction.

    `place_of` gives a product's values of those keys, of these `kinds`: the place behind which the next page begins.
    """

    name: str
    title: str
    keys: Sequence[ColumnElement[Any]]
    place_of: Callable[[Product], tuple[Any, ...]]
    kinds: tuple[type, ...]
    descending: bool = False

    def clauses(self, *, of_few: bool) -> list[ColumnElement[Any]]:
        """Return what to order by; `of_few`: what is found is sorted, no index is read in this order to find it.

        PostgreSQL believes that it soon meets enough products that match, wherever the index begins. Those with
        "walnut" stand at the end of the names: it would read a million to find them.
        """
        keys = [func.coalesce(key, key) for key in self.keys] if of_few else self.keys
        return [key.desc() if self.descending else key.asc() for key in keys]


def _column(attribute: Any) -> ColumnElement[Any]:
    column: ColumnElement[Any] = attribute.expression
    return column


_CODE, _NAME, _PRICE, _ID = map(_column, (Product.code, Product.name, Product.price, Product.id))

BY_NAME = Order("name", "Name", (_NAME, _CODE), lambda one: (one.name, one.code), (str, str))
BY_PRICE = Order("price", "Lowest price", (_PRICE, _CODE), lambda one: (one.price, one.code), (Decimal, str))
BY_NEWEST = Order("newest", "Newest", (_ID,), lambda one: (one.id,), (int,), descending=True)
BY_STOCK = Order(
    "stock",
    "Most in stock",
    (_STOCK, _ID),
    lambda one: (-1 if one.inventory is None else one.inventory, one.id),
    (int, int),
    descending=True,
)
ORDERS = {order.name: order for order in (BY_NAME, BY_PRICE, BY_NEWEST, BY_STOCK)}
