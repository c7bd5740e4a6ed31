"""What a shopper reads about a product's count. The list and the product page both ask here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storefront.stock.freshness import NEVER


@dataclass(frozen=True)
class Availability:
    """The words, a state for the stylesheet's colour, and an icon whose shape says the same without it.

    `counted` is when that was true, where the page can't say that it still is.
    """

    words: str
    state: Literal["plenty", "low", "out", "unknown", "stale", "gone"]
    icon: Literal["tick", "alert", "cross", "question", "clock"]
    counted: datetime | None = None

    def __str__(self) -> str:
        """The words, and where they are about a moment, that one."""
        return f"{self.words}, {self.counted:%Y-%m-%d %H:%M} UTC" if self.counted else self.words

    @property
    def token(self) -> str:
        """A short name for what is read here: `low-3`, `out`; the same words have the same, others another."""
        if self.state == "low":
            return f"low-{''.join(filter(str.isdecimal, self.words))}"
        if self.state == "stale":
            return f"{self.words.split()[0].lower()}-{self.counted or NEVER:%y%m%d%H%M}"
        return self.state


IN_STOCK = Availability("In stock", "plenty", "tick")
OUT_OF_STOCK = Availability("Out of stock", "out", "cross")
UNKNOWN = Availability("Stock not known yet", "unknown", "question")
NOT_SOLD = Availability("No longer sold here", "gone", "cross")


def availability(count: int | None, threshold: int, stale_since: datetime | None = None) -> Availability:
    """Say what `count` means to a shopper: from 1 to `threshold` it is low, None is not counted yet.

    With `stale_since` nothing is claimed beyond that time.
    """
    if count is None:
        return UNKNOWN
    if stale_since is not None:
        return _when_last_counted(count, stale_since)
    if count == 0:
        return OUT_OF_STOCK
    if count <= threshold:
        return Availability(f"Only {count} left!", "low", "alert")
    return IN_STOCK


def _when_last_counted(count: int, at: datetime) -> Availability:
    words = f"{IN_STOCK.words if count else OUT_OF_STOCK.words} when last counted"
    return Availability(words, "stale", "clock", None if at <= NEVER else at)
