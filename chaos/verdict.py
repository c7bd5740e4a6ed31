"""What differs between the log and the shop, in sentences. No sentence: the promise was kept."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from chaos.database import Database
from chaos.fold import Fold
from chaos.topic import Topic

SHOWN = 5  # of one kind of difference


def differences(fold: Fold, database: Database) -> list[str]:
    """Compare the shop's counts and dead letters with the log's."""
    rows = _mismatches(fold.rows(), database.rows())
    letters = _mismatches(fold.letters, database.letters())
    reasons = database.reasons() if letters else {}
    return [
        *_listed("products are wrong", _of_rows(rows)),
        *_listed("dead letters are wrong", _of_letters(letters, reasons)),
    ]


def lags(topic: Topic, database: Database, group: str) -> list[str]:
    """Compare the shop's place, and what its group committed, with the end of the log."""
    ends, places, committed = topic.ends(), database.places(), topic.committed(group)
    return [
        sentence
        for number, source in topic.sources().items()
        for sentence in _of_partition(number, ends[number], places.get(source), committed.get(number))
    ]


def _mismatches(expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> dict[Any, tuple[Any, Any]]:
    """Return by key (expected, found) where these differ; _NOTHING where one side has no such key."""
    pairs = {
        key: (expected.get(key, _NOTHING), found.get(key, _NOTHING)) for key in sorted({*expected, *found}, key=str)
    }
    return {key: (wanted, there) for key, (wanted, there) in pairs.items() if wanted != there}


def _of_rows(rows: dict[Any, tuple[Any, Any]]) -> Iterator[str]:
    for code, (wanted, there) in rows.items():
        yield f"product {code}: expected {wanted}; found {there}"


def _of_letters(letters: dict[Any, tuple[Any, Any]], reasons: Mapping[Any, str]) -> Iterator[str]:
    for position, (wanted, there) in letters.items():
        why = f" ({reasons[position]})" if position in reasons else ""
        yield f"dead letter of {position}: expected {_quoted(wanted)}; found {_quoted(there)}{why}"


def _of_partition(number: int, end: int, place: int | None, committed: int | None) -> Iterator[str]:
    if place != end:
        yield f"partition {number}: the log ends at {end}; feed_positions says {place}"
    if committed != end:
        yield f"partition {number}: the log ends at {end}; the group has committed {committed}"


def _quoted(value: Any) -> str:
    return str(value) if value is _NOTHING else f"one with the bytes {value!r}"


def _listed(what: str, sentences: Iterator[str]) -> list[str]:
    every = list(sentences)
    if len(every) <= SHOWN:
        return every
    return [*islice(every, SHOWN), f"… {len(every)} {what} in all"]


class _Nothing:
    def __str__(self) -> str:
        return "none"


_NOTHING = _Nothing()
