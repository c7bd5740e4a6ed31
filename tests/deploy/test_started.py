"""The compose file's and the units' own commands, with their own settings, get a message onto a page."""

import json
import socket
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from devservices.processes import HOST
from tests.deploy import compose, systemd
from tests.deploy.conftest import Servers
from tests.deploy.processes import Processes, fetch, run
from tests.deploy.started import Deployment, Moved, Process
from tests.end_to_end.conftest import eventually

pytestmark = pytest.mark.slow

ACCOUNT = compose.SECRETS["FLOWER_BASIC_AUTH"]
WITH_HEALTH = ("web", "worker", "bridge", "flower")

# Becomes a program that systemd starts with the socket of another unit: the file descriptor 3, and two variables.
WITH_SOCKET = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[2], sys.argv[2:])
"""


class Shop:
    """A deployment that runs, seen from outside."""

    def __init__(self, processes: Processes, deployment: Deployment, moved: Moved, database: str) -> None:
        self.processes = processes
        self.deployment = deployment
        self._page = f"http://{HOST}:{moved.web}/"
        self._flower = f"http://{HOST}:{moved.flower}/"
        self._database = database

    def prepare(self) -> list[str]:
        """Run what runs once; return what it said."""
        done = [run(process.command, process.environment) for process in self.deployment.once]
        assert [one.returncode for one in done] == [0] * len(done), [one.stderr for one in done]
        return [one.stdout for one in done]

    def start(self, *names: str) -> None:
        for name in names or self.deployment.staying:
            process = self.deployment.staying[name]
            self.processes.start(name, process.command, process.environment, process.open_files)

    def health(self, name: str) -> int:
        process = self.deployment.staying[name]
        return run(process.health, process.environment).returncode

    def publish(self, *message: str) -> None:
        """Say something on the topic, as the inventory system would."""
        done = run(["python", "-m", "demo.inventory", "publish", *message], self.deployment.once[-1].environment)
        assert done.returncode == 0, done.stderr

    def add_product(self, code: str) -> None:
        with psycopg.connect(self._database) as connection:
            connection.execute("INSERT INTO products (name, code, price) VALUES ('Chair', %s, 47.53)", [code])

    def query(self, query: str) -> list[Any]:
        with psycopg.connect(self._database) as connection:
            return [value for (value,) in connection.execute(query).fetchall()]

    def shows(self, code: str, words: str) -> bool:
        status, page = fetch(f"{self._page}products/{code}")
        return status == 200 and words in page

    def tasks(self, state: str) -> list[dict[str, Any]]:
        """What Flower says of those in `state`. It shows none that ended before it listened."""
        status, tasks = fetch(f"{self._flower}api/tasks?state={state}", ACCOUNT)
        return list(json.loads(tasks).values()) if status == 200 else []


@pytest.fixture
def variables() -> dict[str, str]:
    """A `.env` file; the topic is new, so that `setup` has to make it."""
    return {**compose.SECRETS, "APP_ENV": "development", "KAFKA_TOPIC": f"deployed-{uuid.uuid4().hex[:8]}"}


@pytest.fixture
def composed(processes: Processes, variables: dict[str, str], servers: Servers, tmp_path: Path) -> Shop:
    services = compose.services(variables)
    database = services["web"].environment["DATABASE_URL"]
    texts = {database: servers.database_url, "redis:6379": servers.redis, "kafka:19092": servers.kafka}
    moved = Moved(texts, tmp_path)

    def here(name: str) -> Process:
        service = services[name]
        health = service.health_command if name in WITH_HEALTH else ()
        return moved.process(name, service.command, service.environment, health)

    deployment = Deployment([here("setup")], {name: here(name) for name in (*WITH_HEALTH, "inventory")})
    return Shop(processes, deployment, moved, servers.database_url)


def test_the_compose_files_commands_get_a_message_onto_a_page(composed: Shop) -> None:
    [said] = composed.prepare()
    assert "20 added" in said
    [said] = composed.prepare()
    assert "none added" in said, "each `up` runs it again"
    composed.start(*WITH_HEALTH)
    code, *_ = composed.query("SELECT code FROM products ORDER BY id")
    for count, words in ((3, "Only 3 left!"), (0, "Out of stock"), (23, "In stock")):
        composed.publish(code, str(count))
        eventually(partial(composed.shows, code, words))
    eventually(partial(composed.tasks, "SUCCESS"))
    composed.publish("--raw", "hello")
    eventually(partial(composed.tasks, "FAILURE"))
    assert "the message is hello, not JSON" in composed.tasks("FAILURE")[0]["exception"]
    assert {name: composed.health(name) for name in WITH_HEALTH} == dict.fromkeys(WITH_HEALTH, 0)
    composed.start("inventory")
    eventually(lambda: "partition" in composed.processes.said("inventory"))
    assert {name: composed.processes.end(name) for name in WITH_HEALTH} == dict.fromkeys(WITH_HEALTH, 0)
    assert [name for name in WITH_HEALTH if composed.health(name) != 1] == []


@pytest.fixture
def with_units(processes: Processes, variables: dict[str, str], servers: Servers, tmp_path: Path) -> Iterator[Shop]:
    example = systemd.example()
    database = example["DATABASE_URL"]
    texts = {database: servers.database_url, "localhost:6379": servers.redis, "localhost:9092": servers.kafka}
    file = {**example, "FLOWER_BASIC_AUTH": ACCOUNT, "KAFKA_TOPIC": variables["KAFKA_TOPIC"]}
    moved = Moved(texts, tmp_path)
    units = systemd.services()

    def here(name: str) -> list[Process]:
        environment = units[name].environment(file)
        return [moved.process(name, command, environment) for command in units[name].commands]

    with socket.create_server((HOST, moved.web)) as port:
        staying = {name: here(name)[0] for name in ("web", "worker@", "bridge@", "flower")}
        command = [sys.executable, "-c", WITH_SOCKET, str(port.fileno()), *staying["web"].command]
        staying["web"] = Process(command, staying["web"].environment, open_files=[port.fileno()])
        yield Shop(processes, Deployment(here("setup"), staying), moved, servers.database_url)


def test_the_units_commands_get_a_message_onto_a_page_also_while_the_web_server_restarts(with_units: Shop) -> None:
    shop = with_units
    _, topic = shop.prepare()
    assert "created" in topic
    shop.start()
    shop.add_product("CHAI0001")
    shop.publish("CHAI0001", "3")
    eventually(partial(shop.shows, "CHAI0001", "Only 3 left!"))
    eventually(partial(shop.tasks, "SUCCESS"))
    shop.publish("CHAI0001", "-1")
    eventually(partial(shop.tasks, "FAILURE"))
    assert shop.processes.end("web") == 0
    with ThreadPoolExecutor() as shopper:
        shown = shopper.submit(shop.shows, "CHAI0001", "Only 3 left!")
        shop.start("web")
        assert shown.result(), "who asks while the web server is away waits for the next one"
    staying = ("web", "worker@", "bridge@", "flower")
    assert {name: shop.processes.end(name) for name in staying} == dict.fromkeys(staying, 0)
