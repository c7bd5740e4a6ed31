"""The machine: what it is, and how much of it others took."""

import os
import platform
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STOLEN_LIMIT = 0.03  # of all CPU time: above, a round is marked

_STEAL = 7  # its place in /proc/stat's first line, after the name: user nice system idle iowait irq softirq steal


@dataclass
class Disturbance:
    """What disturbed a round: `stolen`, the share of CPU time that a hypervisor gave to others; None: not known."""

    stolen: float | None = None

    @property
    def is_marked(self) -> bool:
        """Whether its figures deserve doubt."""
        return self.stolen is not None and self.stolen > STOLEN_LIMIT


@contextmanager
def watched() -> Iterator[Disturbance]:
    """Measure what disturbs the block; known when it is left."""
    disturbance = Disturbance()
    before = _ticks()
    yield disturbance
    after = _ticks()
    if before and after:
        spent = sum(after) - sum(before)
        disturbance.stolen = (after[_STEAL] - before[_STEAL]) / spent if spent else 0.0


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
