"""Publisher on a real Redis."""

import json

import pytest
import redis

from bridge.publisher import Publisher, RedisAway, Task
from runtime.names import QUEUE


def task(number: int) -> Task:
    return Task("storefront.update_inventory", f"stock-1-{number}", {"record": {"offset": number}}, f"offset {number}")


def test_a_batch_arrives_whole_and_in_order(redis_url: str) -> None:
    publisher = Publisher(redis_url)
    publisher.publish(task(number) for number in range(1_200))
    assert publisher.queue_length() == 1_200
    with redis.Redis.from_url(redis_url) as client:
        waiting = client.lrange(QUEUE, 0, -1)
    ids = [json.loads(message)["headers"]["id"] for message in reversed(waiting)]
    assert ids == [f"stock-1-{number}" for number in range(1_200)]
    assert json.loads(waiting[-1])["headers"]["argsrepr"] == "offset 0"
    publisher.close()


@pytest.mark.filterwarnings("ignore:Call to deprecated setex")  # Celery's own way to write an answer
def test_answers_are_heard_once(redis_url: str) -> None:
    publisher = Publisher(redis_url)
    backend = publisher._app.backend
    backend.store_result("settle-1", {"first": [4]}, "SUCCESS")
    backend.store_result("settle-2", ValueError("no"), "FAILURE")
    backend.store_result("settle-4", {"not_now": "the database is away"}, "SUCCESS")
    heard = publisher.answers(["settle-1", "settle-2", "settle-3", "settle-4"])
    assert (heard["settle-1"].succeeded, heard["settle-1"].result) == (True, {"first": [4]})
    assert not heard["settle-2"].succeeded
    assert "settle-3" not in heard
    assert (heard["settle-4"].succeeded, heard["settle-4"].result) == (False, "the database is away")
    assert publisher.answers(["settle-1", "settle-2", "settle-3"]) == {}
    publisher.close()


def test_a_redis_that_is_away_is_told_as_such() -> None:
    publisher = Publisher("redis://127.0.0.1:1/0")
    with pytest.raises(RedisAway, match="refused"):
        publisher.publish([task(0)])
    with pytest.raises(RedisAway, match="refused"):
        publisher.queue_length()
    with pytest.raises(RedisAway, match="refused"):
        publisher.answers(["settle-1"])
    publisher.close()


def test_a_full_redis_is_away_and_says_why(redis_url: str) -> None:
    publisher = Publisher(redis_url)
    publisher.publish([])  # connected: it is the batch that fails, not the way to Redis
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory", 1)
        try:
            with pytest.raises(RedisAway, match=r"^it is full \(maxmemory\); make room, or raise maxmemory: "):
                publisher.publish([task(0)])
        finally:
            client.config_set("maxmemory", 0)
    publisher.publish([task(0)])
    assert publisher.queue_length() == 1
    publisher.close()
