"""The catalogue and the product pages."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for

from storefront import catalog
from storefront.catalog import Search
from storefront.catalog.orders import ORDERS
from storefront.config import Settings
from storefront.stock.availability import Availability, availability
from storefront.web import searches

CURRENCY = "€"

pages = Blueprint("shop", __name__)


@pages.get("/")
def catalogue() -> str:
    """Show one page of the active products that the address asks for."""
    search = searches.read(request.args)
    page = catalog.products_page(search, _settings().stock_stale_after)
    return render_template("catalogue.html", search=search, page=page, orders=ORDERS.values())


def address(search: Search, **changes: Any) -> str:
    """Return the address of the catalogue's page for `search`, with `changes`."""
    arguments: dict[str, Any] = searches.write(replace(search, **changes))
    return url_for("shop.catalogue", **arguments)


@pages.get("/products/<code:code>")
def product(code: str) -> str:
    """Show one active product."""
    found = catalog.active_product(code, _settings().stock_stale_after) or abort(HTTPStatus.NOT_FOUND)
    return render_template("product.html", product=found.product, stale_since=found.stale_since)


def money(amount: Decimal) -> str:
    """Return `amount` as a shopper reads it: €47.53."""
    return f"{CURRENCY}{amount:.2f}"


def moment(at: datetime) -> str:
    """Return `at` as a shopper reads it: 14:05 UTC, with the day where it isn't today."""
    at = at.astimezone(UTC)
    day = "" if at.date() == datetime.now(UTC).date() else f" on {at.day} {at:%B %Y}"
    return f"{at:%H:%M} UTC{day}"


def availability_here(count: int | None, stale_since: datetime | None) -> Availability:
    """Return what `count` means in this shop, by its LOW_STOCK_THRESHOLD; nothing is claimed after `stale_since`."""
    return availability(count, _settings().low_stock_threshold, stale_since)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
