"""Dead letters → tasks: each goes once more through the task it failed in, from where its message stood.

It carries the message's own position, so it can never overwrite a newer count. The task closes the letter.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from runtime.text import escaped, shortened
from storefront.database import db, reading
from storefront.dead_letters import record_of
from storefront.models import DeadLetter
from storefront.queue_client import Call, QueueClient
from storefront.standing import standing
from storefront.stock.message import BadMessage
from storefront.stock.replayed import Replay
from storefront.stock.rules import UnknownProduct

TASK = "storefront.update_inventory"

MOST_IN_FLIGHT = 200  # tasks
MOST_BYTES = 8_000_000  # of messages in flight; a greater one goes alone
PAUSE = 0.05  # seconds between two looks for answers

Fate = Literal[
    "applied", "stale", "unknown product", "discarded", "failed again", "undecided",
    "waiting", "running", "tried again", "begun",
]  # fmt: skip
GOES_ON: tuple[Fate, ...] = ("waiting", "running", "tried again", "begun")  # by itself
UNANSWERED: tuple[Fate, ...] = (*GOES_ON, "undecided")
STAYS_OPEN: tuple[Fate, ...] = ("failed again", *UNANSWERED)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a letter. One that waits, runs or is tried again goes on by itself; an `undecided` one doesn't."""

    letter: int
    fate: Fate
    said: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter whose task is in the queue: its message's bytes, how often it was tried and when closed before."""

    letter: int
    size: int
    tries: int
    closed_at: datetime | None


def asked_now(by: str | None, because: str | None) -> Replay:
    """Return a replay that is asked for now, before its letters are chosen: what is discarded later stays so."""
    because = None if because is None else escaped(because)  # a terminal's bytes may be no UTF-8
    with reading() as session:
        return Replay(by, because, session.scalars(select(func.clock_timestamp())).one())


class Replaying:
    """Some letters on their way, at most `most` (MOST_IN_FLIGHT) of them in the queue. Not thread-safe."""

    def __init__(self, client: QueueClient, letters: Sequence[int], asked: Replay, *, most: int | None = None) -> None:
        self.sent = 0
        self.run = uuid4().hex[:12]
        self._most = most or MOST_IN_FLIGHT
        self._client = client
        self._asked = asked
        self._rest = deque(letters)
        self._open: dict[str, Sent] = {}

    def answers(self, patience: float) -> Iterator[Answer]:
        """Send the letters; give what became of each, as it is heard. Raises QueueAway and SQLAlchemyError.

        Where no answer comes for `patience` seconds it ends with what is known of those that were sent, and sends no
        more. What is in the queue goes on without us.
        """
        heard_at = time.monotonic()
        while self._rest or self._open:
            self.send_some()
            answers = self.hear()
            yield from answers
            if answers:
                heard_at = time.monotonic()
            elif time.monotonic() - heard_at > patience:
                yield from self._silent()
                return
            else:
                time.sleep(PAUSE)

    def send_some(self) -> None:
        """Fill the queue up again once half of it is answered."""
        room = self._most - len(self._open)
        if not self._rest or room < self._most // 2:
            return
        with Session(db.engine) as session:  # its connection is given back before we wait for anybody
            letters = session.scalars(select(DeadLetter).where(DeadLetter.id.in_(self._take(session, room)))).all()
        calls = [self._call(letter) for letter in letters]
        self._client.send(calls)
        for call, letter in zip(calls, letters, strict=True):
            self._open[call.id] = Sent(letter.id, len(letter.value or b""), letter.tries, letter.closed_at)
        self.sent += len(calls)

    def unanswered(self) -> list[int]:
        """Return the letters that were sent and have no answer yet."""
        return [sent.letter for sent in self._open.values()]

    def hear(self) -> list[Answer]:
        """Return what became of letters since the last call."""
        heard = self._client.heard(list(self._open))
        return [answer(self._open.pop(sent_as).letter, result) for sent_as, result in heard.items()]

    def _take(self, session: Session, room: int) -> list[int]:
        """Take the next letters, at most `room`, and no more bytes than may be in flight."""
        candidates = list(islice(self._rest, room))
        sizes = select(DeadLetter.id, func.octet_length(DeadLetter.value).label("size"))
        size_of = {row.id: row.size or 0 for row in session.execute(sizes.where(DeadLetter.id.in_(candidates)))}
        free = MOST_BYTES - sum(sent.size for sent in self._open.values())
        taken: list[int] = []
        for number in candidates:
            free -= size_of.get(number, 0)
            if free < 0 and (taken or self._open):
                break
            taken.append(self._rest.popleft())
        return taken

    def _call(self, letter: DeadLetter) -> Call:
        record = record_of(letter)
        arguments = {"feed": asdict(record.feed), "record": record.to_task(), "replay": asdict(self._asked)}
        about = f" ({escaped(letter.product_code)})" if letter.product_code else ""
        shown = f"dead letter {letter.id}{about} · partition {letter.partition} · offset {letter.offset}"
        return Call(TASK, task_id(letter.id, self.run), arguments, shown)

    def _silent(self) -> Iterator[Answer]:
        """Say of each letter without an answer what is known of it."""
        troubles = self._client.tried_again(list(self._open))
        messages = (defer(DeadLetter.value), defer(DeadLetter.key), defer(DeadLetter.headers))
        sent_ones = DeadLetter.id.in_([sent.letter for sent in self._open.values()])
        with Session(db.engine) as session:
            found = session.scalars(select(DeadLetter).where(sent_ones).options(*messages))
            letters = {letter.id: letter for letter in found}
        for task_id, sent in self._open.items():
            letter = letters.get(sent.letter)
            if letter is None:
                yield Answer(sent.letter, "undecided", "its letter was purged, so nothing says whether it was applied")
            elif letter.state == "replayed" and letter.closed_at != sent.closed_at:
                yield Answer(sent.letter, "applied", "applied or stale; the answer got lost")
            elif letter.state == "discarded" and letter.closed_at != sent.closed_at:
                yield Answer(sent.letter, "discarded", "discarded since: its task will apply nothing")
            elif task_id in troubles:
                why = f"a worker goes on trying: {shortened(str(troubles[task_id]), 300)}"
                yield Answer(sent.letter, "tried again", why)
            elif letter.tries > sent.tries:
                yield _begun(letter)
            else:
                yield Answer(sent.letter, "waiting", "no worker has begun it")


def _begun(letter: DeadLetter) -> Answer:
    """Say of a letter without an answer what its row does."""
    state, said = standing(letter, datetime.now(UTC))
    if state in {"running", "undecided"}:
        return Answer(letter.id, state, "a worker began it and did not answer: perhaps it killed its worker")
    return Answer(letter.id, state, f"{state}: {said}")


def task_id(letter: int, run: str) -> str:
    """Return the id of the task that replays `letter` in this run."""
    return f"replay-{letter}-{run}"


def answer(letter: int, result: Any) -> Answer:
    """Return what the `result` of its task says about `letter`."""
    said = shortened(str(result), 500)
    if isinstance(result, BadMessage):
        return Answer(letter, "failed again", f"failed again: {said}")
    if isinstance(result, UnknownProduct) or said.startswith("no product"):
        return Answer(letter, "unknown product", said)
    if isinstance(result, BaseException):
        return Answer(letter, "undecided", f"not decided: {said}")
    fates: tuple[Fate, ...] = ("stale", "discarded")
    return Answer(letter, next((fate for fate in fates if said.startswith(fate)), "applied"), said)
