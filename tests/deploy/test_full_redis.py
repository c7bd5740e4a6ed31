"""A worker on a Redis that has no room."""

import re
import time
from pathlib import Path

import pytest
import redis

from devservices import Valkey
from tests.deploy.processes import Processes
from tests.end_to_end.conftest import eventually

WORKER = ["celery", "-q", "-A", "storefront.worker", "worker", "-P", "solo", "--without-mingle"]

pytestmark = pytest.mark.slow


def test_a_worker_says_once_that_redis_is_full_and_goes_on_when_there_is_room(
    processes: Processes, shop_environment: dict[str, str], tmp_path: Path
) -> None:
    with Valkey(tmp_path / "full") as full, redis.Redis.from_url(full.url) as client:
        client.config_set("maxmemory", "1mb")
        processes.start("worker", WORKER, {**shop_environment, "REDIS_URL": full.url})
        eventually(lambda: "Frequent restarts detected" in processes.said("worker"))  # after five tries within a second
        assert processes.said("worker").count("used memory > 'maxmemory'") == 1
        client.config_set("maxmemory", "0")
        eventually(lambda: " ready." in processes.said("worker"))
        processes.end("worker")


def test_a_worker_that_runs_when_redis_fills_says_so_in_a_line_without_a_traceback(
    processes: Processes, shop_environment: dict[str, str], tmp_path: Path
) -> None:
    with Valkey(tmp_path / "full") as full, redis.Redis.from_url(full.url) as client:
        processes.start("worker", WORKER, {**shop_environment, "REDIS_URL": full.url})
        eventually(lambda: " ready." in processes.said("worker"))
        client.config_set("maxmemory", "1mb")
        eventually(lambda: "Redis can't be used: it is full (maxmemory); make room" in processes.said("worker"))
        time.sleep(8)  # several more heartbeats
        assert processes.said("worker").count("it is full (maxmemory)") == 1
        assert not re.search("Traceback|OutOfMemoryError", processes.said("worker"))
        client.config_set("maxmemory", "0")
        processes.end("worker")
