"""A page that can't know doesn't claim a number, and is back by itself: bridge, workers and Kafka, each stopped."""

import signal
from collections.abc import Iterator
from functools import partial

import pytest

from devservices import Service
from tests.end_to_end.conftest import Shop, connect_producer, eventually

pytestmark = pytest.mark.slow

CLAIM = "Only 3 left!"
NO_CLAIM = "In stock when last counted"


@pytest.fixture
def impatient_shop(whole_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose pages claim no count that is older than ten seconds."""
    settings = whole_shop.app.config["SETTINGS"].model_copy(update={"stock_stale_after": 10})
    monkeypatch.setitem(whole_shop.app.config, "SETTINGS", settings)
    whole_shop.add_products("LOST0001")
    whole_shop.start("bridge", "worker")
    whole_shop.count("LOST0001", 3)
    eventually(partial(whole_shop.shows, "LOST0001", CLAIM))
    eventually(lambda: whole_shop.query("SELECT 1 WHERE 3 = (SELECT count(reported_at) FROM feed_positions)"))
    return whole_shop


def loses_and_finds(shop: Shop) -> Iterator[None]:
    """Wait until the page claims no number any more, let the caller mend it, and wait until it claims it again."""
    eventually(partial(shop.shows, "LOST0001", NO_CLAIM))
    assert CLAIM not in shop.page("LOST0001")
    assert "left!" not in shop.client.get("/").text
    yield
    eventually(partial(shop.shows, "LOST0001", CLAIM))
    assert NO_CLAIM not in shop.client.get("/").text


def test_a_bridge_that_is_stopped(impatient_shop: Shop) -> None:
    impatient_shop.end("bridge", signal.SIGTERM)
    for _ in loses_and_finds(impatient_shop):
        impatient_shop.start("bridge")


def test_workers_that_are_stopped(impatient_shop: Shop) -> None:
    impatient_shop.end("worker", signal.SIGTERM)
    for _ in loses_and_finds(impatient_shop):
        impatient_shop.start("worker")


def test_kafka_that_is_stopped(impatient_shop: Shop, kafka: Service) -> None:
    impatient_shop.producer.close(timeout=5)  # the test's own client must not meet the broker's end
    kafka.kill()
    try:
        for _ in loses_and_finds(impatient_shop):
            kafka.start()
    finally:
        if kafka.process is None:  # the page never changed its words; other tests need the broker
            kafka.start()
        impatient_shop.producer = connect_producer(kafka.url)
