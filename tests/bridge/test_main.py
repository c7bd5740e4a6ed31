"""The bridge's command line, run as a person does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devservices.processes import HOST, free_port

ROOT = Path(__file__).parents[2]


def bridge(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bridge", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_help_names_what_it_can_do() -> None:
    done = bridge("--help")
    assert done.returncode == 0
    assert all(option in done.stdout for option in ("--check", "--create-topic", "--partitions N"))


def test_a_check_that_finds_nothing_wrong_ends_with_0(bridge_environment: dict[str, str]) -> None:
    done = bridge("--check", **bridge_environment)
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    assert "wrong" not in done.stdout


def test_a_check_that_finds_something_wrong_ends_with_1(bridge_environment: dict[str, str]) -> None:
    done = bridge("--check", **{**bridge_environment, "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{free_port()}"})
    assert done.returncode == 1
    assert "1 thing is wrong" in done.stdout.splitlines()[-1]
    assert done.stderr == ""


@pytest.mark.parametrize("option", ["--check", "--create-topic"])
def test_a_bad_setting_ends_it_with_2_and_a_sentence(option: str) -> None:
    done = bridge(option, KAFKA_SECURITY_PROTOCOL="SASL")
    assert done.returncode == 2
    assert done.stderr.startswith("KAFKA_SECURITY_PROTOCOL is 'SASL'; expected PLAINTEXT, SSL,")


@pytest.mark.parametrize("name", [".", ".."])
def test_a_name_that_kafka_takes_for_no_topic_is_refused(name: str) -> None:
    done = bridge("--check", KAFKA_TOPIC=name)
    assert done.returncode == 2
    assert done.stderr.startswith(f"KAFKA_TOPIC is '{name}'; expected a Kafka topic's name: 249 letters, digits,")


def test_creating_the_topic_says_what_it_did(bridge_environment: dict[str, str]) -> None:
    servers, name = bridge_environment["KAFKA_BOOTSTRAP_SERVERS"], f"{bridge_environment['KAFKA_TOPIC']}-new"
    environment = {**bridge_environment, "KAFKA_TOPIC": name}
    first, second = (bridge("--create-topic", "--partitions", "2", **environment) for _ in range(2))
    assert first.returncode == second.returncode == 0
    assert first.stdout == f"topic {name} at {servers}: created, with 2 partitions and the broker's timestamps\n"
    assert second.stdout == f"topic {name} at {servers}: there already, left as is\n"


def test_a_topic_that_can_not_be_created_is_one_sentence() -> None:
    servers = f"{HOST}:{free_port()}"
    done = bridge("--create-topic", KAFKA_BOOTSTRAP_SERVERS=servers, KAFKA_TOPIC="t")
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: topic t at {servers} can't be created: {servers}: Connection refused; "
        "start Kafka, or correct KAFKA_BOOTSTRAP_SERVERS\n"
    )
