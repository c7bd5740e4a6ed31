"""A question to the workers that may get lost on the way, and when to ask again."""

from dataclasses import dataclass
from uuid import uuid4

FIRST_PATIENCE = 2.0  # seconds
LONGEST_PATIENCE = 30.0
CAREFUL_AFTER = 2  # silences


@dataclass(frozen=True, slots=True)
class Traffic:
    """What tells a lost question from one that has to wait: seconds now, and what moves on the queue."""

    now: float
    queue_empty: bool
    last_answered_at: float
    """When the newest question was sent of all that were answered."""


@dataclass(slots=True)
class Request:
    """One question, sent under a new id each time; `first_sent_at` and `sent_at` in seconds."""

    name: str
    id: str = ""
    first_sent_at: float = 0.0
    sent_at: float = 0.0
    attempts: int = 0
    failed: bool = False
    silences: int = 0

    def new_id(self) -> str:
        """Return a new id to send it under: an old answer must never be taken for a new one."""
        self.id = f"{self.name}-{uuid4().hex[:12]}"
        return self.id

    def sent(self, now: float) -> None:
        """Note that Redis took it, at `now`."""
        self.first_sent_at = self.first_sent_at if self.attempts else now
        self.silences = self._silences()
        self.attempts += 1
        self.sent_at = now
        self.failed = False

    @property
    def to_be_careful(self) -> bool:
        """Whether to send it next with care: it got no answer at all so often that it may kill who takes it."""
        return self._silences() >= CAREFUL_AFTER

    def is_due(self, traffic: Traffic) -> bool:
        """Whether to send it: never sent; answered badly; or silent although nothing holds it up.

        Silence alone proves nothing: the question may stand in a long queue. It is lost when the queue is empty, or
        when one that was sent later got its answer.
        """
        if not self.attempts:
            return True
        if traffic.now - self.sent_at < self._patience():
            return False
        return self.failed or traffic.queue_empty or traffic.last_answered_at > self.sent_at

    def _silences(self) -> int:
        """How often it got no answer; a bad answer is one, too."""
        return self.silences + bool(self.attempts and not self.failed)

    def _patience(self) -> float:
        return float(min(FIRST_PATIENCE * 2 ** (self.attempts - 1), LONGEST_PATIENCE))
