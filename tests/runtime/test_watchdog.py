"""What the watchdog sees of a process, and which it ends; real workers and bridges: tests/end_to_end/test_health.py."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.pulse import Activity, Pulse
from runtime.watchdog import HUNG, MOST_PER_TICK, Limit, Watchdog
from tests.runtime.pulses import pulse

TURN = Limit(3, "BRIDGE_STEP_LIMIT")
TASK = Limit(3, "WORKER_TASK_LIMIT")

# A process whose main thread is at `{hangs}`; its watchdog looks twenty times a second.
PROCESS = """
import logging, re, signal, sys, threading, time
from pathlib import Path
from runtime import watchdog
from runtime.pulse import Activity
logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s")
watchdog.TICK, watchdog.MOST_PER_TICK, watchdog.LAST_WORDS = 0.05, 0.1, 0.3
activity = Activity("starting")
watchdog.Watchdog(
    "bridge", activity, Path(sys.argv[1]), turn_limit=watchdog.Limit(0.5, "BRIDGE_STEP_LIMIT")
).start()
def hang():
    {hangs}
hang()
"""


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def start(started: list[subprocess.Popen[str]], tmp_path: Path, hangs: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROCESS.format(hangs=hangs), str(tmp_path / "pulse")]
    started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    return started[-1]


def test_a_pulse_ages_while_nothing_happens() -> None:
    activity = Activity("reading")
    watchdog = Watchdog("bridge", activity, None)
    for expected in (0.0, 1.0, 2.0):
        seen = watchdog.look(1)
        assert (seen.state, seen.still_seconds, seen.idle_seconds) == ("reading", expected, expected)
    activity.turned("waiting for Kafka")
    seen = watchdog.look(1)
    assert (seen.state, seen.still_seconds, seen.idle_seconds) == ("waiting for Kafka", 0, 3)


def test_a_task_is_timed_from_its_begin_to_its_end() -> None:
    activity = Activity("working")
    watchdog = Watchdog("worker", activity, None, task_limit=TASK)
    activity.begins("t-1")
    assert [watchdog.look(1).task_seconds for _ in range(3)] == [0, 1, 2]
    activity.ended()
    assert (watchdog.look(1).task, watchdog.look(1).task_seconds) == ("", 0)
    activity.begins("t-2")
    assert (watchdog.look(1).task_seconds, watchdog.look(1).task_seconds) == (0, 1)


def test_many_short_tasks_are_not_one_long_one() -> None:
    activity = Activity("working")
    watchdog = Watchdog("worker", activity, None, task_limit=TASK)
    for _ in range(20):
        activity.ended()
        activity.begins("t-1")  # the same message again
        assert not watchdog.verdict(watchdog.look(1))


def test_a_loop_that_stands_beyond_its_limit_hangs() -> None:
    watchdog = Watchdog("bridge", Activity("starting"), None, turn_limit=TURN)
    verdicts = [watchdog.verdict(watchdog.look(1)) for _ in range(4)]
    assert verdicts == ["", "", "", "the bridge's loop has not turned for 3 s (BRIDGE_STEP_LIMIT is 3)"]


def test_a_task_that_runs_beyond_its_limit_hangs() -> None:
    activity = Activity("working")
    watchdog = Watchdog("worker", activity, None, task_limit=TASK)
    activity.begins("t-1")
    verdicts = [watchdog.verdict(watchdog.look(1)) for _ in range(4)]
    assert verdicts == ["", "", "", "task t-1 has run for 3 s (WORKER_TASK_LIMIT is 3)"]


def test_a_worker_may_wait_for_ever_between_tasks() -> None:
    watchdog = Watchdog("worker", Activity("waiting for Redis"), None, task_limit=TASK)
    assert not any(watchdog.verdict(watchdog.look(1)) for _ in range(100))


def test_a_process_that_was_stopped_did_not_hang() -> None:
    watchdog = Watchdog("bridge", Activity("reading"), None, turn_limit=TURN)
    watchdog.look(1)
    assert watchdog.look(3600).still_seconds == MOST_PER_TICK


def test_a_process_that_hangs_ends_with_one_sentence(started: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    process = start(started, tmp_path, "threading.Event().wait()")
    said, errors = process.communicate(timeout=20)
    assert process.returncode == HUNG
    assert said.startswith("CRITICAL the bridge's loop has not turned for ")
    assert "(BRIDGE_STEP_LIMIT is 0.5), at python3." in said
    assert "threading.py:" in said
    assert ", called from <string>:13 (hang), <string>:14 (<module>)" in said
    assert said.endswith("; this process ends itself, and what runs it starts it again\n")
    assert errors == ""


def test_a_process_whose_loop_turns_lives_and_its_pulse_goes_on(
    started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    hangs = "while True: activity.turned('reading'); time.sleep(0.02)"
    process = start(started, tmp_path, hangs)
    pulse_of(tmp_path)
    time.sleep(1.5)  # three times its limit
    assert process.poll() is None
    seen = pulse_of(tmp_path)
    assert (seen.process, seen.pid, seen.state) == ("bridge", process.pid, "reading")
    assert seen.age < 15


def test_a_process_that_was_stopped_for_longer_than_its_limit_goes_on(
    started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    hangs = "while True: activity.turned('reading'); time.sleep(0.02)"
    process = start(started, tmp_path, hangs)
    before = pulse_of(tmp_path)
    process.send_signal(signal.SIGSTOP)
    time.sleep(1)  # twice its limit
    process.send_signal(signal.SIGCONT)
    while pulse_of(tmp_path).written_at < before.written_at + 1.5:
        time.sleep(0.05)
        assert process.poll() is None


def test_a_process_that_hangs_with_the_log_in_its_hands_ends(
    started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = start(started, tmp_path, "logging.root.handlers[0].acquire(); threading.Event().wait()")
    assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == HUNG


def test_a_process_that_never_lets_go_of_the_interpreter_ends(
    started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = start(started, tmp_path, "re.match('(a+)+$', 'a' * 50 + '!')")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGPROF
    assert "in hang" in errors


def test_a_pulse_that_cannot_be_written_is_told_once(started: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    (tmp_path / "pulse").mkdir()
    process = start(started, tmp_path, "threading.Event().wait()")
    said, _ = process.communicate(timeout=20)
    assert said.count("WARNING can't write PULSE_FILE, so no health check can tell how this process does: ") == 1
    assert process.returncode == HUNG


def test_two_processes_do_not_write_one_pulse(started: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    others = pulse(pid=os.getpid())
    others.write(str(tmp_path / "pulse"))
    said, _ = start(started, tmp_path, "threading.Event().wait()").communicate(timeout=20)
    assert said.count(f"process {os.getpid()} writes {tmp_path}/pulse, too; give each process a file of its own") == 1
    assert pulse_of(tmp_path) == others


def test_the_pulse_of_a_process_that_is_gone_is_taken_over(
    started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    pulse(pid=ended.pid).write(str(tmp_path / "pulse"))
    process = start(started, tmp_path, "threading.Event().wait()")
    process.communicate(timeout=20)
    assert pulse_of(tmp_path).pid == process.pid


def pulse_of(tmp_path: Path) -> Pulse:
    """Return the pulse once it is there."""
    deadline = time.monotonic() + 20
    while not (tmp_path / "pulse").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return Pulse.read(str(tmp_path / "pulse"))
