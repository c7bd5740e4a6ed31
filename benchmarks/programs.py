"""The processes of all contenders: the shop's as an operator runs them, and the baselines'."""

import sys

from chaos.programs import bridge, worker
from chaos.supervisor import Program

_BASELINES = "benchmarks.baselines"


def usual_bridge() -> Program:
    """Return the bridge that calls `delay()` for each message."""
    return Program((sys.executable, "-m", f"{_BASELINES}.usual_bridge"))


__all__ = ["bridge", "usual_bridge", "worker"]
