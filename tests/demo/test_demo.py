"""All of it under its supervisor: comes up, brings back what dies, ends without a trace, goes on with its data."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from demo.environment import USUAL_PORTS
from demo.home import Home
from devservices.processes import listens, tied_to_parent

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.integration, pytest.mark.slow]


class Demo:
    """A demo on free ports, its data in a directory of its own."""

    def __init__(self, directory: Path, output: Path) -> None:
        self.home = Home(directory)
        self._output = output
        command = [sys.executable, "-m", "demo", "--dir", str(directory), "--free-ports"]
        tied = tied_to_parent(command, signal.SIGTERM)  # also when somebody kills the tests
        with output.open("wb") as file:
            self.process = subprocess.Popen(tied, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)

    @property
    def said(self) -> str:
        return self._output.read_text()

    def wait_for(self, text: str, seconds: float = 60) -> None:
        _wait_until(lambda: text in self.said, seconds, lambda: f"no {text!r} in:\n{self.said}")

    def processes(self, name: str = r"\S+") -> list[int]:
        """Return the numbers of all processes of that name that it said it started."""
        return [int(number) for number in re.findall(rf" {name} started \(process (\d+)\)", self.said)]

    def end(self, how: signal.Signals) -> None:
        """Wait until it has ended: after half a minute it kills what is left."""
        self.process.send_signal(how)
        self.process.wait(90)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


@contextmanager
def _running(directory: Path, name: str) -> Iterator[Demo]:
    demo = Demo(directory, directory.with_name(f"{name}.txt"))
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.end(signal.SIGTERM)


@pytest.fixture(scope="module")
def demo(directory: Path) -> Iterator[Demo]:
    with _running(directory, "first") as demo:
        demo.wait_for("Ctrl-C ends everything")
        yield demo


def test_its_pages_answer(demo: Demo) -> None:
    settings = demo.home.read_environment()
    assert 'class="stock ' in _page(settings["DEMO_PAGE"])
    assert "Flower" in _page(settings["DEMO_FLOWER"])
    assert "<h1>Sign in</h1>" in _page(f"{settings['DEMO_PAGE']}ops")


def test_the_terminal_shows_what_became_of_messages_and_the_log_folder_has_each_step(demo: Demo) -> None:
    demo.wait_for(" applied: ")
    steps = {"inventory": "inventory INFO ", "bridge": " enqueued: ", "worker-1": " ready.", "worker-2": " ready."}
    for name, step in steps.items():
        log = demo.home.directory / "log" / f"{name}.log"
        _wait_until(lambda log=log, step=step: step in log.read_text(), 30, lambda log=log: log.read_text())  # type: ignore[misc]
    assert " enqueued: " not in demo.said
    assert "inventory INFO " not in demo.said


def test_a_second_demo_in_the_same_place_is_refused(demo: Demo, directory: Path) -> None:
    command = [sys.executable, "-m", "demo", "--dir", str(directory)]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    page = demo.home.read_environment()["DEMO_PAGE"]
    assert second.returncode == 1
    assert second.stderr == f"Error: A demo runs here already ({page}); Ctrl-C in its terminal ends it.\n"


def test_a_killed_worker_comes_back_and_a_line_says_so(demo: Demo) -> None:
    (worker,) = demo.processes("worker-1")
    os.kill(worker, signal.SIGKILL)
    demo.wait_for("worker-1 died (SIGKILL); it is started again", seconds=10)
    _wait_until(lambda: len(demo.processes("worker-1")) == 2, 30, lambda: demo.said)


def test_sigterm_ends_all_of_it_calmly_and_leaves_only_data(demo: Demo, directory: Path) -> None:
    settings = demo.home.read_environment()
    demo.end(signal.SIGTERM)
    assert demo.process.returncode == 0
    assert [number for number in demo.processes() if _lives(number)] == []
    assert [name for name in USUAL_PORTS if listens(int(settings[f"DEMO_{name.upper()}_PORT"]))] == []
    assert sorted(path.name for path in directory.iterdir()) == ["flower", "kafka", "log", "postgres", "valkey"]


def test_the_next_one_has_the_same_products_and_dies_as_a_whole_with_its_supervisor(
    demo: Demo, directory: Path
) -> None:
    assert demo.process.poll() is not None, "the test before this one ends the first demo"
    with _running(directory, "second") as again:
        again.wait_for("inventory started")
        with psycopg.connect(again.home.read_environment()["DATABASE_URL"]) as connection:
            codes = [code for (code,) in connection.execute("SELECT code FROM products ORDER BY id")]
        assert len(codes) == 20
        assert f"publish {codes[0]} 3" in demo.said
        again.end(signal.SIGKILL)
        _wait_until(lambda: not any(_lives(number) for number in again.processes()), 30, lambda: "processes are left")


def test_a_bad_setting_ends_it_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOW_STOCK_THRESHOLD", "many")
    with _running(tmp_path / "data", "bad") as demo:
        assert demo.process.wait(90) == 1
        assert "db upgrade failed: LOW_STOCK_THRESHOLD is 'many'; expected a whole number" in demo.said
        assert [number for number in demo.processes() if _lives(number)] == []


def _page(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as response:  # noqa: S310  (our own address)
        return str(response.read().decode())


def _lives(number: int) -> bool:
    """Whether the process runs; one that ended and that nobody waited for doesn't."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _wait_until(fact: Callable[[], bool], seconds: float, otherwise: Callable[[], str]) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.1)
