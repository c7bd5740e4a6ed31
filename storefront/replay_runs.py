"""Replays that nobody waits for: a bounded number is enqueued and written down; what became of it is read later."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import load_only

from runtime.text import escaped
from storefront.database import db
from storefront.models import DeadLetter, ReplayRun
from storefront.queue_client import QueueClient
from storefront.replay import Fate, Replaying, answer, task_id
from storefront.stock.replayed import Replay

MOST_AT_ONCE = 1_000  # letters; MOST_BYTES of `storefront.replay` bounds them, too

State = Fate | Literal["waiting", "begun", "closed", "gone"]


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
    asked_at = db.session.scalars(select(func.clock_timestamp())).one()
    db.session.rollback()  # nothing stays open while Redis is waited for
    replaying = Replaying(client, letters, asked, most=MOST_AT_ONCE)
    replaying.send_some()
    sent = sorted(replaying.unanswered())
    if not sent:
        return None
    run = ReplayRun(
        run=replaying.run,
        asked_at=asked_at,
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
    """Return what became of each letter of `run`. Raises QueueAway."""
    ids = {task_id(number, run.run): number for number in run.letters}
    answers = {ids[sent_as]: answer(ids[sent_as], result) for sent_as, result in client.heard(list(ids)).items()}
    told = {number: Outcome(number, said.fate, said.said) for number, said in answers.items()}
    rows = {row.letter: row for row in outcomes_by_rows(run)}
    return [told.get(number, rows[number]) for number in run.letters]


def outcomes_by_rows(run: ReplayRun) -> list[Outcome]:
    """Return what the letters' rows say, for answers that Redis no longer has: it keeps them for ten minutes."""
    columns = (DeadLetter.state, DeadLetter.reason, DeadLetter.last_at, DeadLetter.closed_at)
    found = select(DeadLetter).where(DeadLetter.id.in_(run.letters)).options(load_only(*columns))
    letters = {letter.id: letter for letter in db.session.scalars(found)}
    return [_outcome(run, number, letters.get(number)) for number in run.letters]


def summary(found: Sequence[Outcome]) -> list[tuple[State, int]]:
    """Return how many letters are in each state, the most first."""
    return Counter(one.state for one in found).most_common()


def _outcome(run: ReplayRun, number: int, letter: DeadLetter | None) -> Outcome:
    if letter is None:
        return Outcome(number, "gone", "the letter was purged")
    if letter.closed_at and letter.closed_at >= run.asked_at:
        return Outcome(number, "closed", "discarded" if letter.state == "discarded" else "applied or stale")
    if letter.last_at < run.asked_at:
        return Outcome(number, "waiting", "no worker has begun it")
    return Outcome(number, "begun", f"not applied so far: {escaped(letter.reason)}")
