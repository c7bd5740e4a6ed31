"""A worker with two bugs of ours in its rules: it fails on a count of 13, and dies of one of 666."""

import os

from storefront.stock import rules
from storefront.stock.message import StockUpdate
from storefront.worker import app

__all__ = ["app"]


def fear_numbers(update: StockUpdate) -> StockUpdate:
    if update.inventory_count == 666:
        os._exit(9)
    return StockUpdate(update.product_code, update.inventory_count * (1 // (update.inventory_count != 13)))


rules.RULES.append(fear_numbers)
