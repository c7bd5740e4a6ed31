"""What the log says: a plain fold over its records, written without a look at the shop's own code.

Within a source (a partition of one topic) the highest leader epoch and offset win; between sources the broker's time.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

LARGEST_COUNT = 2**31 - 1
LONGEST_CODE = 64


class Row(NamedTuple):
    """A product's count, and where the message stood that said so."""

    inventory: int
    source: str
    leader_epoch: int
    offset: int
    broker_time: int

    def __str__(self) -> str:
        epoch = f"leader epoch {self.leader_epoch}"
        return f"{self.inventory} of {self.source}, offset {self.offset}, {epoch}, broker time {self.broker_time}"


class Letter(NamedTuple):
    """A message that must be a dead letter: where it stood."""

    source: str
    leader_epoch: int
    offset: int

    def __str__(self) -> str:
        return f"{self.source}, offset {self.offset}, leader epoch {self.leader_epoch}"


@dataclass
class Fold:
    """All that the log says, record by record. `deadly` tells by its code which good message no worker survives."""

    deadly: Callable[[str], bool] = lambda _code: False
    messages: int = 0
    letters: dict[Letter, bytes | None] = field(default_factory=dict)
    _newest: dict[tuple[str, str], Row] = field(default_factory=dict)

    def add(self, source: str, record: Any) -> None:
        """Take in a record of kafka-python; the order of records doesn't matter."""
        self.messages += 1
        said = meaning(record.value)
        if said is None or self.deadly(said[0]):
            self.letters[Letter(source, record.leader_epoch, record.offset)] = record.value
        else:
            code, count = said
            self._count(code, Row(count, source, record.leader_epoch, record.offset, record.timestamp))

    def rows(self) -> dict[str, Row]:
        """Return by product code what the shop must show."""
        rows: dict[str, Row] = {}
        for (code, _), row in self._newest.items():
            known = rows.get(code)
            if known is None or (known.broker_time, known.source) < (row.broker_time, row.source):
                rows[code] = row
        return rows

    def _count(self, code: str, row: Row) -> None:
        known = self._newest.get((code, row.source))
        if known is None or (known.leader_epoch, known.offset) < (row.leader_epoch, row.offset):
            self._newest[code, row.source] = row


def meaning(value: bytes | None) -> tuple[str, int] | None:
    """Return code and count of a message that keeps the contract; None of any other that this package sends."""
    try:
        document = json.loads((value or b"").decode())
        code, count = document["product_code"], document["inventory_count"]
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(code, str) or not 1 <= len(code) <= LONGEST_CODE:
        return None
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= LARGEST_COUNT:
        return None
    return code, count
