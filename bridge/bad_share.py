"""A topic gone wrong: above a share of bad messages the bridge stops instead of burying the whole topic. No I/O."""

from collections import deque
from dataclasses import dataclass, field

WITHIN = 60.0  # seconds
AT_LEAST = 200  # messages: a share of fewer says nothing

WHAT_TO_DO = (
    "Nothing is lost, its place is kept. Look at `flask --app wsgi dead-letters list` and ask the inventory team; "
    "to make dead letters of all such messages, start the bridge with a higher BRIDGE_BAD_SHARE_LIMIT (1: no limit), "
    "as docs/operating.md has it, 'Many bad messages'"
)


@dataclass(slots=True)
class BadShare:
    """Counts what settles answer, and says when it is too much; only a start with a higher limit lets it go on.

    `limit` is a share from 0 to 1. `stopped` says why nothing more is read; empty while all is well.
    """

    limit: float
    stopped: str = ""
    _answers: deque[tuple[float, int, int]] = field(default_factory=deque)

    @property
    def stopped_at(self) -> float | None:
        """The limit that was passed, to be kept with the place; None while all is well."""
        return self.limit if self.stopped else None

    def hear(self, messages: int, bad: int, now: float) -> bool:
        """Count an answer: `bad` of `messages` became dead letters. Return whether that was too much just now."""
        self._answers.append((now, messages, bad))
        while now - self._answers[0][0] > WITHIN:
            self._answers.popleft()
        of, found = (sum(answer[field] for answer in self._answers) for field in (1, 2))
        if self.stopped or of < AT_LEAST or found <= self.limit * of:
            return False
        self.stopped = (
            f"{found} of the last {of} messages were bad, more than BRIDGE_BAD_SHARE_LIMIT={self.limit:g} allows"
        )
        return True

    def recall(self, stopped_at: float | None) -> bool:
        """Learn from the database at which limit a bridge stopped here before; return whether this one stops for it."""
        if self.stopped or stopped_at is None or self.limit > stopped_at:
            return False
        self.stopped = f"it stopped here at BRIDGE_BAD_SHARE_LIMIT={stopped_at:g} before, and this one is no higher"
        return True
