"""A bug of ours, from the first red task to the replay."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from click.testing import Result

from tests.end_to_end.conftest import ROOT, Shop, eventually

pytestmark = pytest.mark.slow

IN_VAIN = re.compile(r"replay +tried again: \d tries in vain, the last at .* UTC: the database can't take it now: ")


def run(shop: Shop, *arguments: str) -> Result:
    return shop.app.test_cli_runner().invoke(args=["dead-letters", *arguments])


def test_a_bug_costs_its_messages_a_letter_and_its_mending_applies_what_is_newest(whole_shop: Shop) -> None:
    whole_shop.add_products("NEWEST01", "OLDER001", "OTHER001")
    whole_shop.start("bridge", "buggy")
    for number in range(40):
        whole_shop.count("OTHER001", 1_000 + number)
    whole_shop.count("NEWEST01", 13)
    whole_shop.count("OLDER001", 13)
    whole_shop.count("OLDER001", 5)
    for number in range(40):
        whole_shop.count("OTHER001", 2_000 + number)
    eventually(lambda: whole_shop.query("SELECT sum(next_offset) FROM feed_positions") == [(83,)])
    assert whole_shop.stock() == {"OTHER001": 2_039, "OLDER001": 5}
    assert [reason.partition(":")[0] for reason in whole_shop.letters()] == [
        "our own code fails on it, ZeroDivisionError"
    ] * 2
    assert whole_shop.processes["buggy"].poll() is None
    assert "NEWEST01" in run(whole_shop, "list").output

    assert run(whole_shop, "replay", "--all").exit_code == 1  # not mended yet
    assert len(whole_shop.query("SELECT * FROM dead_letters WHERE state = 'open' AND tries = 2")) == 2
    whole_shop.end("buggy", signal.SIGTERM)
    whole_shop.start("worker")
    done = run(whole_shop, "replay", "--all", "--reason", "ZeroDivisionError")
    assert sorted(line.split(maxsplit=1)[1] for line in done.output.splitlines()[:-1]) == [
        "applied: NEWEST01 → 13",
        "stale: OLDER001 → 13, this or a newer count is there",
    ]
    assert "In stock" in whole_shop.page("NEWEST01")
    assert "Only 5 left!" in whole_shop.page("OLDER001")
    assert run(whole_shop, "list").output == "No open dead letters; there are 2 replayed.\n"


def bury(shop: Shop, count: int) -> None:
    value = json.dumps({"product_code": "JANW7810", "inventory_count": count}).encode()
    shop.connection.execute(
        """
        INSERT INTO dead_letters (topic, partition, source, leader_epoch, "offset", broker_time, task_id, value, reason)
        VALUES ('stock', 1, 'id-1', 0, 7, 1, 'stock-1-7', %s, 'it killed its worker 3 times')
        """,
        [value],
    )


def test_a_replay_that_kills_its_worker_says_so_and_keeps_the_letter(whole_shop: Shop) -> None:
    whole_shop.add_products("JANW7810")
    bury(whole_shop, 666)
    whole_shop.start("buggy")
    eventually(partial(whole_shop.said, "buggy", "ready."))
    done = run(whole_shop, "replay", "1", "--wait", "3")
    assert whole_shop.processes["buggy"].wait(10) == 9
    assert done.output.splitlines()[0] == "     1  a worker began it and did not answer: perhaps it killed its worker"
    assert whole_shop.query("SELECT state, tries, replay_begun_at = last_at FROM dead_letters") == [("open", 2, True)]
    assert "running: begun at " in run(whole_shop, "show", "1").output  # for so long as it may be

    whole_shop.start("worker")
    assert run(whole_shop, "replay", "stock-1-7").output.startswith("     1  applied: JANW7810 → 666")
    eventually(partial(whole_shop.shows, "JANW7810", "In stock"))


@contextmanager
def broken_world(shop: Shop) -> Iterator[None]:
    shop.connection.execute("ALTER TABLE stock_levels RENAME TO elsewhere")
    try:
        yield
    finally:
        shop.connection.execute("ALTER TABLE elsewhere RENAME TO stock_levels")


def test_a_replay_waits_out_a_world_that_is_broken_for_a_moment(whole_shop: Shop) -> None:
    whole_shop.add_products("JANW7810")
    bury(whole_shop, 3)
    whole_shop.start("worker")
    with broken_world(whole_shop):
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "dead-letters", "replay", "1"]
        replaying = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        eventually(partial(whole_shop.said, "worker", "tried again: the database can't take it now"))
    said, _ = replaying.communicate(timeout=60)
    assert said == "     1  applied: JANW7810 → 3\n1 replayed: 1 applied.\n"
    assert whole_shop.query("SELECT state, tries FROM dead_letters") == [("replayed", 2)]


def test_a_replay_that_nobody_waits_for_any_longer_goes_on(whole_shop: Shop) -> None:
    bury(whole_shop, 3)
    whole_shop.start("worker")
    with broken_world(whole_shop):
        eventually(partial(whole_shop.said, "worker", "ready."))
        done = run(whole_shop, "replay", "1", "--wait", "3")
        assert done.exit_code == 1
        assert "     1  a worker goes on trying: the database can't take it now: " in done.output
        eventually(lambda: whole_shop.query("SELECT * FROM dead_letters WHERE replay_retries > 0") != [])
        eventually(lambda: IN_VAIN.search(run(whole_shop, "show", "1").output))
    eventually(lambda: whole_shop.query("SELECT state FROM dead_letters") == [("replayed",)])
    assert whole_shop.query("SELECT replay_begun_at, replay_trouble FROM dead_letters") == [(None, None)]
