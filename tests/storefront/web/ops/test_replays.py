"""Replays from the page, with a worker in this process."""

import json
import re

import pytest
import redis
from turbohtml import parse

from tests.end_to_end.conftest import eventually
from tests.storefront.conftest import Working
from tests.storefront.web.ops.conftest import Developer

GOOD = b'{"product_code": "TEAS0001", "inventory_count": 3}'


def states(page: str) -> dict[str, int]:
    """The sums at the head of a run's page."""
    head = page.partition('class="sum"')[2].partition("</p>")[0]
    return {name: int(number) for number, name in re.findall(r"(\d+) <span[^>]+>([^<]+)<", head)}


def test_a_replay_is_enqueued_at_once_and_its_page_says_what_became_of_it(
    developer: Developer, working: Working
) -> None:
    developer.query("INSERT INTO products (name, code, price) VALUES ('Tea', 'TEAS0001', 5)")
    developer.bury(7, GOOD, reason="our own code fails on it, KeyError: 'x'")
    done = developer.post("/ops/letters/1/replay", seen_on="/ops/letters/1", because="mended")
    assert (done.status_code, done.location) == (302, "/ops/replays/1")
    page = developer.get("/ops/replays/1")
    assert states(page) == {"waiting": 1}
    assert "no worker has begun it" in page
    assert "Look again" in page
    with working():
        eventually_answered(developer, 1)
    page = developer.get("/ops/replays/1")
    assert states(page) == {"applied": 1}
    assert "Look again" not in page
    assert "applied</span> <bdi>TEAS0001 → 3</bdi>" in page
    assert re.search(r'href="http://flower\.example:5555/task/replay-1-[0-9a-f]{12}"', page)
    assert ", by <bdi>dev</bdi>: <bdi>mended</bdi>" in page
    assert developer.query("SELECT state, closed_by, because, tries FROM dead_letters") == [
        ("replayed", "dev", "mended", 2)
    ]
    assert "Only 3 left!" in developer.get("/products/TEAS0001")
    assert "letter 1" in developer.get("/ops/replays")


def test_each_fate_is_told_also_when_redis_has_forgotten_the_answers(
    developer: Developer, working: Working, redis_url: str
) -> None:
    developer.query("INSERT INTO products (name, code, price) VALUES ('Tea', 'TEAS0001', 5)")
    newer = json.dumps({"product_code": "TEAS0001", "inventory_count": 9}).encode()
    developer.bury(8, newer)
    developer.bury(7, GOOD)
    developer.bury(9, b"still <b>bad</b>")
    developer.bury(10, b'{"product_code": "NOSUCH01", "inventory_count": 1}')
    done = developer.post("/ops/letters/replay", seen_on="/ops/letters", because="all")
    with working():
        eventually_answered(developer, 3)
    page = developer.get(done.location)
    assert sum(states(page).values()) == 4
    assert states(page)["failed again"] == 1
    assert "the message is still &lt;b&gt;bad&lt;/b&gt;, not JSON" in page
    assert "unknown product" in states(page)
    shown = developer.get("/ops/letters/3")
    assert "<dt>replay</dt><dd><bdi>failed again: the message is still &lt;b&gt;bad&lt;/b&gt;, not JSON" in shown
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    page = developer.get(done.location)
    assert states(page) == {"closed": 3, "failed again": 1}
    parse(page, strict=True)  # raises at the first parse error


def test_one_that_a_worker_goes_on_trying_says_since_when_how_often_and_why(developer: Developer) -> None:
    developer.bury(7)
    developer.post("/ops/letters/1/replay", seen_on="/ops/letters/1")
    developer.query("UPDATE dead_letters SET last_at = now(), replay_retries = 1, replay_trouble = 'disk full'")
    page = developer.get("/ops/replays/1")
    assert states(page) == {"tried again": 1}
    assert re.search(r"2 tries in vain, the last at \S+ \S+ UTC: disk full<", page)
    assert "comes to no end" not in page
    shown = developer.get("/ops/letters/1")
    assert re.search(r"<dt>replay</dt><dd><bdi>tried again: 2 tries in vain, the last at .*: disk full<", shown)
    assert 'href="/ops/replays/1"' in shown
    developer.query("UPDATE dead_letters SET replay_begun_at = now(), replay_retries = 2")
    assert states(developer.get("/ops/replays/1")) == {"running": 1}


