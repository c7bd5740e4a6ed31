"""Programs that die are started again and counted; nothing is left behind."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chaos.supervisor import Program, Supervisor

SLEEPS = Program((sys.executable, "-c", "import time; time.sleep(60)"))


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(tmp_path, {"PATH": os.environ["PATH"], "WHO": "everybody"}) as running:
        yield running


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def program(code: str, **environment: str) -> Program:
    return Program((sys.executable, "-c", code), environment)


def test_what_is_killed_is_started_again_and_counted(supervisor: Supervisor) -> None:
    supervisor.start("sleeper", SLEEPS)
    first = supervisor.pid("sleeper")
    supervisor.kill("sleeper")
    until(lambda: supervisor.restarts["sleeper"] == 1)
    assert supervisor.pid("sleeper") != first
    assert is_alive(supervisor.pid("sleeper"))
    assert supervisor.ended == {}


def test_what_ends_by_itself_is_noted_with_its_status(supervisor: Supervisor) -> None:
    supervisor.start("failing", program("raise SystemExit(3)"))
    until(lambda: supervisor.restarts["failing"] >= 2)
    assert set(supervisor.ended["failing"]) == {3}


def test_what_is_stopped_stays_away_even_if_it_was_frozen(supervisor: Supervisor) -> None:
    supervisor.start("sleeper", SLEEPS)
    pid = supervisor.pid("sleeper")
    supervisor.send("sleeper", signal.SIGSTOP)
    supervisor.stop("sleeper")
    assert not is_alive(pid)
    assert supervisor.names() == []


def test_each_program_gets_everybodys_variables_and_its_own(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start("shower", program("import os; print(os.environ['WHO'], os.environ['OWN'])", OWN="mine"))
    until(lambda: "everybody mine\n" in (tmp_path / "shower.log").read_text())


def test_children_that_a_killed_program_leaves_end_too(supervisor: Supervisor, tmp_path: Path) -> None:
    forks = "import os, time; print(os.fork(), flush=True); time.sleep(60)"
    supervisor.start("parent", program(forks))
    until(lambda: (tmp_path / "parent.log").read_text().count("\n") == 2)
    child = max(map(int, (tmp_path / "parent.log").read_text().split()))
    supervisor.kill("parent")
    until(lambda: not is_alive(child))


def test_all_end_when_it_closes(tmp_path: Path) -> None:
    with Supervisor(tmp_path, {}) as supervisor:
        for name in ("one", "two"):
            supervisor.start(name, SLEEPS)
        pids = [supervisor.pid(name) for name in supervisor.names()]
    assert not any(map(is_alive, pids))
