"""The place of one partition: what the database says is dealt with. Pure: no I/O, no clock of its own."""

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from bridge.envelope import Feed
from bridge.ledger import Ledger
from bridge.request import Request, Traffic

MOVE_EVERY = 0.5  # seconds, while there is something to move
REPORT_EVERY = 3.0  # seconds, when idle: the shop's pages want to know that the feed lives


@dataclass(frozen=True, slots=True)
class Move:
    """What `storefront.record_place` is asked to do; known and next offset, and what the bridge saw of the log.

    `receipts` prove that what lies between is dealt with in the very database that is asked.
    """

    known: int | None
    next_offset: int
    receipts: list[str]
    dealt_until: int | None
    end_offset: int | None
    stopped_at: float | None
    """The share of bad messages at which the bridge stopped reading, None while it reads."""
    end_seen_at: int | None
    """When the broker was asked for the end, in ms since 1970: an old end must not pass for a new one."""


@dataclass(slots=True)
class Seen:
    """What the bridge reports beside the place: the end of the log, and whether it stopped reading and why."""

    end_offset: int | None = None
    end_seen_at: int | None = None  # ms since 1970
    stopped_at: float | None = None


class Verdict(Enum):
    """What the database's answer means for the bridge."""

    CONFIRMED = "the place is where we put it"
    AHEAD = "somebody else has moved it on"
    BEHIND = "the database knows less than it did: it was restored or emptied"
    FORGETFUL = "the database has lost a settle that was answered"


class Place:
    """Where the database says the feed stands; at most one question about it is open."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.known: int | None = None
        self.asked: Move | None = None
        self.request: Request | None = Request(self._name("find"))
        self._confirmed_at = float("-inf")

    def due(self, ledger: Ledger | None, seen: Seen, traffic: Traffic) -> bool:
        """Whether a question is to be sent now. Before the first answer (no ledger yet) it asks where to begin."""
        if self.request is None and ledger is not None:
            self._ask_to_move(ledger, seen, traffic.now)
        return self.request is not None and self.request.is_due(traffic)

    def arguments(self) -> dict[str, Any]:
        """Return the open question's arguments beside the feed."""
        return {"move": asdict(self.asked)} if self.asked else {}

    def answer(self, next_offset: int | None, now: float, *, moved: bool = False) -> Verdict:
        """Take in where the database says the feed stands, and whether it was `moved` there as asked."""
        asked, self.asked, self.request = self.asked, None, None
        known, self.known = self.known, next_offset
        self._confirmed_at = now
        if asked is None or moved:
            return Verdict.CONFIRMED
        if next_offset == known:
            return Verdict.FORGETFUL
        if next_offset == asked.next_offset:
            return Verdict.CONFIRMED  # it was asked twice
        return Verdict.BEHIND if (next_offset or 0) < (known or 0) else Verdict.AHEAD

    def _ask_to_move(self, ledger: Ledger, seen: Seen, now: float) -> None:
        # Another bridge may have gone further; only a log that went backwards takes the place back with it.
        target = ledger.next_offset if ledger.rewound else max(ledger.next_offset, self.known or 0)
        if now - self._confirmed_at < (REPORT_EVERY if target == self.known else MOVE_EVERY):
            return
        self.asked = Move(
            self.known,
            target,
            self._receipts(ledger),
            ledger.dealt_until,
            seen.end_offset,
            seen.stopped_at,
            seen.end_seen_at,
        )
        self.request = Request(self._name(str(target)))

    def _receipts(self, ledger: Ledger) -> list[str]:
        """Return those for what the place doesn't vouch for yet."""
        vouched = 0 if ledger.rewound else self.known or 0
        return [receipt.id for receipt in ledger.receipts if receipt.last_offset >= vouched]

    def _name(self, what: str) -> str:
        return f"place-{self.feed.topic}-{self.feed.partition}-{what}"
