"""The processes of all contenders: the shop's as an operator runs them, and the baselines'.

Every worker sends events: Flower lives on them, and the shop's workers always do.
"""

import sys
from collections.abc import Mapping

from chaos.programs import bridge, worker
from chaos.supervisor import Program

_BASELINES = "benchmarks.baselines"
_QUIET = {"PYTHONWARNINGS": "ignore:You're running the worker"}  # as root, in a container
_HOME_ALONE = ("--without-mingle", "--without-gossip")


def workers(number: int, **settings: str) -> dict[str, Program]:
    """Return so many of the shop's workers by name, `settings` in their environment."""
    found = {name: worker(name) for name in _names(number)}
    return {name: Program(one.command, {**one.environment, **settings}) for name, one in found.items()}


def usual_bridge() -> Program:
    """Return the bridge that calls `delay()` for each message."""
    return _python("usual_bridge")


def direct() -> Program:
    """Return the reader that updates a row for each message."""
    return _python("direct")


def direct_batched(number: int) -> dict[str, Program]:
    """Return so many readers that update 500 rows at once."""
    return {f"reader-{one}": _python("direct_batched") for one in range(1, number + 1)}


def usual_worker(processes: int = 2) -> dict[str, Program]:
    """Return the usual worker with a pool of so many processes, Celery's defaults else."""
    return {"worker": _celery("usual_worker", "worker", "--concurrency", str(processes))}


def noop_workers(number: int, count_folder: str) -> dict[str, Program]:
    """Return so many workers whose tasks do nothing; they count in `count_folder`."""
    settings = {"COUNT_FOLDER": count_folder}
    return {name: _celery("noop_worker", name, "--pool", "solo", **settings) for name in _names(number)}


def bridge_without_settles(**settings: str) -> Program:
    """Return the shop's bridge without what makes it safe."""
    return _python("bridge_without_settles", **settings)


def web(port: int, application: str = "wsgi:app", processes: int = 2) -> Program:
    """Return the shop's pages, or another application, behind so many processes of gunicorn."""
    options = ("--bind", f"127.0.0.1:{port}", "--workers", str(processes))
    return Program((sys.executable, "-m", "gunicorn", *options, application))


def _names(number: int) -> list[str]:
    return [f"worker-{one}" for one in range(1, number + 1)]


def _python(module: str, **settings: str) -> Program:
    return Program((sys.executable, "-m", f"{_BASELINES}.{module}"), settings)


def _celery(module: str, name: str, *pool: str, **settings: str) -> Program:
    command = (sys.executable, "-m", "celery", "-q", "-A", f"{_BASELINES}.{module}", "worker", *pool)
    options = ("--task-events", *_HOME_ALONE, "--hostname", f"{name}@%h")
    environment: Mapping[str, str] = {**_QUIET, **settings}
    return Program((*command, *options), environment)


__all__ = [
    "bridge",
    "bridge_without_settles",
    "direct",
    "direct_batched",
    "noop_workers",
    "usual_bridge",
    "usual_worker",
    "web",
    "worker",
    "workers",
]
