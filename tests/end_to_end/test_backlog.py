"""A shop that was off for a night catches up in the backlog lane, and leaves it by itself."""

import json

import pytest

from tests.end_to_end.conftest import Shop, eventually

pytestmark = pytest.mark.slow

MESSAGES = 6_000
CODES = 50


def fill(shop: Shop) -> dict[str, int]:
    """Write a backlog with one bad message in it; return the last counts."""
    last = {}
    for number in range(MESSAGES):
        code = f"BACK{number % CODES:04}"
        count = -1 if number == MESSAGES // 2 else number
        value = json.dumps({"product_code": code, "inventory_count": count}).encode()
        shop.producer.send(shop.topic, value=value, key=code.encode())
        last[code] = count
    shop.producer.flush()
    return last


def test_a_backlog_goes_in_settles_alone_and_then_each_message_has_its_task_again(whole_shop: Shop) -> None:
    whole_shop.add_products(*(f"BACK{number:04}" for number in range(CODES)))
    expected = fill(whole_shop)
    whole_shop.start("worker")
    whole_shop.start("bridge", BRIDGE_BACKLOG_THRESHOLD="1000")
    eventually(lambda: whole_shop.stock() == expected)
    eventually(lambda: whole_shop.is_behind() == 0)
    assert len(whole_shop.letters()) == 1
    eventually(lambda: whole_shop.workers_said("failed: inventory_count is -1; expected a whole number"))
    bridge = whole_shop.log("bridge")
    assert bridge.count("more than BRIDGE_BACKLOG_THRESHOLD=1000") == 1
    assert bridge.count(" enqueued: ") < MESSAGES / 2
    assert not whole_shop.workers_said("applied by a settle")
    eventually(lambda: whole_shop.said("bridge", "behind: a task for each again"))
    whole_shop.count("BACK0001", 7)
    eventually(lambda: whole_shop.workers_said(" applied: BACK0001 → 7"))
    assert "Traceback" not in whole_shop.log("bridge") + whole_shop.log("worker")
