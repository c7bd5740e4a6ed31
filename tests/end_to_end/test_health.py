"""What hangs ends itself; what is stopped shows in the health command; what only waits is well."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from celery import Celery

from devservices import Postgres, Service, Valkey
from runtime.names import QUEUE
from runtime.pulse import Pulse
from runtime.watchdog import HUNG
from storefront.queue import make_celery
from storefront.tasks import LoggedTask
from tests.end_to_end.conftest import Shop, eventually

pytestmark = pytest.mark.slow

SLOW_TASKS = ("--include", "tests.end_to_end.slow_tasks")


@pytest.fixture
def celery(whole_shop: Shop) -> Celery:
    return make_celery(whole_shop.app, LoggedTask)


@pytest.fixture
def silent_listener() -> Iterator[str]:
    """The address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def family(pid: int) -> list[int]:
    """Return `pid` and its child processes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def send_signal(service: Service, number: signal.Signals) -> None:
    """Send a signal to a server and to its child processes, which in PostgreSQL talk to the clients."""
    assert service.process
    for pid in family(service.process.pid):
        os.kill(pid, number)


def pulse_after(shop: Shop, name: str, seconds: float) -> Pulse:
    """Return the first pulse that is written after `seconds` from now."""
    then = time.time() + seconds
    eventually(lambda: (pulse := shop.pulse(name)) and pulse.written_at > then)
    pulse = shop.pulse(name)
    assert pulse
    return pulse


def is_well(shop: Shop, name: str) -> bool:
    return shop.health(name)[0] == 0


def is_unwell(shop: Shop, name: str) -> bool:
    return shop.health(name)[0] == 1


def test_worker_and_bridge_are_well_idle_and_at_work(whole_shop: Shop) -> None:
    whole_shop.add_products("JANW7810")
    whole_shop.start("bridge", "worker")
    eventually(partial(whole_shop.is_at, "worker", "working"))
    eventually(partial(whole_shop.is_at, "bridge", "reading"))
    whole_shop.count("JANW7810", 3)
    eventually(partial(whole_shop.shows, "JANW7810", "Only 3 left!"))
    eventually(lambda: whole_shop.health("worker") == (0, "the worker is working\n"))  # not in the middle of a task
    assert whole_shop.health("bridge") == (0, "the bridge is reading\n")


def test_a_stopped_process_shows_and_goes_on_afterwards(whole_shop: Shop) -> None:
    whole_shop.start("bridge", "worker")
    for name in ("bridge", "worker"):
        eventually(partial(whole_shop.pulse, name))
        whole_shop.processes[name].send_signal(signal.SIGSTOP)
    for name in ("bridge", "worker"):
        eventually(partial(is_unwell, whole_shop, name))
        assert f"the {name} stands still: process {whole_shop.processes[name].pid}" in whole_shop.health(name)[1]
        whole_shop.processes[name].send_signal(signal.SIGCONT)
        eventually(partial(is_well, whole_shop, name))


def test_a_killed_process_shows(whole_shop: Shop) -> None:
    whole_shop.start("bridge")
    eventually(partial(whole_shop.pulse, "bridge"))
    pid = whole_shop.processes["bridge"].pid
    whole_shop.end("bridge")
    assert whole_shop.health("bridge") == (1, f"the bridge is gone: there is no process {pid} any more\n")


@pytest.mark.parametrize("pool", ["solo", "prefork"])
def test_a_worker_with_a_long_queue_is_well(whole_shop: Shop, celery: Celery, pool: str) -> None:
    for _ in range(100):
        celery.send_task("tests.nap", (0.1,), queue=QUEUE)
    whole_shop.start("worker", options=[*SLOW_TASKS, "-P", pool, "-c", "1"])
    eventually(partial(whole_shop.is_at, "worker", "working"))
    pulses = [pulse_after(whole_shop, "worker", 0) for _ in range(5)]
    assert max(pulse.still_seconds for pulse in pulses) < 5
    assert max(pulse.idle_seconds for pulse in pulses) < 5
    assert is_well(whole_shop, "worker")


def test_a_worker_whose_task_hangs_ends_itself(
    whole_shop: Shop, celery: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKER_TASK_LIMIT", "2")
    hanging = celery.send_task("tests.nap", (600,), queue=QUEUE)
    whole_shop.start("worker", options=SLOW_TASKS)
    assert whole_shop.ends_itself("worker") == HUNG
    said = f"CRITICAL task {hanging.id} has run for 2 s (WORKER_TASK_LIMIT is 2), at end_to_end/slow_tasks.py:"
    assert whole_shop.said("worker", said)
    assert is_unwell(whole_shop, "worker")
    whole_shop.start("worker", options=SLOW_TASKS)  # as a restart policy does
    eventually(partial(is_well, whole_shop, "worker"))
    celery.send_task("tests.nap", (0,), queue=QUEUE).get(timeout=40)


def test_a_worker_whose_task_never_lets_another_thread_run_ends_itself(
    whole_shop: Shop, celery: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKER_TASK_LIMIT", "2")
    celery.send_task("tests.ponder", queue=QUEUE)
    whole_shop.start("worker", options=SLOW_TASKS)
    assert whole_shop.ends_itself("worker") == -signal.SIGPROF
    assert "in ponder" in whole_shop.log("worker")


@pytest.mark.parametrize("pool", ["solo", "prefork"])
def test_a_worker_whose_redis_goes_away_is_well_and_turns_again(whole_shop: Shop, valkey: Valkey, pool: str) -> None:
    whole_shop.start("worker", options=["-P", pool, "-c", "2"])
    for _ in range(2):
        eventually(partial(whole_shop.is_at, "worker", "working"))
        valkey.kill()
        try:
            eventually(partial(whole_shop.is_at, "worker", "waiting for Redis"))
            assert whole_shop.health("worker") == (0, "the worker is waiting for Redis\n")
        finally:
            valkey.start()
    eventually(partial(whole_shop.is_at, "worker", "working"))
    assert pulse_after(whole_shop, "worker", 4).still_seconds < 3  # by the timer of the new connection
    assert whole_shop.end("worker", signal.SIGTERM) == 0


def test_a_worker_whose_database_freezes_ends_itself_and_is_right_afterwards(
    whole_shop: Shop, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKER_TASK_LIMIT", "4")
    whole_shop.add_products("JANW7810")
    whole_shop.start("bridge", "worker")
    whole_shop.count("JANW7810", 3)
    eventually(partial(whole_shop.shows, "JANW7810", "Only 3 left!"))
    send_signal(postgres, signal.SIGSTOP)
    try:
        whole_shop.count("JANW7810", 5)
        assert whole_shop.ends_itself("worker") == HUNG
        whole_shop.start("worker")
        eventually(partial(whole_shop.said, "bridge", "the database can't take it now: connection timeout expired"))
        assert is_well(whole_shop, "worker")
    finally:
        send_signal(postgres, signal.SIGCONT)
    eventually(partial(whole_shop.shows, "JANW7810", "Only 5 left!"))
    assert "(WORKER_TASK_LIMIT is 4), at psycopg/" in whole_shop.log("worker")
    assert " stock/receive.py:" in whole_shop.log("worker")


def test_a_bridge_that_hangs_while_it_connects_ends_itself(
    whole_shop: Shop, silent_listener: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", silent_listener)
    monkeypatch.setenv("BRIDGE_STEP_LIMIT", "2")
    whole_shop.start("bridge")
    assert whole_shop.ends_itself("bridge") == HUNG
    assert "CRITICAL the bridge's loop has not turned for 2 s (BRIDGE_STEP_LIMIT is 2), at " in whole_shop.log("bridge")
    assert ", bridge/source.py:" in whole_shop.log("bridge")
    assert is_unwell(whole_shop, "bridge")


def test_a_bridge_that_hangs_in_a_step_ends_itself_and_goes_on_when_it_is_started_again(
    whole_shop: Shop, kafka: Service
) -> None:
    whole_shop.start("worker")
    start_impatient_bridge(whole_shop)
    eventually(partial(is_reading, whole_shop))
    send_signal(kafka, signal.SIGSTOP)
    try:
        assert whole_shop.ends_itself("bridge") == HUNG
    finally:
        send_signal(kafka, signal.SIGCONT)
    assert "s (BRIDGE_STEP_LIMIT is 1), at " in whole_shop.log("bridge")
    whole_shop.start("bridge")
    whole_shop.count("JANW7810", 3)
    eventually(partial(whole_shop.has_counted, 3))


def start_impatient_bridge(shop: Shop) -> None:
    """Start a bridge that gives itself less time than the two seconds it gives Kafka."""
    shop.start("bridge", BRIDGE_STEP_LIMIT="1")


def is_reading(shop: Shop) -> bool:
    """Whether the bridge reads. Starts it again where so short a limit ended it before, on a busy machine."""
    if shop.processes["bridge"].poll() is not None:
        shop.ends_itself("bridge")
        start_impatient_bridge(shop)
    return shop.said("bridge", "reads partitions")


def test_a_bridge_whose_broker_hangs_is_well_as_long_as_its_loop_turns(
    whole_shop: Shop, kafka: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIDGE_STEP_LIMIT", "15")
    whole_shop.start("bridge", "worker")
    eventually(partial(whole_shop.said, "bridge", "reads partitions"))
    send_signal(kafka, signal.SIGSTOP)
    try:
        eventually(partial(whole_shop.said, "bridge", "waiting for Kafka at "))
        pulse_after(whole_shop, "bridge", 18)
    finally:
        send_signal(kafka, signal.SIGCONT)
    assert is_well(whole_shop, "bridge")
    whole_shop.count("JANW7810", 3)
    eventually(partial(whole_shop.has_counted, 3))
    assert whole_shop.processes["bridge"].poll() is None


def test_a_bridge_whose_redis_freezes_is_well(whole_shop: Shop, valkey: Valkey) -> None:
    whole_shop.start("bridge")
    eventually(partial(whole_shop.is_at, "bridge", "reading"))
    send_signal(valkey, signal.SIGSTOP)
    try:
        eventually(partial(whole_shop.is_at, "bridge", "waiting for Redis: "))
        why = "Timeout reading from socket; start it, or correct REDIS_URL"
        assert whole_shop.health("bridge") == (0, f"the bridge is waiting for Redis: {why}\n")
    finally:
        send_signal(valkey, signal.SIGCONT)
    eventually(partial(whole_shop.is_at, "bridge", "reading"))
