import pytest
from sqlalchemy import Engine, text

from storefront.stock import feed as feeds
from storefront.stock.feed import Move, Place
from tests.storefront.stock.records import FEED, counted

NOBODYS = "00000000-0000-0000-0000-000000000000"


def move(engine: Engine, known: int | None, next_offset: int, *receipts: str) -> Place:
    with engine.begin() as connection:
        return feeds.move(connection, FEED, Move(known, next_offset, list(receipts), dealt_until=5, end_offset=100))


def settled(engine: Engine, *offsets: int) -> str:
    with engine.begin() as connection:
        return feeds.leave_receipt(connection, FEED, [counted(9, offset) for offset in offsets])


def receipts(engine: Engine) -> list[int]:
    with engine.begin() as connection:
        return list(connection.scalars(text("SELECT last_offset FROM settle_receipts ORDER BY last_offset")))


def test_nothing_is_known_of_a_new_feed(engine: Engine) -> None:
    with engine.begin() as connection:
        assert feeds.read(connection, FEED) == Place(None)


def test_a_new_feed_gets_its_first_place(engine: Engine) -> None:
    assert move(engine, None, 0) == Place(0, moved=True)


def test_a_place_moves_from_where_the_asker_knows_it(engine: Engine) -> None:
    move(engine, None, 10)
    assert move(engine, 10, 20, settled(engine, 14, 19)) == Place(20, moved=True)


@pytest.mark.parametrize("known", [None, 9, 11])
def test_a_place_does_not_move_for_who_is_mistaken(engine: Engine, known: int | None) -> None:
    move(engine, None, 10)
    assert move(engine, known, 20) == Place(10)


def test_a_place_does_not_move_past_a_settle_that_the_database_lost(engine: Engine) -> None:
    move(engine, None, 10)
    assert move(engine, 10, 20, settled(engine, 14), NOBODYS) == Place(10)
    assert receipts(engine) == [14]


def test_a_receipt_goes_when_the_place_has_moved_past_its_messages(engine: Engine) -> None:
    move(engine, None, 10)
    shown, _unheard, _later = settled(engine, 12), settled(engine, 11), settled(engine, 15)
    assert move(engine, 10, 13, shown).moved
    assert receipts(engine) == [15]
    assert move(engine, 13, 13).moved


def test_an_emptied_database_is_not_given_the_old_place(engine: Engine) -> None:
    assert move(engine, 10, 20) == Place(None)
    assert move(engine, None, 20, NOBODYS) == Place(None)


def test_a_place_tells_at_which_share_of_bad_messages_its_bridge_stopped(engine: Engine) -> None:
    for stopped_at in (0.2, None):
        with engine.begin() as connection:
            known = feeds.read(connection, FEED).next_offset
            assert feeds.move(connection, FEED, Move(known, 10, [], stopped_at=stopped_at)).stopped_at == stopped_at
