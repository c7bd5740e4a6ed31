"""The catalogue and the product pages."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request, url_for

from storefront import catalog
from storefront.catalog import Found, Search
from storefront.catalog.orders import ORDERS
from storefront.config import Settings
from storefront.models import Product
from storefront.stock.availability import Availability, availability
from storefront.web import machines, searches

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}

pages = Blueprint("shop", __name__)


@pages.get("/")
def catalogue() -> str:
    """Show one page of the active products that the address asks for."""
    search = searches.read(request.args)
    page = catalog.products_page(search, settings().stock_stale_after)
    return render_template("catalogue.html", search=search, page=page, orders=ORDERS.values())


def address(search: Search, *, whole: bool = False, **changes: Any) -> str:
    """Return the address of the catalogue's page for `search`, with `changes`; `whole`: with the host's name."""
    arguments: dict[str, Any] = searches.write(replace(search, **changes))
    return url_for("shop.catalogue", _external=whole, **arguments)


@pages.get("/products/<code:code>")
def product(code: str) -> str:
    """Show one active product."""
    found = _active(code) or abort(HTTPStatus.NOT_FOUND)
    linked_data = machines.linked_data(*_shown(found))
    return render_template("product.html", **vars(found), linked_data=linked_data)


@pages.get("/products/<code:code>.json")
def product_document(code: str) -> Response | str:
    """Answer with one active product for scripts; 304 where they have it already."""
    found = _active(code)
    if found is None:
        return product(f"{code}.json")  # a code may end so
    response = jsonify(machines.document(*_shown(found)))
    response.add_etag()
    response.cache_control.no_cache = True  # to be kept, and asked about before each use
    response.make_conditional(request)
    return response


def money(amount: Decimal) -> str:
    """Return `amount` as a shopper reads it: €47.53, in this shop's CURRENCY."""
    currency = settings().currency
    return f"{SYMBOLS.get(currency, f'{currency} ')}{amount:.2f}"


def moment(at: datetime) -> str:
    """Return `at` as a shopper reads it: 14:05 UTC, with the day where it isn't today."""
    at = at.astimezone(UTC)
    day = "" if at.date() == datetime.now(UTC).date() else f" on {at.day} {at:%B %Y}"
    return f"{at:%H:%M} UTC{day}"


def availability_here(count: int | None, stale_since: datetime | None) -> Availability:
    """Return what `count` means in this shop, by its LOW_STOCK_THRESHOLD; nothing is claimed after `stale_since`."""
    return availability(count, settings().low_stock_threshold, stale_since)


def _active(code: str) -> Found | None:
    return catalog.active_product(code, settings().stock_stale_after)


def _shown(found: Found) -> tuple[Product, Availability, str, str]:
    """Return what machines are told of a product: it, its stock, the currency, and the address of its page."""
    shown = availability_here(found.product.inventory, found.stale_since)
    page = url_for("shop.product", code=found.product.code, _external=True)
    return found.product, shown, settings().currency, page


def settings() -> Settings:
    """Return the settings of the shop that serves this request."""
    configured: Settings = current_app.config["SETTINGS"]
    return configured
