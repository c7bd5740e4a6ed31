"""What the pages ask of the catalogue: one statement for each page, the count joined to its product."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select

from storefront.database import db
from storefront.models import CODE_LENGTH, Product

PAGE_SIZE = 50


@dataclass(frozen=True)
class Page:
    """One page of the catalogue; `number` counts from 1."""

    products: Sequence[Product]
    number: int
    has_next: bool


def products_page(number: int) -> Page:
    """Return page `number` of the active products by name; past the end it is empty.

    Asks for one product more than it shows: that tells whether a page follows, without counting them all.
    """
    by_name = _active().order_by(Product.name, Product.code)
    found = db.session.scalars(by_name.limit(PAGE_SIZE + 1).offset((number - 1) * PAGE_SIZE)).all()
    return Page(found[:PAGE_SIZE], number, has_next=len(found) > PAGE_SIZE)


def active_product(code: str) -> Product | None:
    """Return the active product with this code; None where there is none or can be none."""
    if len(code) > CODE_LENGTH or "\x00" in code:
        return None
    return db.session.scalars(_active().where(Product.code == code)).one_or_none()


def check_readable() -> None:
    """Ask what the pages ask, for no row. Raises SQLAlchemyError where they would fail."""
    db.session.scalars(_active().limit(0)).all()


def _active() -> Select[Product]:
    return select(Product).where(Product.active)
