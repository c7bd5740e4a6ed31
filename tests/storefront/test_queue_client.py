"""The shop's own side of the queue, on a real Redis."""

from uuid import uuid4

import pytest
import redis

from storefront.queue_client import Call, QueueAway, QueueClient
from storefront.stock.message import BadMessage
from storefront.stock.rules import UnknownProduct
from tests.storefront.conftest import Working

FEED = {"topic": "stock", "partition": 1, "source": "topic-id-1"}


def call(value: str) -> Call:
    arguments = {"feed": FEED, "record": {"offset": 0, "leader_epoch": 0, "broker_time": 1, "value": value}}
    return Call("storefront.update_inventory", f"try-{uuid4().hex}", arguments, "shown")


def test_what_is_sent_waits_in_the_queue_and_has_no_answer(redis_url: str) -> None:
    with QueueClient(redis_url) as client:
        assert client.length() == 0
        one = call("{}")
        client.send([one, call("{}")])
        assert client.length() == 2
        assert client.heard([one.id]) == client.heard([]) == {}


def test_how_a_task_ended_is_heard_as_it_was_meant(redis_url: str, working: Working) -> None:
    unknown, bad = call('{"product_code": "NO-SUCH-CODE", "inventory_count": 3}'), call("not JSON")
    with QueueClient(redis_url) as client:
        client.send([unknown, bad])
        heard: dict[str, object] = {}
        with working():
            while len(heard) < 2:
                heard = client.heard([unknown.id, bad.id])
    assert isinstance(heard[unknown.id], UnknownProduct)
    assert str(heard[unknown.id]) == "no product has code 'NO-SUCH-CODE'; its count 3 is kept"
    assert isinstance(heard[bad.id], BadMessage)
    assert client.tried_again([unknown.id, bad.id]) == {}


def test_a_redis_that_is_away_is_a_sentence_whatever_was_asked() -> None:
    with QueueClient("redis://127.0.0.1:1/0") as client:
        for ask in (lambda: client.send([call("{}")]), client.length, lambda: client.heard(["a"])):
            with pytest.raises(QueueAway, match=r"^Redis can't be used: .*Connection refused; start it, "):
                ask()


def test_a_redis_that_is_full_is_a_sentence_without_the_task_it_refused(redis_url: str) -> None:
    full = r"^Redis can't be used: it is full \(maxmemory\); make room, or raise maxmemory: [^{]*$"
    with QueueClient(redis_url) as client, redis.Redis.from_url(redis_url) as server:
        client.send([])  # connected: it is the task that is refused
        server.config_set("maxmemory", 1)
        try:
            with pytest.raises(QueueAway, match=full):
                client.send([call("{}")])
        finally:
            server.config_set("maxmemory", 0)
