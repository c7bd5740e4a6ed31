"""Rows of the feed's places, some seconds or hours old, and what they say of the counts."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, select, text

from storefront.stock import feed as feeds
from storefront.stock.feed import Move
from storefront.stock.freshness import NEVER, stale_since
from tests.storefront.stock.records import FEED

HOUR = 3600.0


def add_place(
    engine: Engine,
    source: str = "new-0",
    *,
    left: int = 0,
    dealt_ago: float | None = None,
    reported_ago: float | None = 1.0,
) -> None:
    """Add a place with `left` messages to go; the times are in seconds before now."""
    with engine.begin() as connection:
        connection.execute(
            text("""
            INSERT INTO feed_positions (source, topic, partition, next_offset, end_offset, dealt_until, reported_at)
            VALUES (:source, 'stock', 0, 100, 100 + :left,
                    extract(epoch FROM now() - make_interval(secs => :dealt_ago)) * 1000,
                    now() - make_interval(secs => :reported_ago))
            """),
            {"source": source, "left": left, "dealt_ago": dealt_ago, "reported_ago": reported_ago},
        )


def asked(engine: Engine, stale_after: float = 300) -> datetime | None:
    with engine.connect() as connection:
        return connection.scalar(select(stale_since()), {"stale_after": stale_after})


def seconds_ago(engine: Engine, at: datetime | None) -> float:
    assert at
    with engine.connect() as connection:
        return float(connection.execute(text("SELECT extract(epoch FROM now() - :at)"), {"at": at}).scalar_one())


def test_a_shop_without_a_feed_has_no_old_counts(engine: Engine) -> None:
    assert asked(engine) is None


def test_a_quiet_feed_is_dealt_with_up_to_the_last_look_at_its_end(engine: Engine) -> None:
    add_place(engine, dealt_ago=HOUR)
    assert asked(engine) is None


def test_a_bridge_that_no_longer_reports_makes_counts_old(engine: Engine) -> None:
    add_place(engine, dealt_ago=HOUR, reported_ago=400)
    assert seconds_ago(engine, asked(engine)) == pytest.approx(400, abs=5)
    assert asked(engine, stale_after=600) is None


def test_a_feed_that_is_behind_is_dealt_with_up_to_its_newest_message_that_is(engine: Engine) -> None:
    add_place(engine, left=1, dealt_ago=HOUR)
    assert seconds_ago(engine, asked(engine)) == pytest.approx(HOUR, abs=5)


def test_a_feed_that_is_a_little_behind_is_not_old(engine: Engine) -> None:
    add_place(engine, left=1, dealt_ago=5)
    assert asked(engine) is None


def test_a_log_of_which_nothing_is_dealt_with_has_no_time(engine: Engine) -> None:
    add_place(engine, left=1)
    assert asked(engine) == NEVER


def test_the_oldest_partition_decides_also_one_of_those_that_grew(engine: Engine) -> None:
    for number in range(11):
        add_place(engine, f"new-{number}")
    add_place(engine, "new-11", left=1, dealt_ago=HOUR)
    assert seconds_ago(engine, asked(engine)) == pytest.approx(HOUR, abs=5)


def test_the_rows_of_a_topic_that_was_created_anew_do_not_count(engine: Engine) -> None:
    add_place(engine, "old-0", left=1, dealt_ago=HOUR, reported_ago=HOUR)
    add_place(engine, "new-0")
    assert asked(engine) is None


def test_a_new_topic_that_is_behind_is_not_covered_by_its_predecessor(engine: Engine) -> None:
    add_place(engine, "old-0", reported_ago=10)
    add_place(engine, "new-0", left=1, reported_ago=5)
    assert asked(engine) == NEVER


def test_a_partition_in_its_first_second_changes_no_words(engine: Engine) -> None:
    add_place(engine, "new-0")
    add_place(engine, "new-1", reported_ago=None)
    assert asked(engine) is None


def test_a_name_with_dashes_and_numbers_is_one_topic(engine: Engine) -> None:
    add_place(engine, "stock-2024-0", left=1, dealt_ago=HOUR, reported_ago=5)
    add_place(engine, "stock-2024-1", reported_ago=1)
    assert seconds_ago(engine, asked(engine)) == pytest.approx(HOUR, abs=5)


def test_a_feed_that_never_reported_vouches_for_nothing(engine: Engine) -> None:
    add_place(engine, reported_ago=None)
    assert asked(engine) == NEVER


def report(engine: Engine, known: int | None, end: int, *, seen_ago: float = 0, dealt_ago: float = HOUR) -> None:
    """Report as the bridge does, that all up to offset 10 is dealt with; times in seconds before now."""
    with engine.begin() as connection:
        now = float(connection.execute(text("SELECT extract(epoch FROM now())")).scalar_one())
        dealt_until, seen_at = int((now - dealt_ago) * 1000), int((now - seen_ago) * 1000)
        feeds.move(connection, FEED, Move(known, 10, [], dealt_until, end, end_seen_at=seen_at))


def test_a_new_message_on_a_quiet_topic_does_not_make_counts_old(engine: Engine) -> None:
    report(engine, None, end=10)
    report(engine, 10, end=11)
    assert asked(engine) is None


def test_a_report_is_as_old_as_its_look_at_the_end(engine: Engine) -> None:
    report(engine, None, end=10, seen_ago=400)
    assert seconds_ago(engine, asked(engine)) == pytest.approx(400, abs=5)


def test_clocks_that_are_ahead_do_not_make_counts_young_for_longer(engine: Engine) -> None:
    report(engine, None, end=11, seen_ago=-HOUR, dealt_ago=-HOUR)
    with engine.connect() as connection:
        ahead = connection.execute(
            text("SELECT reported_at > now() OR dealt_until > extract(epoch FROM now()) * 1000 FROM feed_positions")
        ).scalar_one()
    assert not ahead
