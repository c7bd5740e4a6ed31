"""What a machine without Java or Maven is told, and the topic on whichever broker the tests run on."""

from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from devservices import ApacheKafka, Service, ServiceError, apache_kafka
from devservices.__main__ import main

LOG_APPEND_TIME = 1


def test_without_java_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceError, match="Java is missing: Apache Kafka needs Java 17"):
        ApacheKafka(tmp_path).start()


def test_a_java_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _program(tmp_path / "java", """echo 'openjdk version "11.0.2" 2019-01-15' >&2""")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ServiceError, match=r"Java is too old \(openjdk version .11"):
        apache_kafka.check_java()


def test_without_maven_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(apache_kafka, "JARS", tmp_path / "jars")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceError, match="Maven"):
        apache_kafka.fetch_jars()


def test_a_fetch_that_fails_leaves_nothing_half_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _program(tmp_path / "mvn", "echo 'Unknown host repo.example'; exit 1")
    monkeypatch.setattr(apache_kafka, "JARS", tmp_path / "cache" / "jars")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ServiceError, match="Maven failed:\nUnknown host"):
        apache_kafka.fetch_jars()
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_topic_has_three_partitions_and_the_brokers_clock(kafka: Service, topic: str) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=kafka.url)) as admin:
        assert len(admin.describe_topics([topic])[0]["partitions"]) == 3
    with closing(KafkaProducer(bootstrap_servers=kafka.url)) as producer:
        producer.send(topic, b"x", timestamp_ms=5).get(5)
    options = {"auto_offset_reset": "earliest", "consumer_timeout_ms": 5_000}
    with closing(KafkaConsumer(topic, bootstrap_servers=kafka.url, **options)) as consumer:
        message = next(consumer)
    assert message.timestamp_type == LOG_APPEND_TIME
    assert message.timestamp > 5


def test_the_topic_command_can_be_repeated(kafka: Service, topic: str) -> None:
    command = ["topic", "--bootstrap-servers", kafka.url, "--topic", f"{topic}-new"]
    assert CliRunner().invoke(main, command).output == f"topic {topic}-new created\n"
    assert CliRunner().invoke(main, command).output == f"topic {topic}-new exists\n"


def _program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