def test_of_many_that_match_a_bounded_number_is_sent_and_the_next_ones_on_request(
    developer: Developer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storefront.replay_runs.MOST_AT_ONCE", 2)
    monkeypatch.setattr("storefront.web.ops.replays.MOST_AT_ONCE", 2)
    for offset in range(5):
        developer.bury(offset)
    developer.bury(5, reason="it killed its worker 3 times")
    done = developer.post("/ops/letters/replay", seen_on="/ops/letters", reason="not JSON", because="mended")
    for number, more in ((1, 3), (2, 1)):
        page = developer.get(done.location)
        assert done.location == f"/ops/replays/{number}"
        assert states(page) == {"waiting": 2}
        assert f"{more} more that match were not sent yet" in page
        rest = page.partition("</header>")[2]
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', rest))
        done = developer.client.post("/ops/letters/replay", data=fields)
    assert "more that match" not in developer.get("/ops/replays/3")
    assert developer.query("SELECT letters, because FROM replays ORDER BY id") == [
        ([1, 2], "mended"),
        ([3, 4], "mended"),
        ([5], "mended"),
    ]


def test_great_messages_are_fewer_at_once(developer: Developer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storefront.replay.MOST_BYTES", 1_000)
    for offset in range(3):
        developer.bury(offset, b"x" * 400)
    done = developer.post("/ops/letters/replay", seen_on="/ops/letters")
    assert "1 more that match were not sent yet" in developer.get(done.location)


def test_where_redis_is_away_nothing_is_lost_and_a_sentence_says_so(developer: Developer) -> None:
    developer.bury(7)
    developer.post("/ops/letters/1/replay", seen_on="/ops/letters/1")
    settings = developer.app.config["SETTINGS"]
    developer.app.config["SETTINGS"] = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    for address in ("/ops/letters/1/replay", "/ops/letters/replay"):
        done = developer.post(address, seen_on="/ops/letters/1")
        assert "Redis can&#39;t be used" in developer.get(done.location)
    page = developer.get("/ops/replays/1")
    assert "What follows is what the database knows" in page
    assert states(page) == {"waiting": 1}
    assert developer.query("SELECT state, tries FROM dead_letters") == [("open", 1)]


def test_what_a_worker_tries_right_now_is_left_to_it(developer: Developer) -> None:
    developer.bury(7, state="trying")
    assert "no dead letter yet" in developer.get("/ops/letters/1")
    developer.post("/ops/letters/1/replay", seen_on="/ops")
    assert "Look again in a minute" in developer.get("/ops/letters/1")
    assert developer.query("SELECT count(*) FROM replays") == [(0,)]


def test_where_nothing_matches_nothing_is_sent(developer: Developer) -> None:
    done = developer.post("/ops/letters/replay", seen_on="/ops", code="NONE")
    assert "nothing was sent" in developer.get(done.location)
    assert "No replay is kept" in developer.get("/ops/replays")
    assert developer.client.get("/ops/replays/1").status_code == 404


def test_a_letter_that_was_purged_is_said_to_be_gone(developer: Developer) -> None:
    developer.bury(7)
    developer.post("/ops/letters/1/replay", seen_on="/ops")
    developer.query("DELETE FROM dead_letters")
    assert states(developer.get("/ops/replays/1")) == {"gone": 1}


def test_old_replays_are_purged_with_old_letters(developer: Developer) -> None:
    developer.bury(7)
    developer.post("/ops/letters/1/replay", seen_on="/ops")
    runner = developer.app.test_cli_runner()
    runner.invoke(args=["dead-letters", "purge", "--older-than", "1"])
    assert developer.query("SELECT count(*) FROM replays") == [(1,)]
    runner.invoke(args=["dead-letters", "purge", "--older-than", "0"])
    assert developer.query("SELECT count(*) FROM replays") == [(0,)]


def eventually_answered(developer: Developer, closed: int) -> None:
    """Wait until so many letters are replayed and nothing waits."""
    eventually(
        lambda: (
            developer.query("SELECT count(*) FROM dead_letters WHERE state = 'replayed'") == [(closed,)]
            and "waiting" not in states(developer.get("/ops/replays/1"))
        )
    )
