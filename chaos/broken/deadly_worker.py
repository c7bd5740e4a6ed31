"""`python -m chaos.broken.deadly_worker …`: Celery, with three business rules that no worker survives.

Each is about products whose code begins with its name.
"""

import os
import resource
import time

from celery.__main__ import main

from storefront.stock import rules
from storefront.stock.message import StockUpdate

MEMORY_LIMIT = 1 << 30  # bytes of address space
PIECE = 1 << 24


def end_the_process(update: StockUpdate) -> StockUpdate:
    """Break something so that the process is gone."""
    if update.product_code.startswith("EXIT"):
        os._exit(1)
    return update


def eat_memory(update: StockUpdate) -> StockUpdate:
    """Take memory until there is none."""
    eaten = []
    while update.product_code.startswith("HUGE"):
        eaten.append(bytearray(PIECE))
    return update


def never_return(update: StockUpdate) -> StockUpdate:
    """Wait for what never comes."""
    while update.product_code.startswith("HANG"):
        time.sleep(1)
    return update


resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
rules.RULES += [end_the_process, eat_memory, never_return]
main()
