"""Flower as flowerconfig.py sets it up, on a real Redis and beside a real worker."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bridge.envelope import Feed
from bridge.partition import Partition
from bridge.publisher import Publisher, Task
from bridge.request import Traffic
from devservices.processes import HOST, free_port
from tests.bridge.records import records
from tests.deploy.processes import ROOT, Processes, fetch, run
from tests.end_to_end.conftest import eventually

COMMAND = ["celery", "-A", "storefront.worker", "flower"]
WORKER = ["celery", "-q", "-A", "storefront.worker", "worker", "-P", "solo", "--without-mingle"]
ACCOUNT = "dev:a-password"
TOO_FEW = b'{"product_code": "ABCD1234", "inventory_count": -1}'
ID = "stock-1-7"

pytestmark = pytest.mark.slow


class Flower:
    """Flower and a worker of one test, on this test's Redis and database."""

    def __init__(self, processes: Processes, environment: dict[str, str]) -> None:
        self._processes = processes
        self._environment = environment
        self._port = free_port()
        self.address = f"http://{HOST}:{self._port}/"

    def start(self, *options: str) -> None:
        self._processes.start("flower", [*COMMAND, f"--port={self._port}", *options], self._environment)
        eventually(lambda: self.fetch("healthcheck") == (200, "OK"))

    def start_worker(self) -> None:
        self._processes.start("worker", WORKER, self._environment)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        return self._processes.end("flower", how)

    def said(self) -> str:
        return self._processes.said("flower")

    def fetch(self, path: str, account: str = ACCOUNT, method: str = "GET") -> tuple[int, str]:
        return fetch(self.address + path, account, method)

    def tasks(self) -> dict[str, dict[str, Any]]:
        return dict(json.loads(self.fetch("api/tasks")[1]))

    def shows_the_failure(self) -> bool:
        return self.tasks().get(ID, {}).get("state") == "FAILURE"


@pytest.fixture
def environment(shop_environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return {
        **shop_environment,
        "FLOWER_DB": str(tmp_path / "flower"),
        "FLOWER_BASIC_AUTH": ACCOUNT,
        "OPS_URL": "http://shop.example/ops",
    }


@pytest.fixture
def flower(processes: Processes, environment: dict[str, str]) -> Flower:
    return Flower(processes, environment)


@pytest.fixture
def publisher(environment: dict[str, str]) -> Iterator[Publisher]:
    started = Publisher(environment["REDIS_URL"])
    yield started
    started.close()


def tasks_of_the_bridge() -> list[Task]:
    """The question where to begin, and a message that no shop can apply."""
    partition = Partition(Feed("stock", 1, "topic-id-1"), chunk_messages=1)
    [(_, where)] = partition.due(Traffic(0, queue_empty=True, last_answered_at=0))
    partition.hear_place({"next_offset": None, "moved": False}, 0)
    partition.begin(7)
    return [where, *map(partition.single, partition.take(records(7, 1, value=TOO_FEW), 0))]


def test_a_failed_task_is_readable_and_stays_so_after_restart_and_kill(flower: Flower, publisher: Publisher) -> None:
    flower.start_worker()
    flower.start("--state_save_interval=200")
    eventually(lambda: "true" in flower.fetch("api/workers?status=true")[1])  # it hears the worker's heartbeat
    publisher.publish(tasks_of_the_bridge())
    eventually(flower.shows_the_failure)
    failed = flower.tasks()
    assert list(failed) == [ID], "places are recorded each second: they would push the failures out"
    assert failed[ID]["name"] == "storefront.update_inventory"
    assert failed[ID]["args"] == "ABCD1234 → -1 · partition 1 · offset 7"
    assert failed[ID]["exception"] == (
        "BadMessage('inventory_count is -1; expected a whole number from 0 to 2147483647')"
    )
    page = " ".join(flower.fetch(f"task/{ID}")[1].split())
    assert "<dd> inventory_count is -1; expected a whole number from 0 to 2147483647 </dd>" in page
    assert "http://shop.example/ops/letters?name=stock-1-7" in page
    assert flower.end() == 0
    flower.start("--state_save_interval=200")
    assert flower.tasks() == failed
    flower.end(signal.SIGKILL)
    flower.start()
    assert flower.tasks() == failed
    assert "Traceback" not in flower.said()
    assert " flower    INFO " in flower.said()
    assert "Inspect method" not in flower.said()
    assert r"\n" not in flower.said()


def test_a_task_that_the_database_cannot_take_says_so_in_a_sentence(
    flower: Flower, publisher: Publisher, environment: dict[str, str]
) -> None:
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("ALTER DATABASE shop SET default_transaction_read_only = on")
        try:
            flower.start()
            flower.start_worker()
            eventually(lambda: "true" in flower.fetch("api/workers?status=true")[1])
            publisher.publish([tasks_of_the_bridge()[1]])
            eventually(lambda: "it is tried again by itself" in flower.fetch(f"task/{ID}")[1])
        finally:
            connection.execute("ALTER DATABASE shop RESET default_transaction_read_only")
    page = " ".join(flower.fetch(f"task/{ID}")[1].split())
    assert "<dd> the database can&#x27;t take it now: cannot execute" in page.replace("&#39;", "&#x27;")


def test_only_who_knows_the_password_may_look_and_nobody_may_act(flower: Flower) -> None:
    flower.start()
    for path in ("", "tasks", "api/tasks"):
        assert flower.fetch(path, account="")[0] == 401
        assert flower.fetch(path, account="dev:guessed")[0] == 401
        assert flower.fetch(path)[0] == 200
    for action in ("api/worker/shutdown/worker@host", "api/task/async-apply/storefront.update_inventory"):
        assert flower.fetch(action, method="POST")[0] == 403


def test_where_only_this_machine_can_look_it_needs_no_password(flower: Flower, environment: dict[str, str]) -> None:
    del environment["FLOWER_BASIC_AUTH"]
    flower.start(f"--address={HOST}")
    assert flower.fetch("tasks", account="")[0] == 200


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "FLOWER_BASIC_AUTH is not set, and FLOWER_ADDRESS is not 127.0.0.1; expected user:password."),
        ("secret", "FLOWER_BASIC_AUTH is (not shown); expected user:password."),
        ("dev:", "FLOWER_BASIC_AUTH is (not shown); expected user:password."),
        ("dev:half,half", "FLOWER_BASIC_AUTH is (not shown); expected user:password."),
    ],
)
def test_without_a_password_it_does_not_start(environment: dict[str, str], password: str, sentence: str) -> None:
    environment["FLOWER_BASIC_AUTH"] = password
    ended = run([*COMMAND, f"--port={free_port()}"], environment)
    assert ended.returncode == 2
    assert ended.stderr == f"{sentence} Example: FLOWER_BASIC_AUTH=dev:$(openssl rand -hex 16)\n"


def test_nor_does_it_where_it_is_started_in_another_folder(environment: dict[str, str], tmp_path: Path) -> None:
    environment.update(FLOWER_BASIC_AUTH="", PYTHONPATH=str(ROOT))
    ended = run([*COMMAND, f"--port={free_port()}"], environment, tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("FLOWER_BASIC_AUTH is not set")


def test_a_bad_setting_of_the_shop_is_told_as_such(environment: dict[str, str]) -> None:
    environment["LOW_STOCK_THRESHOLD"] = "many"
    ended = run(COMMAND, environment)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith("LOW_STOCK_THRESHOLD is 'many'; expected a whole number")
