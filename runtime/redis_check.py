"""Whether Redis is fit to be the queue: asked by the shop's check and by the bridge's."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import redis

from runtime.findings import Finding, Level
from runtime.redis_trouble import FULL, why

OLDEST = {"Redis": 7, "Valkey": 8}
TIMEOUT_SECONDS = 3
NEARLY_FULL = 0.9


def redis_findings(url: str, queue: str) -> Iterator[Finding]:
    """Look at the Redis at `url` and at the list `queue` in it."""
    with redis.Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS) as client:
        began = perf_counter()
        try:
            told: Any = client.info()
            milliseconds = (perf_counter() - began) * 1000
            waiting: Any = client.llen(queue)
        except (redis.RedisError, OSError) as error:
            yield Finding("wrong", f"Redis can't be used: {why(error)}")
            return
    yield _server(told, milliseconds)
    yield _eviction(told)
    yield from _room(told)
    yield _persistence(told)
    yield Finding("ok", f"{waiting} task{' waits' if waiting == 1 else 's wait'} in the queue {queue}")


def _server(told: Any, milliseconds: float) -> Finding:
    name = "Valkey" if "valkey_version" in told else "Redis"
    version = str(told.get("valkey_version", told["redis_version"]))
    if told.get("role") == "slave":
        return Finding("wrong", f"{name} {version} is a replica and takes no tasks; REDIS_URL must name its primary")
    if int(version.partition(".")[0]) < OLDEST[name]:
        return Finding("warning", f"{name} {version} answers; upgrade it to {OLDEST[name]} or newer")
    return Finding("ok", f"{name} {version} answers within {milliseconds:.0f} ms")


def _eviction(told: Any) -> Finding:
    policy = told.get("maxmemory_policy", "unknown")
    if policy == "noeviction":
        return Finding("ok", "a full Redis refuses tasks rather than forget some (maxmemory-policy noeviction)")
    return Finding("wrong", f"a full Redis forgets tasks (maxmemory-policy {policy}); set maxmemory-policy noeviction")


def _room(told: Any) -> Iterator[Finding]:
    """Say so where Redis takes no more tasks, or soon won't; it counts in bytes, its buffers for replicas apart."""
    limit = told.get("maxmemory", 0)
    used = told.get("used_memory", 0) - told.get("mem_not_counted_for_evict", 0)
    if not limit or used < NEARLY_FULL * limit:
        return
    level: Level = "wrong" if used >= limit else "warning"
    yield Finding(level, f"Redis is {'' if used >= limit else 'nearly '}full ({used} of {limit} bytes); {FULL}")


def _persistence(told: Any) -> Finding:
    if told.get("aof_enabled"):
        return Finding("ok", "Redis keeps its tasks through a restart (appendonly yes)")
    return Finding(
        "warning",
        "Redis forgets its tasks when it restarts (appendonly no): the bridge then sends them again, which takes "
        "longer; set appendonly yes",
    )
