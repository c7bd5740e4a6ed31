"""A search of the catalogue as an address, and back. What an address has wrong is left out: there is always a page."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from storefront.catalog.orders import BY_NAME, ORDERS, Order
from storefront.catalog.search import Search
from storefront.models import storable

LONGEST_TEXT = 100
LONGEST_PLACE = 2_000
BIGGEST_NUMBER = 2**63


def read(arguments: Mapping[str, str]) -> Search:
    """Return the search that the arguments of an address ask for."""
    order = ORDERS.get(arguments.get("sort", ""), BY_NAME)
    place = _read_place(order, arguments.get("after", ""))
    return Search(_read_text(arguments.get("q", "")), arguments.get("in_stock") == "1", order, place)


def write(search: Search) -> dict[str, str]:
    """Return the arguments of the address of `search`; what goes without saying isn't said."""
    arguments = {
        "q": search.text,
        "in_stock": "1" if search.in_stock else "",
        "sort": "" if search.order is BY_NAME else search.order.name,
        "after": _write_place(search.after) if search.after else "",
    }
    return {name: value for name, value in arguments.items() if value}


def _read_text(text: str) -> str:
    """Return `text` as it is searched for, and shown again: printable, one line, of a bounded length."""
    printable = "".join(character if character.isprintable() else " " for character in text[:LONGEST_TEXT])
    return " ".join(printable.split())


def _write_place(place: tuple[Any, ...]) -> str:
    values = json.dumps([str(value) for value in place], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(values.encode()).decode("ascii").rstrip("=")


def _read_place(order: Order, text: str) -> tuple[Any, ...] | None:
    """Return the place in `order` that `text` names, None where it names none."""
    if not text or len(text) > LONGEST_PLACE:
        return None
    with suppress(ValueError, ArithmeticError, RecursionError):
        values = json.loads(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        if isinstance(values, list) and len(values) == len(order.kinds) and all(isinstance(one, str) for one in values):
            place = tuple(kind(value) for kind, value in zip(order.kinds, values, strict=True))
            return place if all(map(_can_be_compared, place)) else None
    return None


def _can_be_compared(value: str | int | Decimal) -> bool:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Decimal) and value != round(value, 2):
        return False
    return -BIGGEST_NUMBER < value < BIGGEST_NUMBER
