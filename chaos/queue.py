"""The workers' queue in Redis, from outside."""

import json
from base64 import b64encode
from typing import Any
from uuid import uuid4

import redis

NAME = "inventory"
EMPTY_BODY = b64encode(b"[[], {}, {}]").decode()


def waiting(client: redis.Redis) -> list[str]:
    """Return the ids of the tasks that wait."""
    found: Any = client.lrange(NAME, 0, -1)
    return [json.loads(task)["headers"]["id"] for task in found]


def message(task: str, body: str = EMPTY_BODY) -> bytes:
    """Return what a client of Celery puts on the queue to have `task` run; `body` should be base64."""
    task_id = str(uuid4())
    headers = {"lang": "py", "task": task, "id": task_id, "root_id": task_id}
    properties = {
        "correlation_id": task_id,
        "delivery_tag": task_id,
        "delivery_info": {"exchange": "", "routing_key": NAME},
        "delivery_mode": 2,
        "body_encoding": "base64",
    }
    content = {"content-type": "application/json", "content-encoding": "utf-8"}
    return json.dumps({"body": body, "headers": headers, "properties": properties, **content}).encode()
