"""What is said of a real Valkey, well and badly set."""

from collections.abc import Iterator

import pytest
import redis

from devservices.processes import free_port
from runtime.redis_check import redis_findings

Client = redis.Redis


@pytest.fixture
def client(redis_url: str) -> Iterator[Client]:
    with redis.Redis.from_url(redis_url) as connected:
        yield connected
        connected.config_set("maxmemory", 0)
        connected.config_set("maxmemory-policy", "noeviction")
        connected.config_set("appendonly", "no")
        connected.config_set("requirepass", "")


def found(redis_url: str) -> dict[str, str]:
    """The sentences with their levels."""
    return {finding.sentence: finding.level for finding in redis_findings(redis_url, "inventory")}


def test_a_server_as_it_should_be_is_all_right(client: Client, redis_url: str) -> None:
    client.config_set("appendonly", "yes")
    client.rpush("inventory", "a", "b")
    assert set(found(redis_url).values()) == {"ok"}
    assert any("Valkey 9" in sentence for sentence in found(redis_url))
    assert "2 tasks wait in the queue inventory" in found(redis_url)


def test_one_that_forgets_when_it_is_full_is_wrong(client: Client, redis_url: str) -> None:
    client.config_set("maxmemory-policy", "allkeys-lru")
    said = "a full Redis forgets tasks (maxmemory-policy allkeys-lru); set maxmemory-policy noeviction"
    assert found(redis_url)[said] == "wrong"


def test_a_full_one_is_wrong_and_a_nearly_full_one_is_warned_of(client: Client, redis_url: str) -> None:
    assert not any("full (" in sentence for sentence in found(redis_url))
    used: int = client.info("memory")["used_memory"]
    client.config_set("maxmemory", int(used / 0.94))
    [(sentence, level)] = [(said, level) for said, level in found(redis_url).items() if "full (" in said]
    assert (sentence.partition(" (")[0], level) == ("Redis is nearly full", "warning")
    client.config_set("maxmemory", used // 2)
    [(sentence, level)] = [(said, level) for said, level in found(redis_url).items() if "full (" in said]
    assert (sentence.partition(" (")[0], level) == ("Redis is full", "wrong")
    assert sentence.endswith("make room, or raise maxmemory: docs/operating.md, 'Redis is full', says how")


def test_one_that_forgets_at_a_restart_is_warned_of(client: Client, redis_url: str) -> None:
    assert client.ping()
    levels = {level for sentence, level in found(redis_url).items() if "appendonly no" in sentence}
    assert levels == {"warning"}


def test_a_wrong_password_is_told_without_showing_it(client: Client, redis_url: str) -> None:
    client.config_set("requirepass", "right")
    [(sentence, level)] = found(redis_url.replace("redis://", "redis://:top-secret@")).items()
    assert level == "wrong"
    assert "look at the user and password in REDIS_URL" in sentence
    assert "top-secret" not in sentence


def test_a_password_that_is_missing_is_told(client: Client, redis_url: str) -> None:
    client.config_set("requirepass", "right")
    said = "Redis can't be used: it wants a password and REDIS_URL has none; write redis://:password@host:6379/0"
    assert found(redis_url) == {said: "wrong"}


def test_one_that_is_not_there_is_one_sentence() -> None:
    [(sentence, level)] = found(f"redis://127.0.0.1:{free_port()}/0").items()
    assert level == "wrong"
    assert "Connection refused; start it, or correct REDIS_URL" in sentence
