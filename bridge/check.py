"""`python -m bridge --check`: whether the bridge would find all it needs, in sentences."""

import time
from collections.abc import Iterator
from contextlib import closing
from time import perf_counter
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupAuthorizationFailedError,
    NotCoordinatorError,
)
from kafka.protocol.consumer import IsolationLevel

from bridge.config import Settings
from bridge.connection import KafkaAway, away, connect
from bridge.topic import NO_TOPIC, Topic, find_topic
from runtime.findings import Finding
from runtime.names import QUEUE
from runtime.redis_check import redis_findings
from runtime.text import counted

CALL_MS = 5_000
COORDINATOR_SECONDS = 30.0  # a new Kafka makes its own topic for groups when first asked for one
NOT_READY = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


def findings(settings: Settings) -> Iterator[Finding]:
    """Look at settings, Kafka, topic, consumer group and Redis; nothing is changed, and the group isn't joined."""
    yield _settings(settings)
    try:
        with closing(connect(KafkaAdminClient, settings, request_timeout_ms=CALL_MS)) as admin, away(settings):
            yield from _kafka(admin, settings)
    except KafkaAway as error:
        yield Finding("wrong", f"Kafka at {settings.kafka_bootstrap_servers} can't be used: {error}")
    yield from redis_findings(settings.redis_url, QUEUE)


def _settings(settings: Settings) -> Finding:
    if settings.kafka_security_protocol == "SASL_PLAINTEXT":
        return Finding(
            "warning", "KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT: anybody on the way can listen; use SASL_SSL"
        )
    return Finding("ok", f"the settings fit together; KAFKA_SECURITY_PROTOCOL is {settings.kafka_security_protocol}")


def _kafka(admin: Any, settings: Settings) -> Iterator[Finding]:
    began = perf_counter()
    topic = find_topic(admin, settings)
    answered = f"Kafka at {settings.kafka_bootstrap_servers} answers within {(perf_counter() - began) * 1000:.0f} ms"
    yield Finding("ok", answered)
    if topic is None:
        yield Finding("wrong", NO_TOPIC.format(settings.kafka_topic))
        return
    yield from _topic(topic, settings)
    yield from _configuration(admin, settings)
    yield _group(admin, settings)
    yield from _lag(admin, settings, topic)


def _topic(topic: Topic, settings: Settings) -> Iterator[Finding]:
    name, number = settings.kafka_topic, len(topic.partitions)
    if topic.leaderless:
        listed = ", ".join(map(str, topic.leaderless))
        yield Finding("wrong", f"partitions {listed} of {name} have no leader; bring their brokers back")
    yield Finding("ok", f"topic {name} has {counted(number, 'partition')}; up to {number} can share the reading")
    if topic.id:
        yield Finding("ok", f"its id is {topic.id}: created anew, it is told from this one")
    else:
        yield Finding("warning", "Kafka gives it no id: created anew, it can't be told from this one; don't do that")


def _configuration(admin: Any, settings: Settings) -> Iterator[Finding]:
    name = settings.kafka_topic
    asked = [ConfigResource(ConfigResourceType.TOPIC, name)]
    told = admin.describe_configs(asked, config_filter="all").get("topic", {}).get(name, {})
    found = {key: str(entry["value"]) for key, entry in told.items()}
    if "message.timestamp.type" not in found:
        yield Finding("warning", f"Kafka does not say how {name} is configured; let us DESCRIBE_CONFIGS it")
        return
    yield _timestamps(found["message.timestamp.type"])
    yield _retention(found)


def _timestamps(kind: str) -> Finding:
    if kind == "LogAppendTime":
        return Finding("ok", "its timestamps are the broker's (message.timestamp.type is LogAppendTime)")
    return Finding(
        "warning",
        f"message.timestamp.type is {kind}: where the topic is created anew or grows, a writer whose clock is ahead "
        "wins until the others catch up; set LogAppendTime on the topic",
    )


