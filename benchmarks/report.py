"""What a person reads: lines while it runs; a table, a picture and all figures of each case in `results/`."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import picture, table
from benchmarks.case import Case, Figures
from benchmarks.results import Results

FOLDER = Path(__file__).parent / "results"
PAGE = "README.md"


def began(case: Case) -> None:
    """Say what is measured now."""
    _say(f"\n{case.name}: {case.title}\n")


def measured(case: Case, contender: str, figures: Figures) -> Figures:
    """Say what a contender gave in this round; return it."""
    said = (f"{name}: {table.number(value)} {case.figures[name]}" for name, value in figures.items())
    _say(f"  {contender:<28} {', '.join(said)}\n")
    return figures


def ended(results: Results, cases: Iterable[Case], folder: Path = FOLDER) -> None:
    """Write the case's files anew, and the page with the tables of all `cases` that have been measured."""
    folder.mkdir(exist_ok=True)
    name = results.case.name
    (folder / f"{name}.json").write_text(json.dumps(document(results), indent=1, ensure_ascii=False) + "\n")
    (folder / f"{name}.svg").write_bytes(picture.drawn(results))
    files = (folder / f"{case.name}.json" for case in cases)
    (folder / PAGE).write_text(table.page([json.loads(file.read_text()) for file in files if file.exists()]))
    for verdict in results.verdicts():
        reached = "reached" if verdict.is_met else "MISSED"
        _say(f"  {table.ratio(asdict(verdict.ratio))} of {verdict.goal.against}, {verdict.goal}: {reached}\n")
    _say(f"  {folder / name}.json, .svg, and {folder / PAGE}\n")


def document(results: Results) -> dict[str, Any]:
    """Return all that was measured, for programs and for the page."""
    case = results.case
    return {
        "case": case.name,
        "title": case.title,
        "how": case.how,
        "figures": dict(case.figures),
        "contenders": {
            name: {figure: asdict(results.spread(name, figure)) for figure in results.figures_of(name)}
            for name in results.contenders
        },
        "goals": [
            {
                "figure": one.goal.figure,
                "contender": one.goal.contender,
                "against": one.goal.against,
                "of": one.goal.of or one.goal.figure,
                "goal": str(one.goal),
                "ratio": asdict(one.ratio),
                "met": one.is_met,
            }
            for one in results.verdicts()
        ],
        "rounds": [asdict(one) for one in results.rounds],
        "machine": dict(results.machine),
    }


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
