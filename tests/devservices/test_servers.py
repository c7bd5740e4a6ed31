"""Each server: starts, answers, keeps its data, ends, and leaves nothing behind."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import redis
from kafka import KafkaConsumer, KafkaProducer

from bridge.config import Settings
from bridge.topic import create_topic
from devservices import Noida, Postgres, Service, ServiceError, Valkey
from devservices.processes import free_port, listens

SERVERS = [Postgres, Valkey, Noida]


@pytest.mark.parametrize("kind", SERVERS)
def test_a_stopped_server_leaves_no_process_and_no_port(kind: type[Service], tmp_path: Path) -> None:
    with kind(tmp_path / "server") as server:
        process = server.process
        assert process
        assert listens(server.port)
    assert process.poll() is not None
    assert not listens(server.port)
    assert not list(tmp_path.rglob("*.pid"))


@pytest.mark.parametrize("kind", SERVERS)
def test_a_killed_server_starts_again(kind: type[Service], tmp_path: Path) -> None:
    server = kind(tmp_path).start()
    server.kill()
    assert not server.answers()
    with server:
        assert server.answers()


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_dies_with_the_process_that_started_it(kind: type[Service], tmp_path: Path) -> None:
    port = free_port()
    program = f"""
import os, signal
from pathlib import Path
from {kind.__module__} import {kind.__name__}
{kind.__name__}(Path({str(tmp_path)!r}), {port}).start()
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -signal.SIGKILL
    _wait_until_free(port)


def test_postgres_keeps_rows_through_a_restart(tmp_path: Path) -> None:
    server = Postgres(tmp_path)
    with server, closing(psycopg.connect(server.url, autocommit=True)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 23 AS count")
    with server, closing(psycopg.connect(server.url)) as connection:
        assert connection.execute("SELECT count FROM kept").fetchone() == (23,)


def test_postgres_asks_for_its_password(tmp_path: Path) -> None:
    with Postgres(tmp_path) as server:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.url.replace("postgres:", "postgres:not-"))
        assert (tmp_path / "password").stat().st_mode & 0o077 == 0


def test_postgres_runs_below_a_directory_that_is_closed_to_others_and_leaves_it_closed(
    tmp_path: Path,
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with Postgres(closed / "server") as server:
        assert server.answers()
    assert closed.stat().st_mode & 0o777 == 0o700


def test_valkey_keeps_keys_through_a_restart_where_it_is_durable(
    tmp_path: Path,
) -> None:
    server = Valkey(tmp_path, durable=True)
    with server, redis.Redis.from_url(server.url) as client:
        client.set("kept", "23")
    with server, redis.Redis.from_url(server.url) as client:
        assert client.get("kept") == b"23"


def test_noida_keeps_messages_through_a_restart(tmp_path: Path) -> None:
    server = Noida(tmp_path)
    with server:
        create_topic(Settings(kafka_bootstrap_servers=server.url, kafka_topic="kept"))
        with closing(KafkaProducer(bootstrap_servers=server.url)) as producer:
            producer.send("kept", b"23").get(5)
    with server, closing(_reader(server.url)) as consumer:
        assert [message.value for message in consumer] == [b"23"]


def test_a_server_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = Valkey(tmp_path, taken.getsockname()[1])
        with pytest.raises(
            ServiceError,
            match=r"Valkey ended at once; its log .* ends:[\s\S]*Address already in use",
        ):
            server.start()
    assert server.process is None


def test_the_command_line_becomes_the_server(tmp_path: Path) -> None:
    server = Valkey(tmp_path)
    command = [
        sys.executable,
        "-m",
        "devservices",
        "valkey",
        "--data-dir",
        str(tmp_path),
        "--port",
        str(server.port),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        server.wait()
        assert b"valkey-server" in Path(f"/proc/{process.pid}/cmdline").read_bytes()
        process.terminate()
    assert process.returncode == 0


def _reader(bootstrap_servers: str) -> KafkaConsumer:
    return KafkaConsumer(
        "kept",
        bootstrap_servers=bootstrap_servers,
        auto_offset_reset="earliest",
        consumer_timeout_ms=1_000,
    )


def _wait_until_free(port: int) -> None:
    deadline = time.monotonic() + 5
    while listens(port):
        assert time.monotonic() < deadline, f"port {port} is still taken"
        time.sleep(0.05)
