"""What a case is: contenders for one job, the figures that each gives in a round, and the goals."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from benchmarks.servers import Servers

Figures = Mapping[str, float]
"""What one contender gave in one round, by the figure's name."""

Contender = Callable[[], Figures]
"""Does the job once. Raises WrongResult where it was not done as the log says."""


class WrongResult(RuntimeError):
    """A contender is not measured: it did the job wrong, or not at all. One sentence."""


@dataclass(frozen=True, slots=True)
class Goal:
    """The median ratio of `contender` to `against` shall be at least, or at most, `bound`.

    `figure` names what is compared; where `of` is given, it is compared with the other's figure of that name.
    """

    figure: str
    contender: str
    against: str
    kind: Literal["at least", "at most"]
    bound: float
    of: str = ""

    def is_met(self, ratio: float) -> bool:
        """Whether `ratio` reaches the goal."""
        return ratio >= self.bound if self.kind == "at least" else ratio <= self.bound

    def __str__(self) -> str:
        sign = "≥" if self.kind == "at least" else "≤"
        return f"{sign} {self.bound:g}×"


@dataclass(frozen=True, slots=True)
class Case:
    """One question to be measured.

    `figures` has the unit of each figure, `how` says in a sentence or two what is done, so that a reader can judge it.
    `opened` makes ready what the contenders share and gives them by name, in the order of the table.
    """

    name: str
    title: str
    how: str
    figures: Mapping[str, str]
    opened: Callable[[Servers], AbstractContextManager[Mapping[str, Contender]]]
    goals: tuple[Goal, ...] = ()
    rounds: int = 3
    on_request: bool = False
    """Takes so long that only `--case` runs it."""
