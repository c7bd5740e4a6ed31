"""Bridge, workers and gunicorn as processes, asked over HTTP as Prometheus asks them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from devservices.processes import free_port
from tests.end_to_end.conftest import ROOT, Shop, eventually

pytestmark = pytest.mark.slow

UPDATE = {"task": "storefront.update_inventory"}
PAGES = {"route": "/products/<code:code>", "method": "GET", "status": "200"}


class Scraped:
    """A process that serves metrics on a port of its own."""

    def __init__(self, port: int | None = None) -> None:
        self.port = free_port() if port is None else port

    def sees(self, name: str, **labels: str) -> float | None:
        """The sum of the samples of that name that have those labels; None where there are none."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except URLError:
            return None
        found = [
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == f"storefront_{name}" and labels.items() <= sample.labels.items()
        ]
        return sum(found) if found else None

    def outcome(self, outcome: str) -> float | None:
        return self.sees("worker_tasks_total", **UPDATE, outcome=outcome)


class MeasuredShop:
    """A shop whose processes serve metrics."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.web_port = free_port()

    def start(self, name: str) -> Scraped:
        scraped = Scraped()
        self.shop.start(name, METRICS_PORT=str(scraped.port))
        return scraped

    def run(self, name: str, *command: str, port: int | None = None) -> Scraped:
        """Start another kind of process; it dies with the test."""
        scraped = Scraped(port)
        with (self.shop.logs / f"{name}.log").open("ab") as log:
            self.shop.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env={**os.environ, "METRICS_PORT": str(scraped.port), "TMPDIR": str(self.shop.logs)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return scraped

    def start_web(self, *options: str, port: int | None = None) -> Scraped:
        bind = f"127.0.0.1:{self.web_port}"
        return self.run("web", "gunicorn", "--bind", bind, "--workers", "2", *options, "wsgi:app", port=port)

    def ask_pages(self, code: str, times: int) -> None:
        for _ in range(times):
            with urlopen(f"http://127.0.0.1:{self.web_port}/products/{code}") as page:
                assert page.status == 200

    def leaves_no_files(self) -> bool:
        return not list(self.shop.logs.glob("storefront-metrics-*"))


@pytest.fixture
def measured(whole_shop: Shop) -> Iterator[MeasuredShop]:
    whole_shop.add_products("JANW7810")
    yield MeasuredShop(whole_shop)
    for process in whole_shop.processes.values():  # in order: forked children don't outlive them then
        process.terminate()
        process.wait(20)


def is_up_to_date(bridge: Scraped, messages: int) -> bool:
    settled = bridge.sees("bridge_messages_settled_total") == messages
    return settled and bridge.sees("bridge_behind_messages") == 0 == bridge.sees("bridge_behind_seconds")


def test_messages_move_the_numbers_of_bridge_and_worker(measured: MeasuredShop) -> None:
    bridge = measured.start("bridge")
    eventually(lambda: bridge.sees("bridge_partitions") == 3)
    for count in (1, 2, -1):
        measured.shop.count("JANW7810", count)
    measured.shop.count("NO-SUCH-CODE", 3)
    eventually(lambda: bridge.sees("bridge_unanswered_seconds"))  # no worker yet
    worker = measured.start("worker")
    eventually(partial(is_up_to_date, bridge, 4))
    eventually(lambda: worker.outcome("bad") == 1 == worker.outcome("unknown_product"))
    assert (bridge.sees("bridge_messages_read_total"), bridge.sees("bridge_messages_bad_total")) == (4, 1)
    assert bridge.sees("bridge_place_offset") == 4 == bridge.sees("bridge_log_end_offset")
    assert bridge.sees("bridge_log_begin_offset") == 0 == bridge.sees("bridge_open_messages")
    assert (worker.sees("worker_tasks_total", task="storefront.settle_updates", outcome="succeeded") or 0) >= 1
    ran = worker.sees("worker_task_duration_seconds_count", **UPDATE)
    assert ran == worker.sees("worker_tasks_total", **UPDATE)


def test_a_bridge_without_redis_is_seen_to_wait(measured: MeasuredShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    bridge = measured.start("bridge")
    eventually(lambda: bridge.sees("bridge_waiting", what="redis") == 1)
    assert bridge.sees("bridge_waiting", what="kafka") == 0


def test_a_prefork_worker_counts_what_its_children_do_also_after_one_was_killed(measured: MeasuredShop) -> None:
    measured.shop.start("bridge")
    command = ["celery", "-q", "-A", "storefront.worker", "worker", "-P", "prefork", "-c", "2", "--without-mingle"]
    worker = measured.run("worker-prefork", *command)
    for count in range(20):
        measured.shop.count("JANW7810", count)
    eventually(lambda: _ended(worker) == 20)
    parent = measured.shop.processes["worker-prefork"]
    os.kill(children(parent)[0], signal.SIGKILL)
    for count in range(20):
        measured.shop.count("JANW7810", count)
    eventually(lambda: (_ended(worker) or 0) >= 39)  # what the killed one was at may be gone: its settle does it
    assert measured.shop.end("worker-prefork", signal.SIGTERM) == 0
    assert measured.leaves_no_files()


def _ended(worker: Scraped) -> float:
    return (worker.outcome("applied") or 0) + (worker.outcome("stale") or 0)


def children(process: "subprocess.Popen[bytes]") -> list[int]:
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in found.split()]


@pytest.mark.parametrize("options", [(), ("--preload",)], ids=["plain", "preloaded"])
def test_gunicorn_counts_all_its_workers_as_one_and_forgets_nothing(
    measured: MeasuredShop, options: tuple[str, ...]
) -> None:
    web = measured.start_web(*options)
    eventually(lambda: measured.shop.said("web", "Booting worker"))
    pages: Callable[[], float | None] = partial(web.sees, "web_request_duration_seconds_count", **PAGES)
    measured.ask_pages("JANW7810", 20)
    eventually(lambda: pages() == 20)
    master = measured.shop.processes["web"]
    os.kill(children(master)[0], signal.SIGKILL)
    eventually(lambda: measured.shop.log("web").count("Booting worker") == 3)
    measured.ask_pages("JANW7810", 20)
    assert pages() == 40
    master.send_signal(signal.SIGHUP)
    eventually(lambda: measured.shop.log("web").count("Booting worker") == 5)
    measured.ask_pages("JANW7810", 20)
    assert pages() == 60
    assert measured.shop.end("web", signal.SIGTERM) == 0
    assert measured.leaves_no_files()


def test_gunicorn_without_a_port_serves_pages_and_makes_no_files(measured: MeasuredShop) -> None:
    measured.start_web(port=0)
    eventually(lambda: measured.shop.said("web", "Booting worker"))
    measured.ask_pages("JANW7810", 1)
    assert measured.leaves_no_files()


@pytest.mark.parametrize(
    "command",
    [
        ("bridge",),
        ("celery", "-q", "-A", "storefront.worker", "worker", "-P", "solo"),
        ("celery", "-q", "-A", "storefront.worker", "worker", "-P", "prefork"),
        ("gunicorn", "--bind", "127.0.0.1:0", "wsgi:app"),
    ],
    ids=["bridge", "solo", "prefork", "gunicorn"],
)
def test_a_port_that_is_taken_ends_every_start_with_a_sentence(
    bridge_environment: dict[str, str], shop_environment: dict[str, str], tmp_path: Path, command: tuple[str, ...]
) -> None:
    port = bridge_environment["KAFKA_BOOTSTRAP_SERVERS"].rpartition(":")[2]
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *command],
        cwd=ROOT,
        env={**os.environ, **shop_environment, "METRICS_PORT": port, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=40,
    )
    assert ended.returncode == 2
    assert ended.stderr.strip().splitlines()[-1].startswith(f"METRICS_PORT is {port} and METRICS_HOST is '127.0.0.1', ")
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.glob("storefront-metrics-*")) == []
