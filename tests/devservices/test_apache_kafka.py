"""What a machine without Java or Maven is told."""

from pathlib import Path

import pytest

from devservices import ApacheKafka, ServiceError, apache_kafka


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


def _program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
