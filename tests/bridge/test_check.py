"""`python -m bridge --check`, on whichever broker the tests run on, as it should be and otherwise."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import NotCoordinatorError

from bridge import check
from bridge.check import NOT_READY, findings
from bridge.config import Settings
from bridge.connection import connect
from bridge.source import Source
from bridge.topic import create_topic
from devservices import ApacheKafka, SecuredApacheKafka, Service
from devservices.processes import HOST, free_port
from tests.bridge.test_source import until


@pytest.fixture
def settings(bridge_environment: dict[str, str]) -> Settings:
    assert bridge_environment
    return Settings()


@pytest.fixture
def source(settings: Settings) -> Iterator[Source]:
    with closing(Source(settings, lambda _revoked: None)) as joined:
        until(lambda: joined.poll() or joined.assigned)
        yield joined


def found(settings: Settings, level: str) -> list[str]:
    """The sentences of that level."""
    return [finding.sentence for finding in findings(settings) if finding.level == level]


def write(kafka: Service, topic: str, count: int) -> None:
    with closing(KafkaProducer(bootstrap_servers=kafka.url, acks="all")) as producer:
        for _ in range(count):
            producer.send(topic, value=b"x", partition=1).get(10)


def configure(settings: Settings, **configuration: str) -> None:
    named = {name.replace("_", "."): value for name, value in configuration.items()}
    with closing(connect(KafkaAdminClient, settings)) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, settings.kafka_topic, named)])


def test_a_topic_as_it_should_be_is_all_right(settings: Settings, kafka: Service) -> None:
    assert not found(settings, "wrong")
    said = "\n".join(found(settings, "ok"))
    assert f"Kafka at {kafka.url} answers within" in said
    assert f"topic {settings.kafka_topic} has 3 partitions" in said
    assert "message.timestamp.type is LogAppendTime" in said
    assert "0 tasks wait in the queue inventory" in said


@pytest.mark.parametrize("error", NOT_READY)
def test_a_coordinator_that_is_not_ready_yet_is_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    describe, asked = KafkaAdminClient.describe_groups, []

    def late(admin: KafkaAdminClient, groups: list[str]) -> Any:
        asked.append(groups)
        if len(asked) == 1:
            raise error
        if len(asked) == 2:
            return {group: {"error": str(error(None)), "group_state": "", "members": []} for group in groups}
        return describe(admin, groups)

    monkeypatch.setattr(KafkaAdminClient, "describe_groups", late)
    assert not found(settings, "wrong")
    assert len(asked) == 3


def test_a_coordinator_that_stays_away_is_wrong_and_no_question_of_rights(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_admin: KafkaAdminClient, _groups: list[str]) -> Any:
        raise NotCoordinatorError

    monkeypatch.setattr(check, "COORDINATOR_SECONDS", 0.0)
    monkeypatch.setattr(KafkaAdminClient, "describe_groups", never)
    [said] = found(settings, "wrong")
    assert "it is not ready for consumer groups yet (NotCoordinatorError, for 0 s); run this again" in said


def test_a_kafka_that_has_just_begun_is_all_right(pytestconfig: pytest.Config, tmp_path: Path, redis_url: str) -> None:
    if pytestconfig.getoption("--kafka") != "apache":
        pytest.skip("runs with --kafka=apache")
    with ApacheKafka(tmp_path) as kafka:
        fresh = Settings(kafka_bootstrap_servers=kafka.url, redis_url=redis_url)
        create_topic(fresh)
        assert not found(fresh, "wrong")


def test_it_warns_where_the_broker_gives_no_topic_id(settings: Settings, kafka: Service) -> None:
    level = "ok" if isinstance(kafka, ApacheKafka) else "warning"
    assert any("id" in sentence and "created anew" in sentence for sentence in found(settings, level))


def test_a_topic_that_is_not_there_is_wrong_and_redis_is_looked_at_still(settings: Settings) -> None:
    other = settings.model_copy(update={"kafka_topic": f"{settings.kafka_topic}-other"})
    assert found(other, "wrong") == [
        f"there is no topic {other.kafka_topic}; `python -m bridge --create-topic` creates it"
    ]
    assert "0 tasks wait in the queue inventory" in found(other, "ok")


def test_a_kafka_that_is_away_is_wrong_and_redis_is_looked_at_still(settings: Settings) -> None:
    nowhere = f"{HOST}:{free_port()}"
    away = settings.model_copy(update={"kafka_bootstrap_servers": nowhere})
    assert found(away, "wrong") == [
        (
            f"Kafka at {nowhere} can't be used: {nowhere}: Connection refused; "
            "start Kafka, or correct KAFKA_BOOTSTRAP_SERVERS"
        )
    ]
    assert "0 tasks wait in the queue inventory" in found(away, "ok")


def test_without_bridges_the_whole_log_waits(settings: Settings, kafka: Service, topic: str) -> None:
    write(kafka, topic, 1)
    assert "partition 1: nothing is committed yet, 1 message waits" in found(settings, "note")
    write(kafka, topic, 2)
    said = found(settings, "note")
    assert f"no bridge runs in the consumer group {settings.kafka_group_id} now" in said
    assert "partition 1: nothing is committed yet, 3 messages wait" in said


def test_with_a_bridge_its_members_and_the_lag_are_told(
    settings: Settings, kafka: Service, topic: str, source: Source
) -> None:
    write(kafka, topic, 3)
    assert until(lambda: source.commit({1: 1}))
    said = found(settings, "ok")
    assert f"the consumer group {settings.kafka_group_id} is Stable and has 1 member" in said
    assert "partition 1: the shop is 2 messages behind, at offset 1" in said


def test_a_commit_beyond_the_log_is_warned_of(settings: Settings, kafka: Service, topic: str, source: Source) -> None:
    write(kafka, topic, 1)
    assert until(lambda: source.commit({1: 5}))
    [said] = [sentence for sentence in found(settings, "warning") if sentence.startswith("partition 1")]
    assert said.startswith("partition 1: offset 5 is committed and the log ends at 1")


@pytest.mark.parametrize(
    ("configuration", "level", "sentence"),
    [
        ({"message_timestamp_type": "CreateTime"}, "warning", "message.timestamp.type is CreateTime: where"),
        ({"cleanup_policy": "compact"}, "ok", "it is compacted"),
        ({"retention_ms": "-1"}, "ok", "it keeps its messages for ever"),
        ({"retention_ms": "10800000"}, "note", "it keeps its messages for 3 hours: a database restored"),
        ({"retention_ms": "-1", "retention_bytes": "9000"}, "note", "it keeps its messages up to 9000 bytes"),
    ],
)
def test_what_the_topic_is_configured_to_keep_is_told(
    settings: Settings, kafka: Service, configuration: dict[str, str], level: str, sentence: str
) -> None:
    if not isinstance(kafka, ApacheKafka):
        pytest.skip("the small broker's topics can't be configured")
    configure(settings, **configuration)
    assert until(lambda: any(said.startswith(sentence) for said in found(settings, level)))  # a broker hears it later


def test_messages_that_were_deleted_too_early_are_warned_of(
    settings: Settings, kafka: Service, topic: str, source: Source
) -> None:
    if not isinstance(kafka, ApacheKafka):
        pytest.skip("the small broker deletes no messages")
    write(kafka, topic, 3)
    assert until(lambda: source.commit({1: 1}))
    with closing(connect(KafkaAdminClient, settings)) as admin:
        admin.delete_records({TopicPartition(topic, 1): 3})
    [said] = [sentence for sentence in found(settings, "warning") if sentence.startswith("partition 1")]
    assert said.startswith("partition 1: the shop missed 2 messages, deleted too early")


def test_a_user_without_rights_reads_which_are_missing(secured_kafka: SecuredApacheKafka, redis_url: str) -> None:
    stranger = Settings(
        kafka_bootstrap_servers=secured_kafka.address("SASL_PLAINTEXT"),
        kafka_security_protocol="SASL_PLAINTEXT",
        kafka_sasl_mechanism="PLAIN",
        kafka_sasl_username="stranger",
        kafka_sasl_password="secret",
        redis_url=redis_url,
    )
    [said] = found(stranger, "wrong")
    assert "it does not allow the user 'stranger' to use the topic" in said
    assert any("SASL_PLAINTEXT" in sentence for sentence in found(stranger, "warning"))
