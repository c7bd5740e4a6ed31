"""The page with the tables of all cases, in Markdown, made from what the JSON files hold."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_HEAD = """# What `make bench` measured

Made by `make bench`; don't edit. Each figure is the lowest · **median** · highest of its rounds. The machine is shared
and noisy: only a ratio within a round counts, so a goal is held against the median of the rounds' ratios. A round with
more than three per cent of its CPU time taken by others, machines or processes, is marked. All workers send events, the
baselines' as well as the shop's; none of them sends mingle or gossip.
"""

Document = Mapping[str, Any]
"""What one case's JSON file holds."""


def page(documents: Sequence[Document]) -> str:
    """Return the page for `documents`, in their order."""
    return "\n".join([_HEAD, *(line for one in documents for line in _section(one))])


def number(value: float) -> str:
    """Return `value` with three digits that mean something: 12,300, 4.56."""
    if abs(value) >= 100:  # noqa: PLR2004  (three digits)
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def spread(values: Mapping[str, float]) -> str:
    """Return lowest, median and highest."""
    return f"{number(values['low'])} · **{number(values['middle'])}** · {number(values['high'])}"


def ratio(values: Mapping[str, float]) -> str:
    """Return lowest, median and highest of a ratio in plain text."""
    return f"{values['low']:.2f}–{values['middle']:.2f}–{values['high']:.2f}×"


def _section(document: Document) -> Iterator[str]:
    yield f"## {document['title']}\n"
    yield f"{document['how']}\n"
    yield from _rows(["contender", *(_heading(*one) for one in document["figures"].items())], _figures(document))
    if document["goals"]:
        yield from _rows(["compared", "ratio", "goal", ""], _goals(document))
    yield f"![{document['title']}]({document['case']}.svg)\n"
    yield f"{_rounds(document)} `make bench CASE={document['case']}` measures it again.\n"


def _rows(headings: list[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"| {' | '.join('---' for _ in headings)} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _heading(figure: str, unit: str) -> str:
    return unit if unit.startswith(figure) else f"{figure}, {unit}"


def _figures(document: Document) -> Iterator[list[str]]:
    for name, figures in document["contenders"].items():
        yield [name, *(spread(figures[figure]) if figure in figures else "" for figure in document["figures"])]


def _goals(document: Document) -> Iterator[list[str]]:
    for goal in document["goals"]:
        other = "" if goal["of"] == goal["figure"] else f" {goal['of']}"
        compared = f"{goal['figure']}: {goal['contender']} against {goal['against']}{other}"
        values = goal["ratio"]
        shown = f"{values['low']:.2f} · **{values['middle']:.2f}** · {values['high']:.2f}"
        yield [compared, shown, goal["goal"], "reached" if goal["met"] else "**missed**"]


def _rounds(document: Document) -> str:
    rounds, machine = document["rounds"], document["machine"]
    marked = [
        f"round {place} (others took {one['stolen'] + one.get('others', 0):.0%} of its CPU time)"
        for place, one in enumerate(rounds, 1)
        if one["marked"]
    ]
    where = f"{machine['cores']} cores of {machine['processor']}, {machine['date']}" if machine else "some machine"
    doubtful = f"; to be doubted: {', '.join(marked)}" if marked else ""
    amount = "1 round" if len(rounds) == 1 else f"{len(rounds)} rounds"
    return f"{amount} on {where}{doubtful}."
