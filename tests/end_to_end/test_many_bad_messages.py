"""Twenty thousand bad messages among good ones: each is a dead letter with a sentence, and nothing else suffers."""

import json

import pytest

from tests.end_to_end.conftest import Shop, eventually

pytestmark = pytest.mark.long

BAD = 20_000
PRODUCTS = [f"GOOD{number:04}" for number in range(300)]
COUNTS = 10  # of each product, the last from 1 to 9
FORMS = [
    b"not JSON %d", b'{"product_code": "GOOD0001", "inventory_count": -%d}', b'{"inventory_count": %d}', b"\xff\xfe%d",
    b'{"product_code": "GOOD0001", "inventory_count": "%d"}', b'{"product_code": null, "inventory_count": %d}', b"[%d]",
    b'{"product_code": "GOOD0001", "inventory_count": %d.5}', b'{"product_code": "GOOD0001", "count": %d}', b"%d{",
]  # fmt: skip


def send_all(shop: Shop) -> None:
    every = BAD // (len(PRODUCTS) * COUNTS)
    for number in range(BAD):
        shop.producer.send(shop.topic, FORMS[number % len(FORMS)] % (number + 1))
        turn, rest = divmod(number, every)
        if rest == 0 and turn < len(PRODUCTS) * COUNTS:
            code = PRODUCTS[turn % len(PRODUCTS)]
            document = {"product_code": code, "inventory_count": 1 + turn % 9}
            shop.producer.send(shop.topic, json.dumps(document).encode(), key=code.encode())
    shop.producer.flush(60)


def last_counts() -> dict[str, int]:
    return {PRODUCTS[turn % len(PRODUCTS)]: 1 + turn % 9 for turn in range(len(PRODUCTS) * COUNTS)}


def test_each_of_twenty_thousand_bad_messages_is_a_letter_and_the_good_ones_are_on_the_page(whole_shop: Shop) -> None:
    whole_shop.add_products(*PRODUCTS)
    send_all(whole_shop)
    whole_shop.start("worker-1", "worker-2")
    whole_shop.start("bridge", BRIDGE_BAD_SHARE_LIMIT="1")
    total = BAD + len(PRODUCTS) * COUNTS
    eventually(lambda: whole_shop.query("SELECT sum(next_offset) FROM feed_positions") == [(total,)], 1_800)

    letters = whole_shop.letters()
    assert len(letters) == BAD
    assert all(reason.isprintable() and "expected" in reason for reason in letters)
    assert whole_shop.query("SELECT DISTINCT state, tries FROM dead_letters") == [("open", 1)]
    assert whole_shop.stock() == last_counts()
    for code, count in last_counts().items():
        assert f"Only {count} left!" in whole_shop.page(code)
    for name, process in whole_shop.processes.items():
        assert process.poll() is None, f"{name} ended"
        assert "Traceback" not in whole_shop.log(name)
