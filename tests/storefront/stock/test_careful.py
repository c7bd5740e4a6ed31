import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from storefront.stock import careful, failures, rules, tries
from storefront.stock.failures import WorldBroken
from storefront.stock.message import BadMessage, StockUpdate
from storefront.stock.receive import receive
from storefront.stock.record import Record
from storefront.stock.settle import Settled, settle
from tests.storefront.stock.records import FEED, counted, make_record


class Killed(BaseException):
    """Stands for the end of the process: nothing in the shop catches it, the database session is closed."""


@pytest.fixture
def meets(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a product's messages meet an error in a rule: `meets(KILLER=Killed)`."""

    def let_meet(**errors: type[BaseException]) -> None:
        def fail(update: StockUpdate) -> StockUpdate:
            if update.product_code in errors:
                raise errors[update.product_code]
            return update

        monkeypatch.setattr(rules, "RULES", [fail])

    return let_meet


CHUNK = [counted(9, 0), counted(1, 1, "KILLER"), counted(7, 2, "OTHER001")]


def killed_once(engine: Engine, chunk: list[Record] = CHUNK) -> None:
    with pytest.raises(Killed):
        settle(engine, FEED, chunk, careful=True)


def with_care(engine: Engine, chunk: list[Record] = CHUNK) -> Settled:
    return settle(engine, FEED, chunk, careful=True)


def stock(engine: Engine) -> dict[str, int]:
    with engine.begin() as connection:
        return {row[0]: row[1] for row in connection.execute(text("SELECT product_code, inventory FROM stock_levels"))}


def letters(engine: Engine) -> list[tuple[int, str, int]]:
    with engine.begin() as connection:
        rows = connection.execute(text('SELECT "offset", state, tries FROM dead_letters ORDER BY "offset"'))
        return [(row[0], row[1], row[2]) for row in rows]


def test_with_care_a_chunk_ends_as_without(engine: Engine) -> None:
    settled = with_care(engine, [counted(9, 0), make_record(b"not JSON", 1), counted(7, 2), counted(8, 3, "OTHER001")])
    assert (settled.messages, settled.repaired, settled.bad, settled.first, settled.left) == (4, 3, 1, [1], [])
    assert stock(engine) == {"ABCD1234": 7, "OTHER001": 8}
    assert letters(engine) == [(1, "open", 1)]


def test_what_kills_its_worker_three_times_is_buried_unread(engine: Engine, meets: Callable[..., None]) -> None:
    meets(KILLER=Killed)
    for tried in (1, 2, 3):
        killed_once(engine)
        assert letters(engine) == [(1, "trying", tried)]
    settled = with_care(engine)
    assert (settled.first, settled.bad, settled.left) == ([1], 1, [])
    assert letters(engine) == [(1, "open", 3)]
    with pytest.raises(BadMessage, match="killed its worker 3 times"):
        receive(engine, CHUNK[1], buried=True)  # what Flower shows, without looking inside


def test_its_neighbours_wait_for_one_death_at_most(engine: Engine, meets: Callable[..., None]) -> None:
    meets(KILLER=Killed)
    killed_once(engine)
    assert stock(engine) == {"ABCD1234": 9}
    killed_once(engine)
    assert stock(engine) == {"ABCD1234": 9, "OTHER001": 7}


def test_a_message_that_was_tried_and_succeeds_leaves_no_note(engine: Engine, meets: Callable[..., None]) -> None:
    meets(KILLER=Killed)
    killed_once(engine)
    meets()
    assert with_care(engine).left == []
    assert letters(engine) == []
    assert stock(engine)["KILLER"] == 1


def test_a_settle_without_care_takes_the_notes_away(engine: Engine, meets: Callable[..., None]) -> None:
    meets(KILLER=Killed)
    killed_once(engine)
    meets()
    settle(engine, FEED, CHUNK)
    assert letters(engine) == []


def test_a_note_becomes_the_letter_of_a_message_that_turns_out_bad(engine: Engine, meets: Callable[..., None]) -> None:
    meets(KILLER=Killed)
    killed_once(engine)
    meets(KILLER=ZeroDivisionError)
    assert settle(engine, FEED, CHUNK).first == [1]
    [(_, state, tried)] = letters(engine)
    assert (state, tried) == ("open", 1)


def test_a_message_that_eats_all_memory_is_left_and_then_buried(engine: Engine, meets: Callable[..., None]) -> None:
    meets(KILLER=MemoryError)
    assert [settle(engine, FEED, CHUNK).left for _ in range(4)] == [[1], [1], [1], []]
    assert stock(engine) == {"ABCD1234": 9, "OTHER001": 7}
    assert letters(engine) == [(1, "open", 3)]


def test_a_message_that_never_returns_is_left_and_then_buried(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait_for_ever(update: StockUpdate) -> StockUpdate:
        while update.product_code == "KILLER":
            time.sleep(1)
        return update

    monkeypatch.setattr(failures, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(rules, "RULES", [wait_for_ever])
    assert [settle(engine, FEED, CHUNK).left for _ in range(4)] == [[1], [1], [1], []]
    assert stock(engine) == {"ABCD1234": 9, "OTHER001": 7}
    assert letters(engine) == [(1, "open", 3)]


def test_a_thread_that_hears_of_no_alarm_has_no_limit(engine: Engine) -> None:
    with ThreadPoolExecutor() as threads:
        assert threads.submit(settle, engine, FEED, CHUNK).result().left == []


def test_a_broken_world_counts_as_no_try(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ConnectionError("reset by peer")

    monkeypatch.setattr(careful, "apply", refuse)
    for _ in range(5):
        with pytest.raises(WorldBroken):
            with_care(engine)
    assert letters(engine) == [(0, "trying", 0)]
    monkeypatch.undo()
    assert with_care(engine).left == []
    assert letters(engine) == []


def test_two_workers_never_try_the_same_feed(engine: Engine) -> None:
    with tries.alone(engine, FEED):
        with pytest.raises(WorldBroken, match="one by one"):
            with_care(engine)
        assert settle(engine, FEED, CHUNK).left == []
    assert with_care(engine).left == []


def test_who_is_slow_leaves_the_rest_for_the_next_time(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(careful, "SECONDS", -1)
    settled = with_care(engine)
    assert (settled.messages, settled.left) == (0, [0, 1, 2])


def test_a_letter_that_is_there_is_not_looked_into_again(engine: Engine, meets: Callable[..., None]) -> None:
    settle(engine, FEED, [make_record(b"not JSON", 1)])
    meets(KILLER=Killed)
    chunk = [counted(9, 0), counted(1, 1, "KILLER")]  # the same place, as if it had been read from it
    settled = with_care(engine, chunk)
    assert (settled.bad, settled.first, settled.left) == (1, [], [])


def test_a_database_that_is_put_back_in_the_middle_is_told_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_back(update: StockUpdate) -> StockUpdate:
        if update.product_code == "OTHER001":  # the first message is applied already
            with engine.begin() as connection:
                connection.execute(text("TRUNCATE stock_levels"))
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
        return update

    monkeypatch.setattr(rules, "RULES", [put_back])
    with pytest.raises(WorldBroken):
        with_care(engine, [counted(9, 0), counted(7, 1, "OTHER001")])
