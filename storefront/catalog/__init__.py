"""What the pages ask of the catalogue: one statement for a page, up to four for some searches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Session

from storefront.catalog.orders import BY_STOCK
from storefront.catalog.search import Search
from storefront.catalog.statements import (
    Question,
    active,
    all_that_match,
    few_are_in_stock,
    few_have_words,
    in_order,
    within_piece,
)
from storefront.database import reading
from storefront.models import CODE_LENGTH, Product, StockLevel, storable
from storefront.stock.availability import Availability, availability
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

    def availability(self, threshold: int) -> Availability:
        """Return what shoppers read of it: up to `threshold` a count is low."""
        return availability(self.product.inventory, threshold, self.stale_since)


def products_page(search: Search, stale_after: float) -> Page:
    """Return the page of active products that `search` asks for; behind the end it is empty.

    Counts are old where the feed is more than `stale_after` seconds behind. Asks for one product more than it shows:
    that tells whether a page follows, without counting them all.
    """
    with reading() as session:
        rows = _rows(session, search, stale_after)
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
        session.execute(within_piece(Search("readable"), 0), {"stale_after": 0}).all()


def _rows(session: Session, search: Search, stale_after: float) -> Sequence[Row[Product, datetime | None]]:
    """Return one row more than the page has, with what is cheapest to ask, for a search that is."""
    limit, known = PAGE_SIZE + 1, {"stale_after": stale_after}
    if not search.text and not search.in_stock and search.order is not BY_STOCK:
        return session.execute(in_order(search, limit), known).all()
    if search.in_stock and session.scalar(few_are_in_stock()):
        return session.execute(all_that_match(search, limit, few=False), known).all()
    rows = session.execute(within_piece(search, limit), known).all()
    if len(rows) == limit:
        return rows
    looks_up = search.in_stock or search.order is BY_STOCK
    few = bool(looks_up and search.text and session.scalar(few_have_words(search)))
    return session.execute(all_that_match(search, limit, few=few), known).all()


def _can_be_a_code(text: str) -> bool:
    return len(text) <= CODE_LENGTH and storable(text)


@cache  # to put it together takes longer than to ask it
def _product() -> Question:
    return active().where(Product.code == bindparam("code"))
