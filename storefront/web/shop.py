"""The catalogue and the product pages."""

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request, url_for

from storefront import catalog
from storefront.catalog import Found
from storefront.catalog.orders import ORDERS
from storefront.catalog.search import Search
from storefront.config import Settings
from storefront.models import Product
from storefront.stock.availability import Availability, availability
from storefront.web import machines, searches

pages = Blueprint("shop", __name__)


@pages.after_request
def ask_before_use(response: Response) -> Response:
    """Let browsers keep a page, and ask before each use whether it still shows what we would show.

    `Vary: *` has them ask also when a shopper goes back: they show what they have kept otherwise, an old count too. A
    page that a browser brings back with all its state (back/forward cache) is none of HTTP's: live.js makes it true.
    """
    if response.status_code == HTTPStatus.OK:
        response.add_etag()
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Vary"] = "*"
        response.make_conditional(request)
    return response


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
    return jsonify(machines.document(*_shown(found)))


def availability_here(count: int | None, stale_since: datetime | None) -> Availability:
    """Return what `count` means in this shop, by its LOW_STOCK_THRESHOLD; nothing is claimed after `stale_since`."""
    return availability(count, settings().low_stock_threshold, stale_since)


def _active(code: str) -> Found | None:
    return catalog.active_product(code, settings().stock_stale_after)


def _shown(found: Found) -> tuple[Product, Availability, str, str]:
    """Return what machines are told of a product: it, its stock, the currency, and the address of its page."""
    shown = found.availability(settings().low_stock_threshold)
    page = url_for("shop.product", code=found.product.code, _external=True)
    return found.product, shown, settings().currency, page


def settings() -> Settings:
    """Return the settings of the shop that serves this request."""
    configured: Settings = current_app.config["SETTINGS"]
    return configured
