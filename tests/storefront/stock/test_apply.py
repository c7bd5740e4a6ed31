"""Rule 1: whatever order, however often, the last count of the log is the one in the table."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from storefront.stock.apply import Positioned, apply, apply_single, newest
from storefront.stock.message import StockUpdate
from storefront.stock.record import Feed, Record
from tests.storefront.stock.records import FEED

OTHER_FEED = Feed("stock", 1, "topic-id-2")


def update(  # noqa: PLR0913  (a factory: each test names what it is about)
    count: int, offset: int, code: str = "A", *, feed: Feed = FEED, time: int = 0, epoch: int = 0
) -> Positioned:
    return Positioned(StockUpdate(code, count), Record(feed, offset, epoch, time, b""))


def apply_one_by_one(engine: Engine, updates: Iterable[Positioned]) -> list[bool]:
    with engine.begin() as connection:
        return [bool(apply(connection, one.record.feed, [one])) for one in updates]


def stock(engine: Engine) -> dict[str, int]:
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT product_code, inventory FROM stock_levels"))
        return {row[0]: row[1] for row in rows}


def test_an_older_count_of_the_same_partition_changes_nothing(engine: Engine) -> None:
    assert apply_one_by_one(engine, [update(7, offset=5), update(9, offset=4)]) == [True, False]
    assert stock(engine) == {"A": 7}


def test_since_when_a_code_has_a_count_stays_as_it_is(engine: Engine) -> None:
    row = text("SELECT first_at, updated_at FROM stock_levels")
    with engine.begin() as connection:
        apply(connection, FEED, [update(7, offset=5)])
        before = connection.execute(row).one()
        assert before.first_at == before.updated_at
    with engine.begin() as connection:
        apply(connection, FEED, [update(9, offset=6)])
        after = connection.execute(row).one()
        assert after.first_at == before.first_at < after.updated_at


def test_the_same_message_again_changes_nothing(engine: Engine) -> None:
    assert apply_one_by_one(engine, [update(7, offset=5), update(7, offset=5)]) == [True, False]


def test_a_newer_leader_epoch_beats_a_higher_offset(engine: Engine) -> None:
    apply_one_by_one(engine, [update(7, offset=50, epoch=1), update(3, offset=20, epoch=2)])
    assert stock(engine) == {"A": 3}


def test_across_sources_the_brokers_time_decides(engine: Engine) -> None:
    recreated = update(3, offset=0, feed=OTHER_FEED, time=200)
    assert apply_one_by_one(engine, [update(7, offset=50, time=100), recreated, update(8, offset=51, time=150)]) == [
        True,
        True,
        False,
    ]
    assert stock(engine) == {"A": 3}


def test_any_message_is_newer_than_a_row_that_no_message_wrote(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO stock_levels (product_code, inventory) VALUES ('A', 50)"))
    apply_one_by_one(engine, [update(0, offset=0)])
    assert stock(engine) == {"A": 0}


@pytest.mark.usefixtures("with_product")
def test_an_outcome_says_whether_the_shop_sells_it(engine: Engine) -> None:
    with engine.begin() as connection:
        outcomes = [apply_single(connection, one) for one in (update(1, 0, "ABCD1234"), update(2, 1, "NOPE0001"))]
    assert [(one.product_code, one.active) for one in outcomes] == [("ABCD1234", True), ("NOPE0001", None)]


def test_of_several_counts_of_a_chunk_the_newest_is_taken() -> None:
    assert newest([update(1, 4), update(2, 6), update(3, 5), update(4, 0, "B")]) == [update(2, 6), update(4, 0, "B")]


CODES = ("A", "B", "C")


@st.composite
def logs(draw: st.DrawFn) -> list[Positioned]:
    """Two partitions of a topic and one of its successor: in each, offsets and times rise together."""
    log = []
    for feed in (FEED, OTHER_FEED, Feed("stock", 2, "topic-id-3")):
        time = epoch = 0
        for offset in range(draw(st.integers(0, 6))):
            time += draw(st.integers(0, 2))
            epoch += draw(st.integers(0, 1))
            code, count = draw(st.sampled_from(CODES)), draw(st.integers(0, 99))
            log.append(update(count, offset, code, feed=feed, time=time, epoch=epoch))
    return log


def fold(log: Sequence[Positioned]) -> dict[str, int]:
    """The plain reading of the log: by time, then source, then offset; the last count of a code stays."""
    ordered = sorted(log, key=lambda one: (one.record.broker_time, one.record.feed.source, one.record.offset))
    return {one.update.product_code: one.update.inventory_count for one in ordered}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_and_any_repetition_ends_in_the_fold_over_the_log(engine: Engine, data: st.DataObject) -> None:
    log = data.draw(logs())
    deliveries = data.draw(st.permutations(log + data.draw(st.lists(st.sampled_from(log), max_size=5)) if log else []))
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE stock_levels"))
    apply_one_by_one(engine, deliveries)
    assert stock(engine) == fold(log)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_chunks_in_any_order_among_single_updates_end_in_the_same_fold(engine: Engine, data: st.DataObject) -> None:
    log = data.draw(logs())
    feeds = {one.record.feed for one in log}
    chunks = [[one for one in log if one.record.feed == feed][start:] for feed in feeds for start in (0, 2)]
    deliveries = data.draw(st.permutations([*chunks, *([one] for one in log)]))
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE stock_levels"))
        for chunk in filter(None, deliveries):
            apply(connection, chunk[0].record.feed, newest(chunk))
    assert stock(engine) == fold(log)
