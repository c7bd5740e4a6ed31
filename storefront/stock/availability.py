"""What a shopper reads about a product's count. The list and the product page both ask here."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Availability:
    """The words, a state for the stylesheet's colour, and an icon whose shape says the same without it."""

    words: str
    state: Literal["plenty", "low", "out", "unknown"]
    icon: Literal["tick", "alert", "cross", "question"]


IN_STOCK = Availability("In stock", "plenty", "tick")
OUT_OF_STOCK = Availability("Out of stock", "out", "cross")
UNKNOWN = Availability("Stock not known yet", "unknown", "question")


def availability(count: int | None, threshold: int) -> Availability:
    """Say what `count` means to a shopper: from 1 to `threshold` it is low, None is not counted yet."""
    if count is None:
        return UNKNOWN
    if count == 0:
        return OUT_OF_STOCK
    if count <= threshold:
        return Availability(f"Only {count} left!", "low", "alert")
    return IN_STOCK
