"""Replays whose end is not told by their own answer: closed by others, lost, or without an end."""

from collections.abc import Callable, Sequence

import pytest
import redis

from runtime.names import QUEUE
from storefront.queue_client import QueueClient
from storefront.stock.failures import WorldBroken
from storefront.stock.message import BadMessage
from tests.end_to_end.conftest import eventually
from tests.storefront.conftest import Working
from tests.storefront.web.ops.conftest import Developer
from tests.storefront.web.ops.test_replays import GOOD, states


def test_what_is_discarded_while_its_replay_waits_is_not_applied_and_may_be_replayed_on_purpose(
    developer: Developer, working: Working
) -> None:
    developer.query("INSERT INTO products (name, code, price) VALUES ('Tea', 'TEAS0001', 5)")
    developer.bury(7, GOOD)
    developer.post("/ops/letters/1/replay", seen_on="/ops/letters/1", because="first")
    developer.post("/ops/letters/1/discard", seen_on="/ops/letters/1", because="count is nonsense, never apply")
    with working():
        eventually(lambda: "discarded" in states(developer.get("/ops/replays/1")))
        assert developer.query("SELECT state, because, tries FROM dead_letters") == [
            ("discarded", "count is nonsense, never apply", 1)
        ]
        assert developer.query("SELECT * FROM stock_levels") == []
        developer.post("/ops/letters/1/replay", seen_on="/ops/letters/1", because="it is right after all")
        eventually(lambda: developer.query("SELECT inventory FROM stock_levels") == [(3,)])
    assert developer.query("SELECT state, because FROM dead_letters") == [("replayed", "it is right after all")]


def test_those_that_come_to_no_end_are_sent_again_on_request(developer: Developer, redis_url: str) -> None:
    for offset in range(3):
        developer.bury(offset)
    developer.post("/ops/letters/replay", seen_on="/ops/letters", because="mended")
    developer.query("UPDATE dead_letters SET last_at = now(), replay_retries = 0")
    developer.query("UPDATE dead_letters SET replay_begun_at = now() - interval '5 minutes' WHERE id = 2")
    developer.query("UPDATE dead_letters SET replay_begun_at = now() WHERE id = 3")
    page = developer.get("/ops/replays/1")
    assert states(page) == {"failed again": 1, "undecided": 1, "running": 1}
    assert "it never said how it ended: its worker ended, or the database was away; replay it again" in page
    assert "1 comes to no end by itself" in page
    done = developer.post("/ops/replays/1/again", seen_on="/ops/replays/1", because="mended")
    assert done.location == "/ops/replays/2"
    assert developer.query("SELECT letters, asked_by, because FROM replays WHERE id = 2") == [([2], "dev", "mended")]
    with redis.Redis.from_url(redis_url) as client:
        assert client.llen(QUEUE) == 4
    assert (
        developer.client.post("/ops/replays/9/again", data={"csrf_token": developer.token("/ops")}).status_code == 404
    )


def test_a_task_that_redis_has_lost_is_said_to_be_so_once_the_queue_is_empty(
    developer: Developer, redis_url: str
) -> None:
    developer.bury(7)
    developer.post("/ops/letters/1/replay", seen_on="/ops/letters/1")
    developer.query("UPDATE replays SET asked_at = asked_at - interval '5 minutes'")
    developer.query("UPDATE dead_letters SET first_at = now() - interval '1 hour', last_at = now() - interval '1 hour'")
    assert states(developer.get("/ops/replays/1")) == {"waiting": 1}
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    page = developer.get("/ops/replays/1")
    assert states(page) == {"undecided": 1}
    assert "the queue is empty: Redis has lost its task; replay it again" in page
    developer.query("UPDATE replays SET asked_at = now()")
    assert states(developer.get("/ops/replays/1")) == {"waiting": 1}  # a worker may just have taken it


def test_a_letter_that_was_closed_since_waits_for_nobody_whatever_its_answer_was(
    developer: Developer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for offset in range(5):
        developer.bury(offset)
    developer.post("/ops/letters/replay", seen_on="/ops/letters")

    def heard(_: QueueClient, ids: Sequence[str]) -> dict[str, object]:
        answers = [WorldBroken("disk full"), BadMessage("bad"), WorldBroken("disk full"), WorldBroken("disk full")]
        return dict(zip(ids, answers, strict=False))

    monkeypatch.setattr(QueueClient, "heard", heard)
    assert states(developer.get("/ops/replays/1")) == {"undecided": 3, "failed again": 1, "waiting": 1}
    developer.query("UPDATE dead_letters SET state = 'replayed', closed_at = now() WHERE id < 3")
    developer.query("DELETE FROM dead_letters WHERE id = 3")
    page = developer.get("/ops/replays/1")
    assert states(page) == {"closed": 2, "gone": 1, "undecided": 1, "waiting": 1}
    assert "1 comes to no end by itself" in page


def test_no_transaction_is_open_while_redis_is_waited_for(
    developer: Developer, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ones: list[object] = []

    def wait(said: object) -> Callable[..., object]:
        def look(*_: object) -> object:
            found = developer.query(
                "SELECT query FROM pg_stat_activity"
                " WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
            )
            open_ones.append(found)
            return said

        return look

    developer.bury(7)
    answers: dict[str, object] = {"send": None, "heard": {}, "tried_again": {}, "length": 0}
    for name, said in answers.items():
        monkeypatch.setattr(QueueClient, name, wait(said))
    developer.post("/ops/letters/1/replay", seen_on="/ops/letters/1")
    developer.post("/ops/letters/replay", seen_on="/ops/letters")
    developer.query("UPDATE replays SET asked_at = asked_at - interval '5 minutes'")
    developer.query("UPDATE dead_letters SET last_at = last_at - interval '1 hour'")
    assert states(developer.get("/ops/replays/1")) == {"undecided": 1}
    assert developer.post("/ops/replays/1/again", seen_on="/ops/replays/1").location == "/ops/replays/3"
    assert len(open_ones) == 12
    assert not any(open_ones)


def test_of_one_whose_message_a_settle_tries_anew_nothing_is_said_to_be_lost(developer: Developer) -> None:
    developer.bury(7)
    developer.post("/ops/letters/1/replay", seen_on="/ops/letters/1")
    developer.query("UPDATE replays SET asked_at = asked_at - interval '5 minutes'")
    developer.query("UPDATE dead_letters SET state = 'trying', last_at = now() - interval '1 hour'")
    assert states(developer.get("/ops/replays/1")) == {"begun": 1}
