"""What a shopper searches the catalogue for."""

from dataclasses import dataclass
from typing import Any

from storefront.catalog.orders import BY_NAME, Order


@dataclass(frozen=True)
class Search:
    """Which of the active products, in which order, and behind which place of it (None: from the beginning)."""

    text: str = ""
    in_stock: bool = False
    order: Order = BY_NAME
    after: tuple[Any, ...] | None = None
