"""The shop's processes, as an operator runs them, and the odd ones that a fault needs in their place."""

import sys

from chaos.supervisor import Program

_QUIET = {"PYTHONWARNINGS": "ignore:You're running the worker"}  # as root, in a container


def bridge(module: str = "bridge", **settings: str) -> Program:
    """Return the bridge; another `module` is one of this package that runs it with a fault inside."""
    return Program((sys.executable, "-m", module), settings)


def worker(name: str, *pool: str, module: str = "celery") -> Program:
    """Return a worker; `pool` is Celery's choice of pool and its size, `solo` where none is given."""
    chosen = pool or ("-P", "solo")
    quiet = ("--without-mingle", "--without-gossip", "--hostname", f"{name}@%h")
    return Program((sys.executable, "-m", module, "-q", "-A", "storefront.worker", "worker", *chosen, *quiet), _QUIET)


def shifted_worker(name: str, seconds: float) -> Program:
    """Return a worker whose clock is so far ahead; behind, where that is below zero."""
    odd = worker(name, module="chaos.broken.shifted_worker")
    return Program(odd.command, {**odd.environment, "CLOCK_SHIFT": str(seconds)})


def flower(port: int) -> Program:
    """Return Flower, whose API takes orders from this machine."""
    where = ("--address=127.0.0.1", f"--port={port}")
    command = (sys.executable, "-m", "celery", "-A", "storefront.worker", "flower", "--read_only=False", *where)
    return Program(command, {"FLOWER_UNAUTHENTICATED_API": "true"})


def workers(count: int) -> dict[str, Program]:
    """Return `count` of the usual ones by name."""
    return {name: worker(name) for name in (f"worker-{number}" for number in range(1, count + 1))}


USUAL = {"bridge": bridge(), **workers(2)}
