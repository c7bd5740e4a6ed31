"""A run: the rounds of each case, all contenders in each, first a different one every time."""

import logging
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks import machine, report
from benchmarks.case import Case, Contender
from benchmarks.cases import CASES
from benchmarks.results import Results, Round
from benchmarks.servers import running_servers


def run(cases: Iterable[Case], rounds: int | None = None) -> None:
    """Measure `cases`, each in so many rounds (None: as many as it asks for), and write what came out.

    Raises WrongResult where a contender did its job wrong, ServiceError where the servers don't start.
    """
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    with _folder() as folder, running_servers(folder) as servers:
        for case in cases:
            report.began(case)
            with case.opened(servers) as contenders:
                measured = [_round(case, number, contenders) for number in range(rounds or case.rounds)]
            results = Results(case, measured, machine.description())
            report.ended(results, CASES.values())


def _round(case: Case, number: int, contenders: Mapping[str, Contender]) -> Round:
    names = list(contenders)
    order = names[number % len(names) :] + names[: number % len(names)]
    with machine.watched() as disturbance:
        measured = {name: report.measured(case, name, contenders[name]()) for name in order}
    figures = {name: measured[name] for name in names}
    return Round(figures, disturbance.stolen, disturbance.others, disturbance.is_marked)


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder for servers and logs; it stays where the run failed, so that somebody can look."""
    folder = Path(tempfile.mkdtemp(prefix="benchmarks-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user where root starts it
    yield folder
    shutil.rmtree(folder)
