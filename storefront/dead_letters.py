"""What a person does with dead letters: find them, look at one, discard them, purge what is closed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Select, delete, false, func, select, update
from sqlalchemy.orm import defer

from runtime.text import escaped, shortened
from storefront import catalog
from storefront.config import Settings
from storefront.database import db, reading
from storefront.models import DeadLetter, Product, ReplayRun, StockLevel, storable
from storefront.stock.record import Feed, Record

State = Literal["open", "replayed", "discarded", "all"]

BATCH = 1_000
PAGE = 10  # letters with their messages
HIGHEST_NUMBER = 2**63 - 1

_REPLAYED_AS = re.compile(r"replay-(\d+)-[0-9a-f]+")


class NoSuchLetter(Exception):
    """No letter, or more than one, is named so; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters: a part of the `reason` in any case, the product `code`, first seen `since`, the `state`.

    Also by number: `above` one, and `up_to` one.
    """

    reason: str | None = None
    code: str | None = None
    since: datetime | None = None
    state: State = "open"
    above: int | None = None
    up_to: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what is true of these letters."""
        # One that is being tried is no letter yet; its settle decides.
        conditions = [DeadLetter.state != "trying" if self.state == "all" else DeadLetter.state == self.state]
        if self.reason is not None:
            conditions.append(DeadLetter.reason.icontains(escaped(self.reason), autoescape=True))
        if self.code is not None:
            conditions.append(DeadLetter.product_code == self.code if storable(self.code) else false())
        if self.since is not None:
            conditions.append(DeadLetter.first_at >= self.since)
        if self.above is not None:
            conditions.append(DeadLetter.id > self.above)
        if self.up_to is not None:
            conditions.append(DeadLetter.id <= self.up_to)
        return conditions


def newest(chosen: Filter, limit: int) -> Sequence[DeadLetter]:
    """Return the newest `limit` letters, the newest last, without what the message held: it may have megabytes."""
    letters = (
        select(DeadLetter)
        .where(*chosen.conditions())
        .order_by(DeadLetter.id.desc())
        .limit(limit)
        .options(defer(DeadLetter.value), defer(DeadLetter.key), defer(DeadLetter.headers))
    )
    return db.session.scalars(letters).all()[::-1]


def whole(chosen: Filter, limit: int | None = None) -> Iterator[DeadLetter]:
    """Give the letters, the oldest first, a few at a time: a night's letters needn't fit into memory.

    No transaction stays open meanwhile: a pager may wait for its reader all night.
    """
    return islice(_page_by_page(chosen), limit)


def counts() -> dict[str, int]:
    """Return how many letters there are by state; what is only being tried is none."""
    by_state = select(DeadLetter.state, func.count()).where(DeadLetter.state != "trying").group_by(DeadLetter.state)
    return {row[0]: row[1] for row in db.session.execute(by_state)}


def count(chosen: Filter, most: int | None = None) -> int:
    """Return how many letters are chosen; where `most` is given it counts no further."""
    letters = select(DeadLetter.id).where(*chosen.conditions()).limit(most).subquery()
    return db.session.scalars(select(func.count()).select_from(letters)).one()


def numbers(chosen: Filter, limit: int | None = None) -> list[int]:
    """Return the numbers of the chosen letters, the oldest first, at most `limit`."""
    letters = select(DeadLetter.id).where(*chosen.conditions()).order_by(DeadLetter.id).limit(limit)
    with db.engine.connect() as connection:
        return list(connection.scalars(letters))


def open_numbers(chosen: Filter, limit: int) -> list[int]:
    """Return the numbers of those chosen letters that are open, the oldest first, at most `limit`."""
    return numbers(replace(chosen, state="open"), limit) if chosen.state in {"open", "all"} else []


def numbers_of(names: Sequence[str]) -> list[int]:
    """Return the number of each letter that is named, once. Raises NoSuchLetter for the first that is none."""
    letters = [find(name) for name in names]
    for letter in letters:
        if letter.state == "trying":
            raise NoSuchLetter(f"dead letter {letter.id} is not one yet: a worker tries it; look again in a minute")
    return list(dict.fromkeys(letter.id for letter in letters))


def find(name: str) -> DeadLetter:
    """Return the letter with this number, or of the task with this id, also a replay's. Raises NoSuchLetter."""
    replay = _REPLAYED_AS.fullmatch(name)
    number = replay.group(1) if replay else name
    if number.isascii() and number.isdecimal():
        letter = db.session.get(DeadLetter, int(number)) if _is_possible(number) else None
        if letter is None:
            raise NoSuchLetter(
                f"no dead letter has number {shortened(number)}; `dead-letters list` shows what there is"
            )
        return letter
    return _of_task(name)


