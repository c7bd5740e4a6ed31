"""Faults of a worker."""

import os
import random
import signal
from itertools import cycle, islice
from pathlib import Path

from chaos import programs
from chaos.database import TABLE_LOCK
from chaos.experiment import Experiment
from chaos.fault import Setup, fault

KILLS = 10
KILL_SECONDS = 1.7  # no multiple of anything: a kill shall meet a worker in any moment of its work
ONE_HOUR = 3600

PREFORK = {"bridge": programs.bridge(), "worker": programs.worker("worker", "-P", "prefork", "-c", "2")}


@fault()
def killed(run: Experiment) -> None:
    """The two workers are killed (SIGKILL) in turn, again and again.

    What a killed worker held, had begun or was about to answer is done by a later settle.
    """
    for name in islice(cycle(run.shop.names("worker")), KILLS):
        run.shop.kill(name)
        run.wait(KILL_SECONDS)


@fault(Setup(programs=PREFORK))
def prefork_child_killed(run: Experiment) -> None:
    """A child of a prefork worker is killed (SIGKILL), again and again; its parent starts another."""
    chance = random.Random(1)
    for _ in range(KILLS):
        os.kill(chance.choice(_children(run.shop.pid("worker"))), signal.SIGKILL)
        run.wait(KILL_SECONDS)


@fault()
def stopped_fed_killed(run: Experiment) -> None:
    """A worker is frozen (SIGSTOP) while it asks for its next task, gets it, and is killed.

    Redis has handed the task over, and nobody has it: the settle is sent again.
    """
    for name in islice(cycle(run.shop.names("worker")), 4):
        run.shop.send(name, signal.SIGSTOP)
        run.wait(2)
        run.shop.kill(name)
        run.wait(3)


@fault()
def coming_and_going(run: Experiment) -> None:
    """Workers are ended in order (SIGTERM) and started, every other second, up to three at a time."""
    for turn in range(4):
        name = f"worker-{turn % 2 + 1}"
        run.start("worker-3", programs.worker("worker-3"))
        run.wait(2)
        run.replace(name, programs.worker(name))
        run.wait(2)
        run.shop.stop("worker-3")


@fault()
def clock_an_hour_off(run: Experiment) -> None:
    """One worker's clock is an hour ahead, the other's an hour behind, while tasks are tried again later.

    No clock but the broker's decides which count is the newer.
    """
    for name, shift in (("worker-1", ONE_HOUR), ("worker-2", -ONE_HOUR)):
        run.replace(name, programs.shifted_worker(name, shift))
    run.wait(5)
    with run.database.held(TABLE_LOCK):
        run.wait(5)
    run.wait(5)


def _children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children]
