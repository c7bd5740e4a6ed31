"""Results without a measurement behind them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from benchmarks.case import Case, Contender, Goal
from benchmarks.results import Results, Round
from benchmarks.servers import Servers

RATE = "rows"


@contextmanager
def _nobody(_servers: Servers) -> Iterator[Mapping[str, Contender]]:
    yield {}


def case(*goals: Goal) -> Case:
    return Case("race", "A race", "Both run.", {RATE: "rows/s"}, _nobody, goals)


def results(*rounds: tuple[float, float], goals: tuple[Goal, ...] = (), stolen: float = 0.0) -> Results:
    """Each round: what `ours` gave, and what `theirs` gave."""
    measured = [
        Round({"ours": {RATE: ours}, "theirs": {RATE: theirs}}, stolen, 0.0, stolen > 0.03) for ours, theirs in rounds
    ]
    return Results(case(*goals), measured, {"cores": "2", "processor": "abacus", "date": "2026-11-27"})


def at_least(bound: float) -> Goal:
    return Goal(RATE, "ours", "theirs", "at least", bound)
