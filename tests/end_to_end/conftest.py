"""A whole shop as processes: bridge and workers on real services, and its pages."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from kafka import KafkaProducer

from devservices import Noida, Service
from runtime.pulse import Pulse
from storefront.database import db
from storefront.models import Product

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "bridge": ["-m", "bridge"],
    "worker": ["-m", "celery", "-q", "-A", "storefront.worker", "worker", "-P", "solo", "--without-mingle"],
    "buggy": ["-m", "celery", "-q", "-A", "tests.end_to_end.buggy_worker", "worker", "-P", "solo", "--without-mingle"],
}


def eventually(holds: Callable[[], object], seconds: float = 40) -> None:
    """Wait until `holds` does; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{holds} did not hold within {seconds} s"
        time.sleep(0.1)


def connect_producer(servers: str) -> KafkaProducer:
    return KafkaProducer(bootstrap_servers=servers, acks="all")


class Shop:
    """The shop of one test: its processes by name, its topic, its database and its pages."""

    def __init__(self, app: Flask, topic: str, kafka: Service, logs: Path) -> None:
        self.app = app
        self.kafka = kafka
        self.killed_bridges = 0
        self.topic = topic
        self.logs = logs
        self.client: FlaskClient = app.test_client()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.producer = connect_producer(kafka.url)
        self.database_url: str = os.environ["DATABASE_URL"]
        self.connection = psycopg.connect(self.database_url, autocommit=True)

    def start(self, *names: str, options: Sequence[str] = (), **settings: str) -> None:
        """Start processes, `bridge-2` is a second bridge, with `settings` of their own; they die with the test.

        Each has a pulse of its own.
        """
        for name in names:
            kind = name.partition("-")[0]
            host = ["--hostname", f"{name}@%h"] if kind == "worker" else []
            with (self.logs / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, *COMMANDS[kind], *host, *options],
                    cwd=ROOT,
                    env={
                        **os.environ,
                        "KAFKA_GROUP_ID": self._group(),
                        "PULSE_FILE": self._pulse_file(name),
                        **settings,
                    },
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )

    def end(self, name: str, how: signal.Signals = signal.SIGKILL) -> int:
        """End a process; return its exit code."""
        process = self.processes.pop(name)
        process.send_signal(how)
        self.killed_bridges += name.startswith("bridge") and how is signal.SIGKILL
        return process.wait(20)

    def ends_itself(self, name: str, seconds: float = 40) -> int:
        """Wait for a process that ends by itself; return its exit code."""
        exit_code = self.processes[name].wait(seconds)
        del self.processes[name]
        self.killed_bridges += name.startswith("bridge")
        return exit_code

    def pulse(self, name: str) -> Pulse | None:
        """What a process says of itself, None before its first word."""
        path = self._pulse_file(name)
        return Pulse.read(path) if Path(path).exists() else None

    def is_at(self, name: str, state: str) -> bool:
        """Whether a process says that it is in a state that begins so."""
        pulse = self.pulse(name)
        return pulse is not None and pulse.state.startswith(state)

    def health(self, name: str) -> tuple[int, str]:
        """Exit code and sentence of a process's health command."""
        command = [sys.executable, "-m", "runtime.health", name.partition("-")[0]]
        environment = {**os.environ, "PULSE_FILE": self._pulse_file(name)}
        asked = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert asked.stderr == ""
        return asked.returncode, asked.stdout

    def _pulse_file(self, name: str) -> str:
        return str(self.logs / f"{name}.pulse")

    def _group(self) -> str:
        """The embedded broker never drops a killed member from its group; the next bridge goes to a new one there.

        That loses nothing: the place is in the database. Apache Kafka drops it after its session timeout.
        """
        group = os.environ["KAFKA_GROUP_ID"]
        return f"{group}-{self.killed_bridges}" if isinstance(self.kafka, Noida) else group

    def add_products(self, *codes: str) -> None:
        with self.app.app_context():
            db.session.add_all(Product(code=code, name=f"Thing {code}", price=5) for code in codes)
            db.session.commit()

    def send(self, value: bytes, key: bytes | None = None) -> None:
        """Write a message to the topic and wait until the broker has it."""
        self.producer.send(self.topic, value=value, key=key).get(10)

    def count(self, code: str, count: object, *, keyed: bool = True) -> None:
        """Say that `count` of `code` are left."""
        value = json.dumps({"product_code": code, "inventory_count": count}).encode()
        self.send(value, code.encode() if keyed else None)

    def page(self, code: str) -> str:
        return self.client.get(f"/products/{code}").text

    def shows(self, code: str, words: str) -> bool:
        return words in self.page(code)

    def has_counted(self, count: int) -> bool:
        return count in self.stock().values()

    def query(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def stock(self) -> dict[str, int]:
        return dict(self.query("SELECT product_code, inventory FROM stock_levels"))

    def letters(self) -> list[str]:
        return [reason for (reason,) in self.query("SELECT reason FROM dead_letters ORDER BY id")]

    def is_behind(self) -> int:
        """How many messages the database hasn't dealt with, by what the bridge last saw of the log."""
        [(behind,)] = self.query("SELECT sum(end_offset - coalesce(next_offset, 0)) FROM feed_positions")
        return int(behind or 0)

    def reconnect(self) -> None:
        """Look again at a database that was away."""
        self.connection.close()
        self.connection = psycopg.connect(self.database_url, autocommit=True)

    def wipe_redis(self) -> None:
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
            client.flushall()

    def log(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text()

    def said(self, name: str, words: str) -> bool:
        return words in self.log(name)

    def workers_said(self, words: str) -> bool:
        return any(words in log.read_text() for log in self.logs.glob("worker*.log"))

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.producer.close(timeout=5)
        self.connection.close()


@pytest.fixture
def whole_shop(app: Flask, bridge_environment: dict[str, str], kafka: Service, tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(app, bridge_environment["KAFKA_TOPIC"], kafka, tmp_path)
    yield shop
    shop.close()
    for log in sorted(tmp_path.glob("*.log")):  # pytest shows them where the test failed
        sys.stdout.write(f"--- {log.name}\n{log.read_text()[-3000:]}\n")
