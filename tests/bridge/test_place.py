from collections.abc import Iterable

from bridge.ledger import Ledger, Receipt
from bridge.place import MOVE_EVERY, REPORT_EVERY, Place, Seen, Verdict
from bridge.request import Traffic
from tests.bridge.records import FEED


def traffic(now: float) -> Traffic:
    return Traffic(now, queue_empty=True, last_answered_at=0)


def make_place(next_offset: int | None) -> Place:
    """A place whose first question, where to begin, is answered."""
    place = Place(FEED)
    assert place.due(None, Seen(), traffic(0))
    assert place.arguments() == {}
    place.answer(next_offset, 0.0)
    return place


def ask_to_move(place: Place, to: int, receipts: Iterable[Receipt] = (), now: float = MOVE_EVERY) -> None:
    ledger = Ledger(FEED, to)
    ledger.receipts += receipts
    assert place.due(ledger, Seen(100, 1_700_000_000_000), traffic(now))


def test_it_asks_from_where_it_knows_to_what_is_dealt_with() -> None:
    place = make_place(10)
    ask_to_move(place, to=15, receipts=[Receipt(9, "old"), Receipt(14, "new")])
    assert place.arguments() == {
        "move": {
            "known": 10,
            "next_offset": 15,
            "receipts": ["new"],
            "dealt_until": None,
            "end_offset": 100,
            "stopped_at": None,
            "end_seen_at": 1_700_000_000_000,
        }
    }


def test_an_idle_feed_reports_seldom() -> None:
    place = make_place(10)
    assert not place.due(Ledger(FEED, 10), Seen(10), traffic(MOVE_EVERY))
    assert place.due(Ledger(FEED, 10), Seen(10), traffic(REPORT_EVERY))


def test_one_question_is_open_at_a_time() -> None:
    place = make_place(10)
    ask_to_move(place, to=15)
    assert place.request
    place.request.sent(MOVE_EVERY)
    assert not place.due(Ledger(FEED, 20), Seen(100), traffic(MOVE_EVERY + 0.1))


def test_what_the_database_confirms_is_known() -> None:
    place = make_place(None)
    ask_to_move(place, to=15)
    assert place.answer(15, 1.0, moved=True) is Verdict.CONFIRMED
    assert place.known == 15


def test_a_database_that_was_put_back_is_behind() -> None:
    place = make_place(10)
    ask_to_move(place, to=15)
    assert place.answer(4, 1.0) is Verdict.BEHIND
    assert place.known == 4


def test_an_emptied_database_is_behind() -> None:
    place = make_place(10)
    ask_to_move(place, to=15)
    assert place.answer(None, 1.0) is Verdict.BEHIND


def test_a_database_that_lost_a_settle_refuses_where_the_offset_agrees() -> None:
    place = make_place(10)
    ask_to_move(place, to=15)
    assert place.answer(10, 1.0) is Verdict.FORGETFUL


def test_a_move_that_was_asked_for_twice_is_confirmed() -> None:
    place = make_place(10)
    ask_to_move(place, to=15)
    assert place.answer(15, 1.0) is Verdict.CONFIRMED


def test_another_bridge_that_went_further_is_believed() -> None:
    place = make_place(10)
    ask_to_move(place, to=15)
    assert place.answer(40, 1.0) is Verdict.AHEAD
    assert place.known == 40
    ask_to_move(place, to=15, now=1.0 + REPORT_EVERY)
    assert place.arguments()["move"]["next_offset"] == 40


def test_a_log_that_went_backwards_takes_the_place_with_it() -> None:
    place = make_place(42)
    assert place.due(Ledger(FEED, 20, rewound=True), Seen(100), traffic(MOVE_EVERY))
    assert place.answer(20, 1.0, moved=True) is Verdict.CONFIRMED
