"""The machine: what it is, and how much of it others took."""

import os
import platform
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import of_others

LIMIT = 0.03  # of all CPU time: where others took more, a round is marked

_STEAL = 7  # its place in /proc/stat's first line, after the name: user nice system idle iowait irq softirq steal


@dataclass
class Disturbance:
    """What disturbed a round, as shares of all CPU time; zero where the system doesn't tell.

    `stolen`: what a hypervisor gave to other machines; `others`: what processes took that are none of ours.
    """

    stolen: float = 0.0
    others: float = 0.0

    @property
    def is_marked(self) -> bool:
        """Whether its figures deserve doubt."""
        return self.stolen + self.others > LIMIT


@contextmanager
def watched() -> Iterator[Disturbance]:
    """Measure what disturbs the block; known when it is left."""
    disturbance = Disturbance()
    ticks, others, began_at = _ticks(), of_others(), time.perf_counter()
    yield disturbance
    took = time.perf_counter() - began_at
    disturbance.stolen = _share_stolen(ticks, _ticks())
    now = of_others()  # one that has ended since is not seen: others took this much at least
    disturbance.others = sum(now[pid] - others.get(pid, 0.0) for pid in now) / (took * (os.cpu_count() or 1))


def _share_stolen(before: list[int], after: list[int]) -> float:
    spent = sum(after) - sum(before)
    return (after[_STEAL] - before[_STEAL]) / spent if spent else 0.0


def description() -> dict[str, str]:
    """Return what a reader wants to know of this machine."""
    memory = int(_found(r"MemTotal:\s*(\d+)", "/proc/meminfo") or 0)
    return {
        "processor": _found(r"model name\s*:\s*(.+)", "/proc/cpuinfo") or platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 2**20:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }


def _ticks() -> list[int]:
    """Return all CPU time since boot by kind; empty where the system doesn't tell."""
    line = _found(r"^cpu +(.+)", "/proc/stat")
    return [int(number) for number in line.split()[: _STEAL + 1]] if line else []


def _found(pattern: str, file: str) -> str | None:
    try:
        found = re.search(pattern, Path(file).read_text(), re.MULTILINE)
    except OSError:
        return None
    return found[1] if found else None
