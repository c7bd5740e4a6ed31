"""A process and its children, in a process of its own: what it changes of Prometheus's client holds for a process."""

import subprocess
import sys
from pathlib import Path

import pytest

from devservices.processes import free_port
from runtime.forked import free_slot

ROOT = Path(__file__).parents[2]

PARENT = """
import os, tempfile
from urllib.request import urlopen
from runtime.forked import ForkedMetrics
from runtime.metrics import TASKS, counter
from runtime.settings import MetricsSettings

port = int(os.environ["METRICS_PORT"])
shared = ForkedMetrics()
shared.serve(MetricsSettings())
tasks = counter(TASKS, None)

def work(slot, times):
    pid = os.fork()
    if not pid:
        shared.enter(slot)
        tasks.labels("t", "applied").inc(times)
        os._exit(0)
    os.waitpid(pid, 0)

def counted():
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return float(answer.read().split()[-1])

work(0, 1)
work(1, 2)
print(counted())
work(0, 4)
print(counted(), len(os.listdir(os.environ["PROMETHEUS_MULTIPROC_DIR"])))
shared.close()
print(os.listdir(tempfile.gettempdir()))
"""


def test_children_count_as_one_and_one_that_follows_another_counts_on(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PARENT],  # Python 3.12 on: of forks beside threads
        cwd=ROOT,
        env={"METRICS_PORT": str(free_port()), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("3.0\n7.0 2\n[]\n", "")


@pytest.mark.parametrize(("taken", "free"), [([], 0), ([0, 1], 2), ([1], 0), ([0, 2], 1)])
def test_the_lowest_free_slot_is_taken(taken: list[int], free: int) -> None:
    assert free_slot(taken) == free
