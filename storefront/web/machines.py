"""A product for machines: as schema.org's Product within the page, and as a small JSON document of its own.

Both say what the page says and no more: a number only where the page shows it, no availability where it is not known.
"""

from typing import Any, Literal

from storefront.models import Product
from storefront.stock.availability import Availability

ItemAvailability = Literal["InStock", "LimitedAvailability", "OutOfStock"]

MEANS: dict[str, ItemAvailability] = {"plenty": "InStock", "low": "LimitedAvailability", "out": "OutOfStock"}


def linked_data(product: Product, shown: Availability, currency: str, address: str) -> dict[str, Any]:
    """Return `product` as JSON-LD, as its page at `address` shows it."""
    offer: dict[str, Any] = {
        "@type": "Offer",
        "url": address,
        "price": f"{product.price:.2f}",
        "priceCurrency": currency,
    }
    if shown.state in MEANS:
        offer["availability"] = f"https://schema.org/{MEANS[shown.state]}"
    if shown.state == "low":
        offer["inventoryLevel"] = {"@type": "QuantitativeValue", "value": product.inventory}
    return {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "sku": product.code,
        "url": address,
        "offers": offer,
    }


def document(product: Product, shown: Availability, currency: str, address: str) -> dict[str, Any]:
    """Return `product` for scripts, as its page at `address` shows it; docs/pages.md lists the fields."""
    return {
        "code": product.code,
        "name": product.name,
        "url": address,
        "price": f"{product.price:.2f}",
        "currency": currency,
        "availability": MEANS.get(shown.state),
        "words": shown.words,
        "inventory": product.inventory if shown.state == "low" else None,
        "as_of": shown.counted and shown.counted.isoformat(timespec="seconds"),
    }