def discard(letters: Sequence[int], *, because: str, by: str | None) -> set[int]:
    """Close the open ones of `letters` without applying them; return their numbers. The bytes stay."""
    discarded: set[int] = set()
    for first in range(0, len(letters), BATCH):
        chosen = select(DeadLetter.id).where(
            DeadLetter.id.in_(letters[first : first + BATCH]), DeadLetter.state == "open"
        )
        closed = {"state": "discarded", "because": escaped(because), "closed_by": by, "closed_at": func.now()}
        with db.engine.begin() as connection:
            locked = _locked(connection, chosen)
            connection.execute(update(DeadLetter).where(DeadLetter.id.in_(locked)).values(**closed))
        discarded.update(locked)
    return discarded


def purgeable(older_than: timedelta) -> int:
    """Return how many letters a purge would delete now."""
    letters = select(func.count()).select_from(DeadLetter).where(*_closed_before(older_than))
    with db.engine.connect() as connection:
        return connection.scalars(letters).one()


def purge(older_than: timedelta) -> int:
    """Delete letters that were closed longer ago than that; return how many. What is kept of old replays goes, too.

    A message whose letter is deleted is a dead letter again if its place in the log is read again.
    """
    closed = select(DeadLetter.id).where(*_closed_before(older_than))
    with db.engine.begin() as connection:
        connection.execute(delete(ReplayRun).where(ReplayRun.asked_at < func.now() - older_than))
    purged = 0
    while True:
        with db.engine.begin() as connection:
            some = _locked(connection, closed.where(DeadLetter.id.in_(closed.limit(BATCH))))
            connection.execute(delete(DeadLetter).where(DeadLetter.id.in_(some)))
        purged += len(some)
        if len(some) < BATCH:
            return purged


def record_of(letter: DeadLetter) -> Record:
    """Return the message that `letter` keeps, and where it stood."""
    return Record(
        feed=Feed(letter.topic, letter.partition, letter.source),
        offset=letter.offset,
        leader_epoch=letter.leader_epoch,
        broker_time=letter.broker_time,
        value=letter.value,
        key=letter.key,
        headers=tuple((str(name), value) for name, value in letter.headers),
        unreadable=letter.unreadable,
    )


def shown_now(letter: DeadLetter, settings: Settings) -> str:
    """Say what the shop's pages show of the letter's product."""
    code = letter.product_code
    if code is None:
        return "unknown: the message's product code can't be read"
    product = db.session.scalars(select(Product).where(Product.code == code)).one_or_none()
    stock = db.session.get(StockLevel, code)
    count = "no count" if stock is None else f"count {stock.inventory}, {_counted(stock)}"
    if product is None:
        return f"nothing: the shop sells no {escaped(code)}; {count}"
    found = catalog.active_product(code, settings.stock_stale_after)
    if found is None:
        return f"nothing: {escaped(code)} is inactive; {count}"
    return f"'{found.availability(settings.low_stock_threshold)}'; {count}"


def _page_by_page(chosen: Filter) -> Iterator[DeadLetter]:
    while True:
        page = select(DeadLetter).where(*chosen.conditions()).order_by(DeadLetter.id).limit(PAGE)
        with reading() as session:
            letters = session.scalars(page).all()
        yield from letters
        if len(letters) < PAGE:
            return
        chosen = replace(chosen, above=letters[-1].id)


def _is_possible(number: str) -> bool:
    return len(number) <= len(str(HIGHEST_NUMBER)) and int(number) <= HIGHEST_NUMBER  # int() refuses 4,301 digits


def _locked(connection: Connection, chosen: Select[int]) -> Sequence[int]:
    """Lock the chosen letters in the order in which a settle locks those of its messages; return their numbers."""
    in_order = chosen.order_by(DeadLetter.source, DeadLetter.leader_epoch, DeadLetter.offset)
    return connection.scalars(in_order.with_for_update()).all()


def _closed_before(age: timedelta) -> tuple[ColumnElement[bool], ...]:
    return DeadLetter.state.in_(["replayed", "discarded"]), DeadLetter.closed_at < func.now() - age


def _counted(stock: StockLevel) -> str:
    when = f"{stock.updated_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{when}, by {stock.source}, offset {stock.offset}" if stock.source else f"{when}, by no message"


def _of_task(task_id: str) -> DeadLetter:
    found = select(DeadLetter).where(DeadLetter.task_id == task_id).order_by(DeadLetter.id)
    letters = db.session.scalars(found).all() if storable(task_id) else []
    if not letters:
        raise NoSuchLetter(
            f"no dead letter is of a task '{shortened(task_id, 100)}'; "
            "expected a letter's number, or the id of a failed task that Flower shows"
        )
    if len(letters) > 1:  # the topic was made anew, and its offsets began again
        those = ", ".join(str(letter.id) for letter in letters)
        raise NoSuchLetter(
            f"{len(letters)} dead letters are of a task '{shortened(task_id, 100)}'; expected one of {those}"
        )
    return letters[0]
