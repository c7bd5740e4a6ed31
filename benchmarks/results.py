"""What the rounds gave: medians, and ratios within a round, the only ones that count on a shared machine."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.case import Case, Figures, Goal


@dataclass(frozen=True, slots=True)
class Round:
    """One round: each contender's figures, and which shares of the CPU time other machines and other processes took."""

    figures: dict[str, Figures]
    stolen: float
    others: float
    marked: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """The lowest, the middle and the highest of several values."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """Return the spread of `values`, of which there must be one at least."""
        found = list(values)
        return cls(min(found), median(found), max(found))


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal, the ratio that was measured, and whether that is enough."""

    goal: Goal
    ratio: Spread

    @property
    def is_met(self) -> bool:
        """Whether the median reaches the goal."""
        return self.goal.is_met(self.ratio.middle)


@dataclass(frozen=True)
class Results:
    """A case and its rounds."""

    case: Case
    rounds: Sequence[Round]
    machine: dict[str, str] = field(default_factory=dict)

    @property
    def contenders(self) -> list[str]:
        """Their names, in the order of the table."""
        return list(self.rounds[0].figures)

    def figures_of(self, contender: str) -> list[str]:
        """Return the figures that a contender gives: not each one gives all."""
        return list(self.rounds[0].figures[contender])

    def spread(self, contender: str, figure: str) -> Spread:
        """Return what a contender gave, over all rounds."""
        return Spread.of(one.figures[contender][figure] for one in self.rounds)

    def ratio(self, goal: Goal) -> Spread:
        """Return by how much its contender has more than what it is held against, round by round."""
        return Spread.of(
            one.figures[goal.contender][goal.figure] / one.figures[goal.against][goal.of or goal.figure]
            for one in self.rounds
        )

    def verdicts(self) -> Iterator[Verdict]:
        """Give what became of each goal."""
        return (Verdict(goal, self.ratio(goal)) for goal in self.case.goals)
