"""What the pages ask of the catalogue: one statement for a page, two for some searches; counts joined to products."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, select

from storefront.catalog.search import Search
from storefront.catalog.statements import Question, active, questions
from storefront.database import reading
from storefront.models import CODE_LENGTH, Product, StockLevel, storable
from storefront.stock.freshness import stale_since

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page:
    """One page of the catalogue. Its counts are old since `stale_since`, None: they aren't.

    `next_after` is the place behind which the next page begins, None on the last one.
    """

    products: Sequence[Product]
    next_after: tuple[Any, ...] | None
    stale_since: datetime | None


@dataclass(frozen=True)
class Found:
    """A product; its count is old since `stale_since`, None: it isn't."""

    product: Product
    stale_since: datetime | None


def products_page(search: Search, stale_after: float) -> Page:
    """Return the page of active products that `search` asks for; behind the end it is empty.

    Counts are old where the feed is more than `stale_after` seconds behind. Asks for one product more than it shows:
    that tells whether a page follows, without counting them all.
    """
    with reading() as session:
        for question in questions(search, PAGE_SIZE + 1):
            rows = session.execute(question, {"stale_after": stale_after}).all()
            if len(rows) > PAGE_SIZE:
                break
    products = [product for product, _ in rows[:PAGE_SIZE]]
    next_after = search.order.place_of(products[-1]) if len(rows) > PAGE_SIZE else None
    return Page(products, next_after, rows[0][1] if rows else None)


def active_product(code: str, stale_after: float) -> Found | None:
    """Return the active product with this code; None where there is none or can be none.

    Its count is old where the feed is more than `stale_after` seconds behind.
    """
    if not _can_be_a_code(code):
        return None
    with reading() as session:
        row = session.execute(_product(), {"code": code, "stale_after": stale_after}).one_or_none()
    return Found(*row) if row else None


def counts(codes: Iterable[str], stale_after: float) -> tuple[Mapping[str, int | None], datetime | None]:
    """Return the count of each active product among those with these codes, and since when all of them are old."""
    names = [code for code in codes if _can_be_a_code(code)]
    columns = select(Product.code, StockLevel.inventory, stale_since()).outerjoin(Product.stock)
    asked = columns.where(Product.active, Product.code == func.any(names))
    with reading() as session:
        rows = session.execute(asked, {"stale_after": stale_after}).all()
    return {code: count for code, count, _ in rows}, rows[0][2] if rows else None


def check_readable() -> None:
    """Ask what the pages ask, for no row. Raises SQLAlchemyError where they would fail."""
    with reading() as session:
        session.execute(next(questions(Search("readable"), 1)).limit(0), {"stale_after": 0}).all()


def _can_be_a_code(text: str) -> bool:
    return len(text) <= CODE_LENGTH and storable(text)


@cache  # to put it together takes longer than to ask it
def _product() -> Question:
    return active().where(Product.code == bindparam("code"))
