"""Business rules on an update: the place for the next one.

A rule takes a StockUpdate and returns the update to go on with, the same or another. It raises BadMessage with one
sentence to refuse it: the message becomes a dead letter, to be replayed when the rule or the message's cause is mended.
A rule is pure: no database, no clock, so that any order and any repetition of the messages ends in the same stock.
Write it as a function and add it to RULES; they run in that order, for single tasks and settles alike:

    def keep_display_piece(update: StockUpdate) -> StockUpdate:
        '''One of each piece of furniture stays in the showroom.'''
        if not update.product_code.startswith("FURN"):
            return update
        return replace(update, inventory_count=max(update.inventory_count - 1, 0))

    RULES: list[Rule] = [keep_display_piece]

An exception of another kind is our own bug; it costs that one message a dead letter and nothing else.
"""

from collections.abc import Callable
from typing import Literal

from storefront.stock.apply import Outcome
from storefront.stock.message import StockUpdate

Rule = Callable[[StockUpdate], StockUpdate]

RULES: list[Rule] = []


class UnknownProduct(Exception):
    """The shop doesn't sell what was counted; the count is kept."""


def judge(update: StockUpdate) -> StockUpdate:
    """Run all rules over `update`. Raises what a rule raises: BadMessage to refuse it."""
    for rule in RULES:
        update = rule(update)
    return update


def remark(outcome: Outcome, unknown_products: Literal["fail", "keep"]) -> str:
    """Return what to say of an update that was applied or stale. Raises UnknownProduct where that shall show."""
    count = f"{outcome.product_code} → {outcome.inventory_count}"
    if outcome.active is None:
        sentence = f"no product has code {outcome.product_code!r}; its count {outcome.inventory_count} is kept"
        if unknown_products == "fail":
            raise UnknownProduct(sentence)
        return sentence
    if not outcome.changed:
        return f"stale: {count}, this or a newer count is there"
    return f"applied: {count}" if outcome.active else f"applied: {count}, the product is inactive"
