import pytest
from sqlalchemy import Engine

from storefront.stock import feed as feeds
from storefront.stock.feed import Move, Place
from tests.storefront.stock.records import FEED


def move(engine: Engine, known: int | None, next_offset: int, settles: int = 0) -> Place:
    with engine.begin() as connection:
        return feeds.move(connection, FEED, Move(known, next_offset, settles, dealt_until=5, end_offset=100))


def touch(engine: Engine) -> int:
    with engine.begin() as connection:
        return feeds.touch(connection, FEED)


def test_nothing_is_known_of_a_new_feed(engine: Engine) -> None:
    with engine.begin() as connection:
        assert feeds.read(connection, FEED) == Place(None, 0)


def test_a_new_feed_gets_its_first_place(engine: Engine) -> None:
    assert move(engine, None, 0) == Place(0, 0)


def test_a_place_moves_from_where_the_asker_knows_it(engine: Engine) -> None:
    touch(engine)
    move(engine, None, 10, settles=1)
    assert move(engine, 10, 20, settles=1) == Place(20, 1)


@pytest.mark.parametrize("known", [None, 9, 11])
def test_a_place_does_not_move_for_who_is_mistaken(engine: Engine, known: int | None) -> None:
    move(engine, None, 10)
    assert move(engine, known, 20) == Place(10, 0)


def test_a_place_does_not_move_where_settles_are_missing(engine: Engine) -> None:
    touch(engine)
    move(engine, None, 10, settles=1)
    assert move(engine, 10, 20, settles=2) == Place(10, 1)


def test_an_emptied_database_is_not_given_the_old_place(engine: Engine) -> None:
    assert move(engine, 10, 20) == Place(None, 0)


def test_a_place_tells_at_which_share_of_bad_messages_its_bridge_stopped(engine: Engine) -> None:
    for stopped_at in (0.2, None):
        with engine.begin() as connection:
            known = feeds.read(connection, FEED).next_offset
            assert feeds.move(connection, FEED, Move(known, 10, 0, stopped_at=stopped_at)).stopped_at == stopped_at
