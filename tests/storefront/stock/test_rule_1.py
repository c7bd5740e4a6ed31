"""Singles, settles, emptied databases in any order: the table is the fold over the log, the letters its bad messages.

Within its stated limits: a source's times and leader epochs never fall.
"""

import json
from contextlib import suppress
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, text

from storefront.stock.message import BadMessage
from storefront.stock.receive import receive
from storefront.stock.record import Feed, Record
from storefront.stock.settle import settle
from tests.storefront.stock.records import FEED, counted

FEEDS = (FEED, Feed("stock", 2, "topic-id-1-2"), Feed("stock", 1, "topic-id-2"))
FEED_NUMBERS = st.integers(0, len(FEEDS) - 1)
ANY = st.integers(0, 1000)
TRIFLE = st.integers(0, 1)
BAD = -1

Row = tuple[Any, ...]


class Shop(RuleBasedStateMachine):
    """A shop that gets the messages of three partitions in any order, once or often."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.logs: list[list[Record]] = [[] for _ in FEEDS]
        self.empty()

    def empty(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(text("TRUNCATE stock_levels, dead_letters, feed_positions, settle_receipts"))

    @rule(feed=FEED_NUMBERS, code=st.sampled_from("AB"), count=st.integers(BAD, 5), later=TRIFLE, elected=TRIFLE)
    def a_message_is_written(self, feed: int, code: str, count: int, later: int, elected: int) -> None:
        log = self.logs[feed]
        time, epoch = (log[-1].broker_time, log[-1].leader_epoch) if log else (0, 0)
        where = {"feed": FEEDS[feed], "broker_time": time + later, "leader_epoch": epoch + elected}
        log.append(counted(count, len(log), code, **where))

    @precondition(lambda self: any(self.logs))
    @rule(number=ANY)
    def a_single_task_runs(self, number: int) -> None:
        every = self.records()
        with suppress(BadMessage):
            receive(self.engine, every[number % len(every)])

    @precondition(lambda self: any(self.logs))
    @rule(number=ANY, start=ANY, length=st.integers(1, 9), careful=st.booleans())
    def a_settle_runs(self, number: int, start: int, length: int, careful: bool) -> None:
        log = [log for log in self.logs if log][number % sum(map(bool, self.logs))]
        first = start % len(log)
        settle(self.engine, log[0].feed, log[first : first + length], careful=careful)

    @rule()
    def the_database_is_emptied(self) -> None:
        self.empty()

    @invariant()
    def nothing_is_invented(self) -> None:
        assert self.counts() <= {meaning(record) for record in self.records() if not is_bad(record)}
        assert self.letters() <= {position(record) for record in self.records() if is_bad(record)}

    def teardown(self) -> None:
        for log in filter(None, self.logs):
            settle(self.engine, log[0].feed, log)
        assert self.counts() == set(fold(self.records()).values())
        assert self.letters() == {position(record) for record in self.records() if is_bad(record)}

    def records(self) -> list[Record]:
        return [record for log in self.logs for record in log]

    def counts(self) -> set[Row]:
        return self.query('SELECT product_code, inventory, source, leader_epoch, "offset" FROM stock_levels')

    def letters(self) -> set[Row]:
        return self.query('SELECT source, leader_epoch, "offset" FROM dead_letters')

    def query(self, query: str) -> set[Row]:
        with self.engine.begin() as connection:
            return {tuple(row) for row in connection.execute(text(query))}


def position(record: Record) -> Row:
    return record.feed.source, record.leader_epoch, record.offset


def said(record: Record) -> tuple[str, int]:
    document = json.loads(record.value or b"")
    return document["product_code"], document["inventory_count"]


def is_bad(record: Record) -> bool:
    return said(record)[1] == BAD


def meaning(record: Record) -> Row:
    return *said(record), *position(record)


def fold(log: list[Record]) -> dict[str, Row]:
    """The plain reading of the log: by time, then source, then position; the last count of a code stays."""
    ordered = sorted(log, key=lambda record: (record.broker_time, *position(record)))
    return {said(record)[0]: meaning(record) for record in ordered if not is_bad(record)}


def test_any_order_and_any_loss_ends_in_the_fold_over_the_log(engine: Engine) -> None:
    run_state_machine_as_test(
        lambda: Shop(engine),  # type: ignore[arg-type]  # it is called, and no more
        settings=settings(max_examples=40, stateful_step_count=30, deadline=None),
    )
