"""What a check finds: a sentence and how bad it is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a check. Only `wrong` makes it fail; the sentence of `warning` and `wrong` says what to do."""

    level: Level
    sentence: str


def tell(findings: Iterable[Finding], say: Callable[[str], None]) -> bool:
    """Say each finding as soon as it is found, and how it ends; return whether nothing is wrong."""
    counts = {"warning": 0, "wrong": 0}
    for finding in findings:
        say(f"{finding.level:<8} {finding.sentence}")
        if finding.level in counts:
            counts[finding.level] += 1
    say("; ".join(_counted(number, level) for level, number in counts.items() if number) or "everything is all right")
    return not counts["wrong"]


def _counted(number: int, level: str) -> str:
    if level == "warning":
        return f"{number} warning{'' if number == 1 else 's'}"
    return f"{number} {'thing is' if number == 1 else 'things are'} wrong"