def _retention(found: dict[str, str]) -> Finding:
    milliseconds, size = int(found.get("retention.ms", -1)), int(found.get("retention.bytes", -1))
    if "compact" in found.get("cleanup.policy", ""):
        return Finding("ok", "it is compacted, so an empty database is filled again from it, where messages have keys")
    if milliseconds < 0 and size < 0:
        return Finding("ok", "it keeps its messages for ever, so an empty database is filled again from it")
    limits = [f"for {_span(milliseconds)}"] * (milliseconds >= 0) + [f"up to {size} bytes a partition"] * (size >= 0)
    kept = " and ".join(limits)
    return Finding("note", f"it keeps its messages {kept}: a database restored from an older backup stays out of date")


def _span(milliseconds: int) -> str:
    if milliseconds >= 2 * DAY_MS:
        return f"{milliseconds / DAY_MS:.3g} days"
    return f"{milliseconds / HOUR_MS:.3g} hours"


def _group(admin: Any, settings: Settings) -> Finding:
    group = settings.kafka_group_id
    told = _when_there_is_a_coordinator(lambda: _described(admin, group))
    if told["error"] and told["group_state"] != "Dead":
        refused = GroupAuthorizationFailedError.__name__ in told["error"]
        advice = "let us DESCRIBE it" if refused else "run this again"
        return Finding("wrong", f"Kafka does not show the consumer group {group}: {told['error']}; {advice}")
    number = len(told["members"])
    if not number:
        return Finding("note", f"no bridge runs in the consumer group {group} now")
    return Finding("ok", f"the consumer group {group} is {told['group_state']} and has {counted(number, 'member')}")


def _described(admin: Any, group: str) -> Any:
    """Describe the group; an error that passes is raised, as the client's other calls do."""
    told = admin.describe_groups([group])[group]
    for kind in NOT_READY:
        if kind.__name__ in (told["error"] or ""):
            raise kind
    return told


def _lag(admin: Any, settings: Settings, topic: Topic) -> Iterator[Finding]:
    places = [TopicPartition(settings.kafka_topic, number) for number in topic.partitions]
    group = settings.kafka_group_id
    told = _when_there_is_a_coordinator(lambda: admin.list_group_offsets({group: None}))[group]
    level = IsolationLevel.READ_COMMITTED
    ends = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST), isolation_level=level)
    starts = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
    for place in places:
        dealt_with = told[place].offset if place in told else None
        yield _behind(place.partition, dealt_with, starts[place].offset, ends[place].offset)


def _behind(partition: int, dealt_with: int | None, start: int, end: int) -> Finding:
    if dealt_with is None or dealt_with < 0:
        waiting = f"{counted(end - start, 'message')} {'waits' if end - start == 1 else 'wait'}"
        return Finding("note", f"partition {partition}: nothing is committed yet, {waiting}")
    if dealt_with > end:
        return Finding(
            "warning",
            f"partition {partition}: offset {dealt_with} is committed and the log ends at {end}: created anew, or "
            "messages were lost; a running bridge finds out",
        )
    if dealt_with < start:
        return Finding(
            "warning",
            f"partition {partition}: the shop missed {counted(start - dealt_with, 'message')}, deleted too early; "
            "have the inventory team send the counts again, and lengthen the retention",
        )
    return Finding(
        "ok",
        f"partition {partition}: the shop is {counted(end - dealt_with, 'message')} behind, at offset {dealt_with}",
    )


def _when_there_is_a_coordinator(ask: Any) -> Any:
    deadline = time.monotonic() + COORDINATOR_SECONDS
    while True:
        try:
            return ask()
        except NOT_READY as error:
            if time.monotonic() >= deadline:
                why = f"({type(error).__name__}, for {COORDINATOR_SECONDS:.0f} s)"
                raise KafkaAway(f"it is not ready for consumer groups yet {why}; run this again in a minute") from error
            time.sleep(0.2)
