"""Replays that nobody waits for: a bounded number is enqueued and written down; what became of it is read later."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import defer

from runtime.text import shortened
from storefront.database import db, reading
from storefront.models import DeadLetter, ReplayRun
from storefront.queue_client import QueueClient
from storefront.replay import STAYS_OPEN, Fate, Replaying, answer, task_id
from storefront.standing import AGAIN, PATIENCE_SECONDS, standing
from storefront.stock.replayed import Replay

MOST_AT_ONCE = 1_000  # letters; MOST_BYTES of `storefront.replay` bounds them, too

# What is `undecided` comes to no end by itself: somebody has to replay it again.
State = Fate | Literal["closed", "gone"]
ENDED = ("closed", "gone")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one letter of a run, so far."""

    letter: int
    state: State
    said: str


def start(client: QueueClient, letters: Sequence[int], asked: Replay, chosen: dict[str, str]) -> ReplayRun | None:
    """Enqueue the first of `letters`, as many as are bounded; return the run, None where none is there.

    Raises QueueAway: some may be in the queue then.
    """
    replaying = Replaying(client, letters, asked, most=MOST_AT_ONCE)
    replaying.send_some()
    sent = sorted(replaying.unanswered())
    if not sent:
        return None
    run = ReplayRun(
        run=replaying.run,
        asked_at=asked.asked_at,
        asked_by=asked.by,
        because=asked.because,
        letters=sent,
        chosen=chosen,
    )
    db.session.add(run)
    db.session.commit()
    return run


def newest(limit: int) -> Sequence[ReplayRun]:
    """Return the newest `limit` runs, the newest first."""
    return db.session.scalars(select(ReplayRun).order_by(ReplayRun.id.desc()).limit(limit)).all()


def outcomes(client: QueueClient, run: ReplayRun) -> list[Outcome]:
    """Return what became of each letter of `run`. No transaction stays open meanwhile. Raises QueueAway."""
    ids = {task_id(number, run.run): number for number in run.letters}
    answers = {ids[sent_as]: answer(ids[sent_as], result) for sent_as, result in client.heard(list(ids)).items()}
    told = {number: Outcome(number, said.fate, said.said) for number, said in answers.items()}
    rows = outcomes_by_rows(run)
    for row in rows:
        if row.state in ENDED and row.letter in told and told[row.letter].state in STAYS_OPEN:
            del told[row.letter]  # another replay, or a person, has closed it since
    waiting = [row.letter for row in rows if row.state == "waiting" and row.letter not in told]
    known = (_unbegun(client, run, waiting) if waiting else {}) | told
    return [known.get(row.letter, row) for row in rows]


def outcomes_by_rows(run: ReplayRun) -> list[Outcome]:
    """Return what the letters' rows say, for answers that Redis no longer has: it keeps them for ten minutes."""
    messages = (defer(DeadLetter.value), defer(DeadLetter.key), defer(DeadLetter.headers))
    found = select(DeadLetter).where(DeadLetter.id.in_(run.letters)).options(*messages)
    with reading() as session:
        letters = {letter.id: letter for letter in session.scalars(found)}
    return [_outcome(run, number, letters.get(number)) for number in run.letters]


def undecided(found: Sequence[Outcome]) -> list[int]:
    """Return the letters that come to no end by themselves."""
    return [one.letter for one in found if one.state == "undecided"]


def newest_of(letter: int) -> ReplayRun | None:
    """Return the newest run that sent `letter`."""
    return db.session.scalars(
        select(ReplayRun).where(ReplayRun.letters.contains([letter])).order_by(ReplayRun.id.desc()).limit(1)
    ).one_or_none()


def summary(found: Sequence[Outcome]) -> list[tuple[State, int]]:
    """Return how many letters are in each state, the most first."""
    return Counter(one.state for one in found).most_common()


def _outcome(run: ReplayRun, number: int, letter: DeadLetter | None) -> Outcome:
    if letter is None:
        return Outcome(number, "gone", "the letter was purged")
    if letter.closed_at and letter.closed_at >= run.asked_at:
        return Outcome(number, "closed", "discarded" if letter.state == "discarded" else "applied or stale")
    if letter.state == "trying":
        return Outcome(number, "begun", "a worker tries the message itself, and decides")
    if letter.last_at < run.asked_at:
        return Outcome(number, "waiting", "no worker has begun it")
    return Outcome(number, *standing(letter, datetime.now(UTC)))


def _unbegun(client: QueueClient, run: ReplayRun, letters: Sequence[int]) -> dict[int, Outcome]:
    """Return what Redis knows of tasks that no worker could begin: why they are tried again, or that they are lost."""
    ids = {task_id(number, run.run): number for number in letters}
    troubles = {ids[sent_as]: trouble for sent_as, trouble in client.tried_again(list(ids)).items()}
    known = {number: Outcome(number, "tried again", shortened(str(why), 300)) for number, why in troubles.items()}
    waited = (datetime.now(UTC) - run.asked_at).total_seconds()
    if waited < PATIENCE_SECONDS or client.length():
        return known
    lost = f"no worker has begun it, and the queue is empty: Redis has lost its task; {AGAIN}"
    return {number: Outcome(number, "undecided", lost) for number in letters} | known
