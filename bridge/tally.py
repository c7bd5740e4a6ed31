"""What the bridge has done since it started, for its metrics. Counted by the batch, never by the message."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bridge.request import Request


@dataclass(slots=True)
class Tally:
    """Counts that only rise. The loop's thread writes them; others may read."""

    read: int = 0
    enqueued: int = 0
    settled: int = 0
    repaired: int = 0
    bad: int = 0
    settles_sent_again: int = 0

    def sent(self, singles: int, settles: Iterable[Request]) -> None:
        """Count what Redis took: `singles` tasks of one message, and `settles` as they were before."""
        self.enqueued += singles
        self.settles_sent_again += sum(settle.attempts > 0 for settle in settles)

    def heard(self, settled: dict[str, Any], *, alone: bool = False) -> None:
        """Count what a settle answered; one that went `alone` has nothing to repair, it is the work itself.

        A worker of another version may say less of it.
        """
        self.settled += settled.get("messages", 0)
        self.repaired += 0 if alone else settled.get("repaired", 0)
        self.bad += settled.get("bad", 0)
