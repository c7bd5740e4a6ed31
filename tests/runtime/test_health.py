"""How a pulse is judged, and what the command says; real workers and bridges are in tests/end_to_end/test_health.py."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from bridge.config import Settings as BridgeSettings
from runtime import health
from runtime.names import QUEUE
from runtime.pulse import STOPPED, Pulse
from storefront.config import Settings as ShopSettings
from tests.runtime.pulses import pulse


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "worker.pulse")


def away() -> int:
    raise OSError("connection refused")


def never() -> int:
    raise AssertionError("Redis was asked without need")


def judged(seen: Pulse, queue_length: Callable[[], int] = never, *later: Pulse) -> health.Judgement:
    looks = iter([*later, *[later[-1] if later else seen] * health.LOOKS])
    return health.judge_worker(seen, lambda: next(looks), queue_length)


def test_a_worker_that_works_is_well_and_redis_is_not_asked() -> None:
    assert judged(pulse(idle_seconds=29)) == (True, "the worker is working")


def test_a_busy_worker_is_well_though_its_loop_does_not_turn() -> None:
    seen = pulse(task="t-0-17", task_seconds=24.4, still_seconds=24.4)
    assert judged(seen) == (True, "the worker has worked on t-0-17 for 24 s")


def test_a_worker_whose_task_runs_beyond_its_limit_is_not() -> None:
    seen = pulse(task="t-0-17", task_seconds=25, still_seconds=25)
    assert judged(seen) == (False, "the worker has worked on t-0-17 for 25 s; its limit is 25 s")


def test_a_task_without_a_limit_may_run() -> None:
    assert judged(pulse(task="t-0-17", task_seconds=900, task_limit=0))[0]


def test_a_worker_that_waits_for_redis_is_well() -> None:
    assert judged(pulse(state="waiting for Redis", still_seconds=900)) == (True, "the worker is waiting for Redis")


def test_a_worker_whose_loop_stands_is_well_while_redis_is_away() -> None:
    seen = pulse(still_seconds=900, idle_seconds=900)
    assert judged(seen, away) == (True, "the worker is waiting for Redis: connection refused")


def test_a_worker_whose_loop_stands_though_redis_answers_is_not() -> None:
    said = "the worker's loop has not turned for 42 s, and Redis answers; 0 tasks wait in the queue"
    assert judged(pulse(still_seconds=42, idle_seconds=60), lambda: 0) == (False, said)


def test_a_worker_whose_redis_came_back_this_moment_is_well() -> None:
    stood = pulse(still_seconds=42, idle_seconds=60)
    assert judged(stood, lambda: 0, stood, pulse(idle_seconds=62)) == (
        True,
        "the worker is idle, for 62 s now; the queue is empty",
    )


def test_an_idle_worker_is_well() -> None:
    said = "the worker is idle, for 900 s now; the queue is empty"
    assert judged(pulse(idle_seconds=900), lambda: 0) == (True, said)


def test_a_worker_that_takes_nothing_from_a_queue_is_not() -> None:
    said = "the worker has taken no task for 900 s, and 12 wait in the queue"
    assert judged(pulse(idle_seconds=900), lambda: 12) == (False, said)


def test_a_worker_whose_first_task_in_a_while_came_this_moment_is_well() -> None:
    waited = pulse(idle_seconds=900)
    assert judged(waited, lambda: 12, waited, pulse(idle_seconds=1)) == (True, "the worker is working")


@pytest.mark.parametrize("state", ["reading", "waiting for Kafka at broker:9092: refused"])
def test_a_bridge_whose_loop_turns_is_well_and_says_its_state(state: str) -> None:
    seen = pulse(process="bridge", state=state, still_seconds=29)
    assert health.judge_bridge(seen) == (True, f"the bridge is {state}")


def test_a_bridge_whose_loop_stands_is_not() -> None:
    said = "the bridge's loop has not turned for 30 s; before that it was starting"
    assert health.judge_bridge(pulse(process="bridge", state="starting", still_seconds=30)) == (False, said)


def test_a_process_that_never_started_is_not_well(path: str) -> None:
    said = f"there is no file {path}: the worker never started, or it has another PULSE_FILE"
    assert health.check("worker", path) == (False, said)


def test_a_process_that_stopped_writing_is_not_well(path: str) -> None:
    seen = pulse(written_at=time.time() - 16)
    seen.write(path)
    said = f"the worker stands still: process {seen.pid} writes {path} each second, but last did so 16 s ago"
    assert health.check("worker", path) == (False, said)


def test_a_process_that_is_gone_is_not_well(path: str) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    pulse(pid=ended.pid).write(path)
    assert health.check("worker", path) == (False, f"the worker is gone: there is no process {ended.pid} any more")


def test_the_pulse_of_another_process_is_noticed(path: str) -> None:
    pulse(process="bridge").write(path)
    assert health.check("worker", path) == (
        False,
        f"{path} is the pulse of a bridge; give each process a PULSE_FILE of its own",
    )


def test_a_file_that_is_no_pulse_is_noticed(path: str) -> None:
    Path(path).write_text("{")
    well, said = health.check("worker", path)
    assert not well
    assert said.startswith(f"{path} can't be read as a pulse: ")


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"pid": "a"}, "its pid is 'a'; expected a whole number"),
        ({"pid": True}, "its pid is True; expected a whole number"),
        ({"pid": 10**30}, "expected a process's number"),
        ({"pid": -1}, "its pid is -1; expected a process's number"),
        ({"written_at": None}, "its written_at is None; expected a number"),
        ({"state": 5}, "its state is 5; expected text"),
        ({"idle_seconds": "900"}, "its idle_seconds is '900'; expected a number"),
    ],
)
def test_a_pulse_with_another_type_is_noticed(path: str, wrong: dict[str, Any], expected: str) -> None:
    pulse(**wrong).write(path)
    asked = run("worker", PULSE_FILE=path)
    assert (asked.returncode, asked.stderr) == (1, "")
    assert asked.stdout.startswith(f"{path} can't be read as a pulse: ")
    assert expected in asked.stdout


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runtime.health", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_command_asks_redis_for_the_queue(path: str, redis_url: str) -> None:
    pulse(idle_seconds=900).write(path)
    asked = run("worker", PULSE_FILE=path, REDIS_URL=redis_url)
    assert (asked.returncode, asked.stdout) == (0, "the worker is idle, for 900 s now; the queue is empty\n")
    with redis.Redis.from_url(redis_url) as client:
        client.rpush(QUEUE, "a task")
    asked = run("worker", PULSE_FILE=path, REDIS_URL=redis_url)
    assert (asked.returncode, asked.stdout) == (1, "the worker has taken no task for 900 s, and 1 wait in the queue\n")
    assert asked.stderr == ""


def test_the_command_is_well_where_redis_is_away(path: str) -> None:
    pulse(idle_seconds=900).write(path)
    asked = run("worker", PULSE_FILE=path, REDIS_URL="redis://127.0.0.1:1/0")
    assert asked.returncode == 0
    assert asked.stdout.startswith("the worker is waiting for Redis: Error 111 connecting to 127.0.0.1:1")


def test_the_command_needs_to_know_the_file() -> None:
    asked = run("bridge")
    said = "PULSE_FILE is not set; expected the path that the bridge got. Example: PULSE_FILE=/tmp/bridge.pulse\n"
    assert (asked.returncode, asked.stdout) == (1, said)


@pytest.mark.parametrize("arguments", [[], ["web"], ["worker", "bridge"]])
def test_the_command_needs_to_know_what_to_judge(arguments: list[str]) -> None:
    asked = run(*arguments)
    assert (asked.returncode, asked.stdout) == (2, "usage: python -m runtime.health worker|bridge\n")


def test_the_command_imports_next_to_nothing(path: str) -> None:
    pulse().write(path)
    judge = f"from runtime import health; health.check('worker', {path!r})"
    code = f"import sys; {judge}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    dear = {"celery", "flask", "kafka", "kombu", "pydantic", "redis", "sqlalchemy", "dataclasses", "logging"}
    assert not dear & set(loaded.stdout.split())


def test_queue_and_redis_are_the_ones_that_the_others_use() -> None:
    for settings in (ShopSettings, BridgeSettings):
        assert settings.model_fields["redis_url"].default == health.USUAL_REDIS


def test_a_bridge_that_stopped_reading_for_too_many_bad_messages_is_not() -> None:
    seen = pulse(process="bridge", state=f"{STOPPED}: 200 of the last 200 messages were bad")
    said = "the bridge has stopped reading: 200 of the last 200 messages were bad; its log says what to do"
    assert health.judge_bridge(seen) == (False, said)
