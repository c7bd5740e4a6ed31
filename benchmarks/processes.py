"""What running processes have taken of the machine, as Linux counts it."""

import os
import re
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_KERNEL = 2  # the parent of all its threads
_USER, _SYSTEM = 11, 12  # their places in /proc/PID/stat, after the name


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process and all that it started and still live have taken since they began."""
    return sum(map(_ticks, _family(pid))) / _TICKS_A_SECOND


def of_others() -> dict[int, float]:
    """Return by id the CPU seconds of every process that is neither this one nor started by it, nor the kernel's."""
    ours = {*_family(os.getpid()), *_family(_KERNEL)}
    pids = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    return {pid: _ticks(pid) / _TICKS_A_SECOND for pid in pids if pid not in ours}


def resident_mebibytes(pid: int) -> float:
    """Return how much memory a process holds now."""
    found = re.search(r"VmRSS:\s*(\d+) kB", _read(pid, "status"))
    return int(found[1]) / 1024 if found else 0.0


def _family(pid: int) -> list[int]:
    children = map(int, _read(pid, f"task/{pid}/children").split())
    return [pid, *(one for child in children for one in _family(child))]


def _ticks(pid: int) -> int:
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return int(fields[_USER]) + int(fields[_SYSTEM]) if fields else 0


def _read(pid: int, file: str) -> str:
    try:
        return Path(f"/proc/{pid}/{file}").read_text()
    except OSError:  # it has just ended
        return ""
