"""A run: the faults one after another on the same servers, each with a deadline, then the table."""

import fcntl
import logging
import os
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from chaos import report
from chaos.experiment import Experiment, NotSteady, Result, opened
from chaos.fault import Fault
from chaos.servers import Servers, shared_servers
from chaos.supervisor import ROOT
from devservices import ServiceError

HOME = ROOT / ".chaos"
DEADLINE_SECONDS = 300  # of one fault, from its first process to its verdict

log = logging.getLogger(__name__)


class Refused(Exception):
    """This run can't begin; one sentence."""


class Overdue(Exception):
    """A fault, or its healing, hangs."""


def run(faults: Iterable[Fault], rate: int, home: Path = HOME) -> bool:
    """Run `faults` at `rate` messages a second, say what became of each; return whether all promises were kept.

    Raises Refused while another run uses `home`, ServiceError where the servers don't start.
    """
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    results = []
    with occupied(home), shared_servers(home / "servers") as servers:
        for fault in faults:
            report.began(fault)
            results.append(_conduct(fault, servers, home / fault.name, rate))
            report.ended(results[-1], home / fault.name)
            servers.make_healthy()
    sys.stdout.write(report.table(results))
    return all(not result.failures for result in results)


def _conduct(fault: Fault, servers: Servers, folder: Path, rate: int) -> Result:
    folder.mkdir()
    result = Result(fault.name)
    with _logged_to(folder / "experiment.log"):
        try:
            with opened(fault, servers, folder, rate) as experiment:
                _hurt_and_heal(experiment, result)
        except (NotSteady, Overdue, ServiceError) as error:
            result.failures.append(str(error))
        except Exception as error:
            log.exception("the experiment itself fails")
            result.failures.append(f"the experiment itself fails, {type(error).__name__}: {error}")
    return result


def _hurt_and_heal(experiment: Experiment, result: Result) -> None:
    try:
        with _deadline(DEADLINE_SECONDS):
            experiment.reach_steady_state()
            log.info("the fault begins")
            experiment.fault.act(experiment)
            log.info("the world is healed")
            result.seconds, result.failures = experiment.settle()
            log.info("%s", result.failures or "the shop shows what the log says")
        experiment.shop.close()
        result.failures = result.failures or [f"after it was closed, {failure}" for failure in experiment.failures()]
        result.failures += [*experiment.crashes(), *experiment.missed_lane()]
    finally:
        result.updates = experiment.fold.messages or experiment.stream.sent
        result.restarts = experiment.shop.restarts


@contextmanager
def _deadline(seconds: int) -> Iterator[None]:
    """Raise Overdue in the block after so many seconds, whatever it waits for."""

    def raise_overdue(_number: int, _frame: FrameType | None) -> NoReturn:
        raise Overdue(f"not over after {seconds} s")

    signal.signal(signal.SIGALRM, raise_overdue)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


@contextmanager
def _logged_to(file: Path) -> Iterator[None]:
    handler = logging.FileHandler(file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    logging.getLogger("chaos").addHandler(handler)
    logging.getLogger("chaos").setLevel(logging.INFO)
    try:
        yield
    finally:
        logging.getLogger("chaos").removeHandler(handler)
        handler.close()


@contextmanager
def occupied(home: Path) -> Iterator[None]:
    """Empty `home` and keep it to this process. Raises Refused while another run has it."""
    home.mkdir(exist_ok=True)
    handle = os.open(home, os.O_RDONLY)  # a lock on the directory: the kernel lets go however we end
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in home.iterdir():
            shutil.rmtree(left)
        yield
    except BlockingIOError:
        raise Refused(f"another run uses {home}; Ctrl-C in its terminal ends it") from None
    finally:
        os.close(handle)
