"""What stands on the queue in Redis, read as a stranger would: no worker takes it off."""

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import redis

from benchmarks.servers import Servers

BRIDGE_QUEUE = "inventory"
DEFAULT_QUEUE = "celery"


def length(client: redis.Redis, queue: str) -> int:
    """Return how many tasks wait."""
    return int(client.llen(queue))


def counts(servers: Servers, queue: str) -> dict[str, int]:
    """Return by product code the highest count that a task on `queue` says."""
    found: dict[str, int] = {}
    with servers.redis_client() as client:
        for item in client.lrange(queue, 0, -1):
            for product_code, count in _said(json.loads(item)):
                found[product_code] = max(count, found.get(product_code, 0))
    return found


def _said(item: dict[str, Any]) -> Iterator[tuple[str, int]]:
    arguments, named, _ = json.loads(b64decode(item["body"]))
    if arguments:
        yield arguments[0], arguments[1]
    elif "record" in named:
        said = json.loads(named["record"]["value"])
        yield said["product_code"], said["inventory_count"]
