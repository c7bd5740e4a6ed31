"""Replays through a real Redis and a worker in this process; without one; interrupted."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from storefront import replay
from storefront.stock import rules
from storefront.stock.message import A_DOCUMENT, StockUpdate
from tests.storefront.commands.conftest import Query, Run
from tests.storefront.commands.letters import bury
from tests.storefront.conftest import Working

ROOT = Path(__file__).parents[3]
REPLAY = [sys.executable, "-m", "flask", "--app", "wsgi", "dead-letters", "replay"]


def message(count: int, code: str = "JANW7810") -> bytes:
    return f'{{"product_code": "{code}", "inventory_count": {count}}}'.encode()


def add_product(query: Query) -> None:
    query("INSERT INTO products (name, code, price) VALUES ('Mug', 'JANW7810', 1)")


def states(query: Query) -> list[str]:
    return [state for (state,) in query("SELECT state FROM dead_letters ORDER BY id")]


def queued(redis_url: str) -> list[dict[str, Any]]:
    with redis.Redis.from_url(redis_url) as client:
        return [json.loads(task) for task in client.lrange("inventory", 0, -1)]


def wait_for(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)


def test_a_replay_says_what_became_of_each(run: Run, query: Query, working: Working) -> None:
    add_product(query)
    for offset, value in enumerate([message(3), message(7), message(5), b"still bad", message(2, "NO-SUCH-CODE")]):
        bury(query, offset, value)
    query("""
        INSERT INTO stock_levels (product_code, inventory, source, leader_epoch, "offset", broker_time)
        VALUES ('JANW7810', 1, 'id-1', 0, 0, 1)
    """)
    with working():
        done = run("dead-letters", "replay", "2", "updates-1-0", "4", "5", "--because", "mended")
    lines = done.output.splitlines()
    assert sorted(lines[:-1]) == [
        "     1  stale: JANW7810 → 3, this or a newer count is there",
        "     2  applied: JANW7810 → 7",
        f"     4  failed again: the message is still bad, not JSON at character 1: still bad; expected {A_DOCUMENT}",
        "     5  no product has code 'NO-SUCH-CODE'; its count 2 is kept",
    ]
    assert re.fullmatch(r"3 replayed: (1 (applied|stale|unknown product|failed again)(, |\.)){4}", lines[-1])
    assert done.exit_code == 1
    assert states(query) == ["replayed", "replayed", "open", "open", "replayed"]
    assert query("SELECT DISTINCT because FROM dead_letters WHERE state = 'replayed'") == [("mended",)]
    assert query("SELECT product_code, inventory FROM stock_levels ORDER BY 1") == [
        ("JANW7810", 7),
        ("NO-SUCH-CODE", 2),
    ]


def test_all_that_match_are_replayed(run: Run, query: Query, working: Working) -> None:
    add_product(query)
    for offset in range(30):
        bury(query, offset, message(offset), reason="ZeroDivisionError" if offset % 3 else "another")
    with working():
        done = run("dead-letters", "replay", "--all", "--reason", "zerodivision")
        assert done.exit_code == 0
        assert len(done.output.splitlines()) == 21
        assert states(query).count("replayed") == 20
        assert (
            run("dead-letters", "replay", "--all", "--reason", "zerodivision").output == "No dead letters to replay.\n"
        )
        assert run("dead-letters", "replay", "--all").exit_code == 0
    assert states(query) == ["replayed"] * 30
    assert query("SELECT inventory FROM stock_levels") == [(29,)]


def test_a_discarded_letter_can_be_replayed(run: Run, query: Query, working: Working) -> None:
    add_product(query)
    bury(query, 1, message(3))
    query("UPDATE dead_letters SET state = 'discarded'")
    with working():
        assert run("dead-letters", "replay", "--all").output == "No dead letters to replay.\n"
        assert run("dead-letters", "replay", "--all", "--state", "discarded").output.startswith("     1  applied: ")
    assert states(query) == ["replayed"]


def test_a_replay_goes_through_the_queue_with_an_id_of_its_own_and_the_old_position(
    run: Run, query: Query, redis_url: str
) -> None:
    bury(query, 4711, b"\xff\x00")
    query("""UPDATE dead_letters SET key = 'JANW7810', headers = '[["trace", "/w=="]]'""")
    run("dead-letters", "replay", "1", "--wait", "1")
    [task] = queued(redis_url)
    assert re.fullmatch(r"replay-1-[0-9a-f]{12}", task["headers"]["id"])
    assert task["headers"]["task"] == "storefront.update_inventory"
    assert task["headers"]["argsrepr"] == "dead letter 1 (JANW7810) · partition 1 · offset 4711"


def test_without_a_worker_it_says_so_and_the_tasks_wait(
    run: Run, query: Query, redis_url: str, working: Working
) -> None:
    add_product(query)
    bury(query, 1, message(3))
    done = run("dead-letters", "replay", "1", "--wait", "1")
    assert done.exit_code == 1
    assert done.output == (
        "     1  no worker has begun it\n0 replayed: 1 waiting.\n1 of 1 were sent, 0 answered.\n"
        "No worker answered within 1 s. 1 task stands in the queue, to run when a worker is free "
        "(`celery -A storefront.worker worker` starts one); a letter stays open until then.\n"
    )
    assert states(query) == ["open"]
    assert len(queued(redis_url)) == 1
    with working():
        wait_for(lambda: states(query) == ["replayed"])


def test_no_more_tasks_and_bytes_than_a_few_are_in_the_queue(
    run: Run, query: Query, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "MOST_IN_FLIGHT", 10)
    for offset in range(25):
        bury(query, offset)
    done = run("dead-letters", "replay", "--all", "--wait", "1")
    assert len(queued(redis_url)) == 10
    assert "10 of 25 were sent, 0 answered." in done.output
    monkeypatch.setattr(replay, "MOST_BYTES", 20)
    run("dead-letters", "replay", "--all", "--wait", "1")
    assert len(queued(redis_url)) == 12  # of 8 bytes each


def test_a_message_greater_than_the_bound_goes_alone(
    run: Run, query: Query, working: Working, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "MOST_BYTES", 20)
    for offset in range(3):
        bury(query, offset, message(offset))
    with working():
        assert run("dead-letters", "replay", "--all").exit_code == 0
    assert states(query) == ["replayed"] * 3


def test_letters_that_are_purged_on_the_way_are_passed_over(
    run: Run, query: Query, working: Working, monkeypatch: pytest.MonkeyPatch
) -> None:
    bury(query, 1, message(3))
    bury(query, 2, message(4))
    monkeypatch.setattr("storefront.dead_letters.numbers", lambda _: [1, 99, 2])
    with working():
        done = run("dead-letters", "replay", "--all", "--wait", "5")
    assert "2 replayed: 2 unknown product.\n2 of 3 were sent, 2 answered.\n" in done.output
    assert states(query) == ["replayed"] * 2


def test_a_redis_that_is_away_is_a_sentence(run_in: Run, query: Query) -> None:
    bury(query, 1)
    done = run_in({"REDIS_URL": "redis://:top-secret@127.0.0.1:1/0"}, "dead-letters", "replay", "1")
    assert done.exit_code == 1
    assert "Error: Redis can't be used: " in done.output
    assert "Connection refused" in done.output
    assert "top-secret" not in done.output
    assert states(query) == ["open"]


def test_a_bug_is_mended_and_its_letters_replayed(
    run: Run, query: Query, working: Working, monkeypatch: pytest.MonkeyPatch
) -> None:
    def divide(update: StockUpdate) -> StockUpdate:
        return StockUpdate(update.product_code, 6 // update.inventory_count)

    add_product(query)
    bury(query, 1, message(0), reason="our own code fails on it, ValueError")
    monkeypatch.setattr(rules, "RULES", [divide])
    with working():
        assert "failed again: our own code fails on it, ZeroDivisionError" in run("dead-letters", "replay", "1").output
        monkeypatch.setattr(rules, "RULES", [])
        assert run("dead-letters", "replay", "--all", "--reason", "ZeroDivisionError").exit_code == 0
    assert query("SELECT inventory FROM stock_levels") == [(0,)]


def test_ctrl_c_says_where_it_stands(query: Query, shop_environment: dict[str, str], redis_url: str) -> None:
    assert shop_environment
    bury(query, 1, message(3))
    running = subprocess.Popen(
        [*REPLAY, "--all"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    wait_for(lambda: queued(redis_url))
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=30)
    assert running.returncode == 130
    assert said == (
        "0 replayed.\n1 of 1 were sent, 0 answered.\n"
        "Interrupted. What was sent goes on in the queue; run the same again for the rest.\n"
    )


def test_of_many_a_terminal_shows_a_bar_and_the_first_troubles(
    query: Query, shop_environment: dict[str, str], working: Working
) -> None:
    assert shop_environment
    add_product(query)
    for offset in range(60):
        bury(query, offset, message(offset) if offset % 2 else b"bad")
    terminal, end = pty.openpty()
    with working():
        running = subprocess.Popen([*REPLAY, "--all"], cwd=ROOT, stdout=end, stderr=end)
        os.close(end)
        said = read_all(terminal)
    assert running.wait(30) == 1
    assert "Replaying 60" in said
    assert "100%" in said
    assert said.count("failed again: the message is bad") == 20
    assert "… 10 more stay open; `dead-letters list` shows why." in said
    assert "30 replayed: 30 failed again, " in said


def read_all(terminal: int) -> str:
    said = b""
    while True:
        try:
            some = os.read(terminal, 4096)
        except OSError:  # how Linux says that the other end was closed
            some = b""
        if not some:
            os.close(terminal)
            return said.decode()
        said += some
