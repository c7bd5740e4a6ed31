"""What a person reads: a line when a fault begins, one when it has ended, and the table."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chaos.experiment import Result
from chaos.fault import Fault
from chaos.supervisor import ROOT

HEADINGS = ("fault", "updates", "healed in", "restarts", "verdict")


def began(fault: Fault) -> None:
    """Say what is done now."""
    _say(f"\n{fault.name}: {fault.summary}\n")


def ended(result: Result, folder: Path) -> None:
    """Say how it ended; where it failed: what differs, and where the logs are."""
    _, updates, healed, restarts, verdict = _columns(result)
    _say(f"  {verdict}: {updates} updates, healed in {healed or '-'}, restarts: {restarts or 'none'}\n")
    for failure in result.failures:
        _say(f"  - {failure}\n")
    if result.failures:
        shown = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
        _say(f"  logs: {shown}; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")


def table(results: Sequence[Result]) -> str:
    """Return a line for each fault in columns, and how many were withstood."""
    lines = [HEADINGS, *map(_columns, results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    rows = ("  ".join(part.ljust(width) for part, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    kept = sum(not result.failures for result in results)
    return "\n" + "\n".join(rows) + f"\n\n{kept} of {len(results)} faults withstood\n"


def _columns(result: Result) -> tuple[str, ...]:
    healed = "" if result.seconds is None else f"{result.seconds:.1f} s"
    restarts = ", ".join(f"{name} {count}" for name, count in sorted(result.restarts.items()))
    return (result.fault, str(result.updates), healed, restarts, "FAILED" if result.failures else "ok")


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
