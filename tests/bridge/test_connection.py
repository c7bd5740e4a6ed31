"""What is said where Kafka can't be used, and that nothing is left behind."""

import gc
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaTimeoutError

from bridge import connection
from bridge.config import Settings
from bridge.connection import KafkaAway, away, connect
from devservices import Service
from devservices.processes import HOST, free_port


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BOOTSTRAP_SECONDS", 0.5)
    monkeypatch.setattr(connection, "GIVE_UP_SECONDS", 1.0)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port where connections are taken and nothing is ever said."""
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def other_port() -> Iterator[int]:
    """A port where something else than Kafka answers, whatever is asked."""
    with socket.create_server((HOST, 0)) as server:
        thread = threading.Thread(target=_answer_as_a_web_server, args=[server])
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def _answer_as_a_web_server(server: socket.socket) -> None:
    while True:
        try:
            browser, _ = server.accept()
        except OSError:
            return
        with browser:
            if browser.recv(1000):
                browser.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def said(servers: str, **settings: object) -> str:
    """What is said of Kafka at that address."""
    configured = Settings(kafka_bootstrap_servers=servers, **settings)  # type: ignore[arg-type]
    with pytest.raises(KafkaAway) as told:
        connect(KafkaAdminClient, configured, request_timeout_ms=2_000)
    return str(told.value)


def said_when_lost(port: int) -> str:
    """What is said of Kafka at that port when a client that was connected to it gives up."""
    with pytest.raises(KafkaAway) as told, away(Settings(kafka_bootstrap_servers=f"{HOST}:{port}")):
        raise KafkaTimeoutError("Timeout after 2000 ms")
    return str(told.value)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_nobody_listening_is_told_at_once() -> None:
    port = free_port()
    assert said(f"{HOST}:{port}") == (
        f"{HOST}:{port}: Connection refused; start Kafka, or correct KAFKA_BOOTSTRAP_SERVERS"
    )


def test_a_host_that_nobody_knows_is_named() -> None:
    assert said("kafka.invalid:9092").startswith("kafka.invalid:9092: ")


def test_a_broker_that_hangs_is_given_up(silent_port: int) -> None:
    assert "takes the connection and does not answer" in said(f"{HOST}:{silent_port}")


def test_a_broker_that_hangs_in_its_first_word_of_tls_is_given_up(silent_port: int) -> None:
    assert "takes the connection and does not answer" in said(f"{HOST}:{silent_port}", kafka_security_protocol="SSL")


def test_what_is_no_kafka_is_told_as_such(other_port: int) -> None:
    assert said(f"{HOST}:{other_port}") == ("what answers there does not speak Kafka; look at KAFKA_BOOTSTRAP_SERVERS")


def test_what_speaks_no_tls_is_told_as_such(other_port: int) -> None:
    assert said(f"{HOST}:{other_port}", kafka_security_protocol="SSL") == (
        "it does not speak TLS at this port; look at the port in KAFKA_BOOTSTRAP_SERVERS and at "
        "KAFKA_SECURITY_PROTOCOL, now SSL"
    )


def test_a_broker_that_ended_meanwhile_is_told_as_such() -> None:
    port = free_port()
    assert said_when_lost(port) == (
        f"{HOST}:{port}: Connection refused; see whether Kafka runs and can be reached from here"
    )


def test_a_broker_that_hangs_meanwhile_is_told_with_what_the_client_says(silent_port: int) -> None:
    assert said_when_lost(silent_port) == (
        "it takes connections and does not do what it was asked (KafkaTimeoutError: Timeout after 2000 ms); "
        "see whether all its brokers are well"
    )


def test_the_second_of_two_servers_is_enough(kafka: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    # kafka-python draws lots which to try next, and waits in between.
    monkeypatch.setattr(connection, "BOOTSTRAP_SECONDS", 30)
    monkeypatch.setattr(connection, "GIVE_UP_SECONDS", 40)
    configured = Settings(kafka_bootstrap_servers=f"{HOST}:{free_port()},{kafka.url}")
    connect(KafkaAdminClient, configured).close()


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_five_failures_leave_no_thread_and_no_socket(other_port: int, protocol: str) -> None:
    servers = f"{HOST}:{free_port()},{HOST}:{other_port}"  # at one nobody listens, at the other no Kafka
    said(servers, kafka_security_protocol=protocol)
    before = threading.active_count(), open_files()
    gc.disable()
    try:
        for _ in range(5):
            said(servers, kafka_security_protocol=protocol)
        assert (threading.active_count(), open_files()) == before
    finally:
        gc.enable()


def test_the_librarys_log_is_as_before(other_port: int, caplog: pytest.LogCaptureFixture) -> None:
    library = logging.getLogger("kafka")
    before = library.level, library.propagate, list(library.handlers)
    said(f"{HOST}:{other_port}")
    assert (library.level, library.propagate, list(library.handlers)) == before
    assert caplog.text == ""
