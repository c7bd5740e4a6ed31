"""A topic that switches to another format: the bridge stops, says so, and goes on when a person lets it."""

import signal
from functools import partial

from runtime.pulse import STOPPED
from tests.end_to_end.conftest import Shop, eventually

IN_FLIGHT = 400


def send_another_format(shop: Shop, count: int) -> None:
    for number in range(count):
        shop.producer.send(shop.topic, value=b'{"sku": "JANW7810", "quantity": %d}' % number, partition=0)
    shop.producer.flush(30)


def is_idle(shop: Shop) -> bool:
    return shop.query("SELECT count(*) > 0 FROM feed_positions WHERE stopped_at = 0.2") == [(True,)]


def test_a_topic_that_switches_its_format_is_not_buried_whole(whole_shop: Shop) -> None:
    whole_shop.start("worker")
    whole_shop.start("bridge", BRIDGE_MAX_IN_FLIGHT=str(IN_FLIGHT))
    whole_shop.count("JANW7810", 7)
    eventually(partial(whole_shop.has_counted, 7))
    send_another_format(whole_shop, 3_000)
    eventually(partial(whole_shop.said, "bridge", "stops reading: "))
    eventually(partial(is_idle, whole_shop))
    kept = len(whole_shop.letters())
    assert kept <= 2 * IN_FLIGHT  # what was in flight, and what came in its stead until the first answers were heard
    eventually(lambda: whole_shop.is_behind() > 2_000)  # as soon as the bridge has looked at the end of the log

    eventually(partial(whole_shop.is_at, "bridge", STOPPED))
    assert whole_shop.health("bridge")[0] == 1
    whole_shop.end("bridge", signal.SIGTERM)
    whole_shop.start("bridge", BRIDGE_MAX_IN_FLIGHT=str(IN_FLIGHT))
    eventually(partial(whole_shop.said, "bridge", "it stopped here at BRIDGE_BAD_SHARE_LIMIT=0.2 before"))
    assert len(whole_shop.letters()) == kept

    whole_shop.end("bridge", signal.SIGTERM)
    whole_shop.start("bridge", BRIDGE_BAD_SHARE_LIMIT="1")
    whole_shop.count("JANW7810", 6)
    eventually(partial(whole_shop.has_counted, 6), 60)
    eventually(lambda: len(whole_shop.letters()) == 3_000 and whole_shop.is_behind() == 0, 60)
