"""What the pages ask of the catalogue: one statement for each page, the count joined to its product."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from storefront.database import db
from storefront.models import CODE_LENGTH, Product
from storefront.stock.freshness import stale_since

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page:
    """One page of the catalogue; `number` counts from 1. Its counts are old since `stale_since`, None: they aren't."""

    products: Sequence[Product]
    number: int
    has_next: bool
    stale_since: datetime | None


@dataclass(frozen=True)
class Found:
    """A product; its count is old since `stale_since`, None: it isn't."""

    product: Product
    stale_since: datetime | None


def products_page(number: int, stale_after: float) -> Page:
    """Return page `number` of the active products by name; past the end it is empty.

    Counts are old where the feed is more than `stale_after` seconds behind.

    Asks for one product more than it shows: that tells whether a page follows, without counting them all.
    """
    by_name = _active(stale_after).order_by(Product.name, Product.code)
    rows = db.session.execute(by_name.limit(PAGE_SIZE + 1).offset((number - 1) * PAGE_SIZE)).all()
    products = [product for product, _ in rows[:PAGE_SIZE]]
    return Page(products, number, has_next=len(rows) > PAGE_SIZE, stale_since=rows[0][1] if rows else None)


def active_product(code: str, stale_after: float) -> Found | None:
    """Return the active product with this code; None where there is none or can be none.

    Its count is old where the feed is more than `stale_after` seconds behind.
    """
    if len(code) > CODE_LENGTH or "\x00" in code:
        return None
    row = db.session.execute(_active(stale_after).where(Product.code == code)).one_or_none()
    return Found(*row) if row else None


def check_readable() -> None:
    """Ask what the pages ask, for no row. Raises SQLAlchemyError where they would fail."""
    db.session.execute(_active(0).limit(0)).all()


def _active(stale_after: float) -> Select[Product, datetime | None]:
    """Return the question for the active products, and with each row the answer since when all counts are old."""
    return select(Product, stale_since(stale_after)).where(Product.active)
