"""The catalogue and the product pages."""

from decimal import Decimal
from http import HTTPStatus

from flask import Blueprint, abort, current_app, render_template, request

from storefront import catalog
from storefront.stock.availability import Availability, availability
from storefront.web.addresses import page_number

CURRENCY = "€"

pages = Blueprint("shop", __name__)


@pages.get("/")
def catalogue() -> str:
    """Show one page of the active products."""
    number = page_number(request.args.get("page", "1")) or abort(HTTPStatus.NOT_FOUND)
    page = catalog.products_page(number)
    if not page.products and number > 1:
        abort(HTTPStatus.NOT_FOUND)
    return render_template("catalogue.html", page=page)


@pages.get("/products/<code:code>")
def product(code: str) -> str:
    """Show one active product."""
    found = catalog.active_product(code) or abort(HTTPStatus.NOT_FOUND)
    return render_template("product.html", product=found)


def money(amount: Decimal) -> str:
    """Return `amount` as a shopper reads it: €47.53."""
    return f"{CURRENCY}{amount:.2f}"


def availability_here(count: int | None) -> Availability:
    """Return what `count` means in this shop, by its LOW_STOCK_THRESHOLD."""
    return availability(count, current_app.config["SETTINGS"].low_stock_threshold)
