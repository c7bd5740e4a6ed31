"""Sentences about bad messages, grouped: each has the message's own values in it, so few are equal."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from storefront.database import db
from storefront.models import DeadLetter

LOOKED_AT = 5_000  # the newest open letters: enough to see what is going on, in a few milliseconds

# The longest piece of a sentence that is the same for all of its kind, so that it can be searched for.
_PIECES = (
    re.compile(r"^our own code fails on it, \w+"),
    re.compile(r"^(?:product_code|inventory_count) (?:is missing|is|stands)(?= )"),
    re.compile(r"^it killed its worker"),
    re.compile(r"^the message can't be read from Kafka"),
    re.compile(r"^the database refuses the update"),
    re.compile(r"^the message is (?:null|empty)"),
    re.compile(
        r"(?<=, )(?:not JSON|not UTF-8|not an object|nested too deep|it begins with a byte order mark"
        r"|it goes on after its end)"
    ),
)
_LONGEST = 60

# How a piece begins or ends that says too little when it stands alone, and what stands there then.
_NAMES = (
    (re.compile(r"^(product_code|inventory_count) is$"), r"\1 has a value that is not allowed"),
    (re.compile(r"^(product_code|inventory_count) stands$"), r"\1 stands there more than once"),
    (re.compile(r"^it killed"), "the message killed"),
    (re.compile(r"^it (begins|goes)"), r"the message \1"),
    (re.compile(r"^(not|nested)"), r"the message is \1"),
)


@dataclass(slots=True)
class Kind:
    """Open letters whose reasons have `piece` in them: how many, and the newest."""

    piece: str
    letters: int
    newest: int
    newest_at: datetime
    example: str

    @property
    def name(self) -> str:
        """The piece as a phrase that can stand alone."""
        for begins, phrase in _NAMES:
            if begins.search(self.piece):
                return begins.sub(phrase, self.piece)
        return f"{self.piece}…" if len(self.piece) == _LONGEST else self.piece


def open_kinds() -> list[Kind]:
    """Return the kinds of the newest open letters, the most frequent first."""
    newest_first = (
        select(DeadLetter.id, DeadLetter.first_at, DeadLetter.reason)
        .where(DeadLetter.state == "open")
        .order_by(DeadLetter.id.desc())
        .limit(LOOKED_AT)
    )
    return grouped((number, first_at, reason) for number, first_at, reason in db.session.execute(newest_first))


def grouped(letters: Iterable[tuple[int, datetime, str]]) -> list[Kind]:
    """Group letters, the newest first, by what their reasons have in common."""
    kinds: dict[str, Kind] = {}
    for number, first_at, reason in letters:
        found = kinds.setdefault(piece := piece_of(reason), Kind(piece, 0, number, first_at, reason))
        found.letters += 1
    return sorted(kinds.values(), key=lambda kind: -kind.letters)


def piece_of(reason: str) -> str:
    """Return the piece of `reason` that others of its kind have, too."""
    for piece in _PIECES:
        if found := piece.search(reason):
            return found[0]
    return reason[:_LONGEST]
