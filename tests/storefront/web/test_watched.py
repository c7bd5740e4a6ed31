from collections.abc import Collection
from threading import Barrier, Thread

import pytest

from storefront.web import watched
from storefront.web.watched import FRESH_SECONDS, REST_SECONDS, WATCHED_SECONDS, StillAway, Watched


class Database:
    """Counts by code; notes what it is asked."""

    def __init__(self) -> None:
        self.now = 100.0
        self.counts = {"TEA": 3, "CHAIR": 5}
        self.asked: list[set[str]] = []
        self.away = False
        self.takes = 0.0

    def read(self, codes: Collection[str]) -> dict[str, int]:
        self.asked.append(set(codes))
        self.now += self.takes
        if self.away:
            raise ConnectionError
        return {code: self.counts.get(code, 0) for code in codes}


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def cache(database: Database) -> Watched[int]:
    return Watched(database.read, clock=lambda: database.now)


def test_what_many_ask_for_is_read_once(database: Database, cache: Watched[int]) -> None:
    for _ in range(100):
        assert cache.look(["TEA"]) == {"TEA": 3}

    assert database.asked == [{"TEA"}]


def test_a_change_is_seen_as_soon_as_the_last_reading_is_old(database: Database, cache: Watched[int]) -> None:
    cache.look(["TEA"])
    database.counts["TEA"] = 2
    database.now += FRESH_SECONDS

    assert cache.look(["TEA"]) == {"TEA": 2}


@pytest.mark.parametrize(("takes", "fresh_for"), [(FRESH_SECONDS / 2, FRESH_SECONDS), (0.9, 0.9)])
def test_a_slow_database_is_left_alone_for_as_long_as_it_took(
    database: Database, cache: Watched[int], takes: float, fresh_for: float
) -> None:
    database.takes = takes
    cache.look(["TEA"])
    database.now += fresh_for - 0.01
    cache.look(["TEA"])
    assert len(database.asked) == 1
    database.now += 0.02
    cache.look(["TEA"])

    assert len(database.asked) == 2


def test_all_that_was_asked_for_lately_is_read_together(database: Database, cache: Watched[int]) -> None:
    cache.look(["TEA"])
    cache.look(["CHAIR"])
    database.now += FRESH_SECONDS
    cache.look(["TEA"])
    cache.look(["CHAIR"])

    assert database.asked == [{"TEA"}, {"CHAIR"}, {"TEA", "CHAIR"}]


def test_what_no_page_asks_for_any_more_is_forgotten(database: Database, cache: Watched[int]) -> None:
    cache.look(["TEA"])
    database.now += WATCHED_SECONDS + 1
    cache.look(["CHAIR"])

    assert database.asked[-1] == {"CHAIR"}


def test_no_more_than_a_bounded_number_is_kept(
    database: Database, cache: Watched[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "MOST_CODES", 3)
    for number in range(10):
        cache.look([str(number)])
    database.now += FRESH_SECONDS

    assert cache.look(["TEA"]) == {"TEA": 3}
    assert database.asked[-1] == {"8", "9", "TEA"}


def test_a_database_that_does_not_answer_is_left_alone_for_a_while(database: Database, cache: Watched[int]) -> None:
    cache.look(["TEA"])
    database.away = True
    database.now += FRESH_SECONDS
    with pytest.raises(ConnectionError):
        cache.look(["TEA"])
    for _ in range(100):
        with pytest.raises(StillAway):
            cache.look(["TEA"])
    database.away = False
    database.now += REST_SECONDS

    assert cache.look(["TEA"]) == {"TEA": 3}
    assert len(database.asked) == 3


def test_threads_that_ask_at_the_same_time_get_what_they_asked_for(database: Database, cache: Watched[int]) -> None:
    codes = [f"CODE{number}" for number in range(8)]
    database.counts.update({code: number for number, code in enumerate(codes)})
    start = Barrier(len(codes))
    wrong: list[str] = []

    def ask(code: str) -> None:
        start.wait()
        for _ in range(300):
            database.now += FRESH_SECONDS / 100
            if cache.look([code, "TEA"]) != {code: database.counts[code], "TEA": 3}:
                wrong.append(code)

    threads = [Thread(target=ask, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
