"""`gunicorn benchmarks.baselines.bare_page:app`: a Flask page with one indexed SELECT and the shop's own template.

The template wants the shop's filters and addresses, so the shop's application is made first; then all that it does at a
request is taken out.
"""

from typing import Any

from flask import render_template
from sqlalchemy import create_engine, text

from benchmarks.baselines.settings import SQLALCHEMY_URL
from storefront import create_app

PRODUCT = text(
    "SELECT p.code, p.name, p.price, s.inventory FROM products p LEFT JOIN stock_levels s ON s.product_code = p.code "
    "WHERE p.code = :code"
)

app = create_app()
engine = create_engine(SQLALCHEMY_URL)


def product(code: str) -> str:
    """Show one product."""
    with engine.connect() as connection:
        found = connection.execute(PRODUCT, {"code": code}).one()
    return render_template("product.html", product=found, stale_since=None, linked_data=_linked_data(found))


def _linked_data(found: Any) -> dict[str, Any]:
    address = f"http://localhost/products/{found.code}"
    offer = {"@type": "Offer", "url": address, "price": str(found.price), "priceCurrency": "EUR"}
    known = {"@context": "https://schema.org", "@type": "Product", "name": found.name, "sku": found.code}
    return {**known, "url": address, "offers": offer}


app.before_request_funcs.clear()
app.after_request_funcs.clear()
app.teardown_appcontext_funcs.clear()
app.view_functions["shop.product"] = product
