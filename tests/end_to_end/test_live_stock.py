"""From the topic to the page, through the real broker, queue, workers and database."""

import random
import signal
import time
from functools import partial

import pytest

from devservices import Noida, Postgres, Service
from tests.end_to_end.conftest import Shop, connect_producer, eventually

pytestmark = pytest.mark.slow


def test_a_count_is_on_the_page_a_moment_later(whole_shop: Shop) -> None:
    whole_shop.add_products("JANW7810")
    whole_shop.start("bridge", "worker")
    assert "Stock not known yet" in whole_shop.page("JANW7810")
    for count, words in ((3, "Only 3 left!"), (23, "In stock"), (0, "Out of stock")):
        whole_shop.count("JANW7810", count)
        eventually(partial(whole_shop.shows, "JANW7810", words))


def test_the_six_messages(whole_shop: Shop, postgres: Postgres) -> None:
    whole_shop.add_products("JANW7810")
    whole_shop.start("bridge", "worker-1", "worker-2")
    whole_shop.count("JANW7810", 7)
    whole_shop.count("JANW7810", -1)
    whole_shop.count("NO-SUCH-CODE", 3)
    whole_shop.send(b"not JSON")
    whole_shop.send(b'{"greeting": "hello"}')
    eventually(lambda: len(whole_shop.letters()) == 3 and len(whole_shop.stock()) == 2)
    assert "Only 7 left!" in whole_shop.page("JANW7810")
    for said in (
        "inventory_count is -1; expected a whole number",
        "no product has code 'NO-SUCH-CODE'; its count 3 is kept",
    ):
        eventually(partial(whole_shop.workers_said, f"failed: {said}"))
    assert not whole_shop.workers_said("Traceback")
    _while_the_database_is_down(whole_shop, postgres)
    whole_shop.add_products("NO-SUCH-CODE")
    assert "Only 3 left!" in whole_shop.page("NO-SUCH-CODE")


def _while_the_database_is_down(shop: Shop, postgres: Postgres) -> None:
    postgres.stop()
    try:
        shop.count("JANW7810", 5)
        assert shop.client.get("/products/JANW7810").status_code == 503
        time.sleep(3)
    finally:
        postgres.start()
    shop.reconnect()
    eventually(lambda: "Only 5 left!" in shop.page("JANW7810"))
    assert len(shop.letters()) == 3


def test_messages_without_a_key_all_arrive(whole_shop: Shop) -> None:
    whole_shop.start("bridge", "worker")
    for number in range(60):
        whole_shop.count(f"KEYL{number:04}", number, keyed=False)
    eventually(lambda: whole_shop.stock() == {f"KEYL{number:04}": number for number in range(60)})


def test_the_shop_catches_up_with_what_it_missed(whole_shop: Shop) -> None:
    for count in range(50):
        whole_shop.count("LATE0001", count)
    whole_shop.start("bridge", "worker")
    eventually(lambda: whole_shop.stock() == {"LATE0001": 49})
    eventually(lambda: whole_shop.is_behind() == 0)


def test_two_bridges_share_the_topic_and_either_may_leave(whole_shop: Shop) -> None:
    if isinstance(whole_shop.kafka, Noida):
        pytest.skip("the embedded broker loses rebalances between two members; `make test-kafka` runs this one")
    whole_shop.start("worker")
    for name in ("bridge-1", "bridge-2"):
        whole_shop.start(name)
        eventually(partial(whole_shop.said, name, "reads partitions"))
    expected = {}
    for turn in range(3):
        for number in range(20):
            whole_shop.count(f"TWOB{number:04}", turn * 100 + number)
            expected[f"TWOB{number:04}"] = turn * 100 + number
        if turn == 1:
            assert whole_shop.end("bridge-1", signal.SIGTERM) == 0
    eventually(lambda: whole_shop.stock() == expected)
    eventually(lambda: whole_shop.is_behind() == 0)


def test_a_wiped_redis_costs_nothing(whole_shop: Shop, valkey: Service) -> None:
    whole_shop.start("bridge")
    eventually(lambda: "reads partitions" in whole_shop.log("bridge"))
    for number in range(30):
        whole_shop.count(f"WIPE{number:04}", number)
    time.sleep(2)
    valkey.kill()
    valkey.start()
    whole_shop.wipe_redis()
    whole_shop.start("worker")
    eventually(lambda: len(whole_shop.stock()) == 30)
    eventually(lambda: whole_shop.is_behind() == 0)
    assert "Traceback" not in whole_shop.log("bridge")


def test_a_broker_that_goes_away_is_waited_for(whole_shop: Shop, kafka: Service) -> None:
    whole_shop.start("bridge", "worker")
    whole_shop.count("AWAY0001", 1)
    eventually(lambda: whole_shop.stock() == {"AWAY0001": 1})
    whole_shop.producer.close(timeout=5)  # the test's own client must not meet the broker's end
    kafka.kill()
    try:
        eventually(lambda: "waiting for Kafka" in whole_shop.log("bridge"))
        assert "Connection refused; see whether Kafka runs" in whole_shop.log("bridge")
    finally:
        kafka.start()
    whole_shop.producer = connect_producer(kafka.url)
    whole_shop.count("AWAY0001", 2)
    eventually(lambda: whole_shop.stock() == {"AWAY0001": 2})
    assert "Traceback" not in whole_shop.log("bridge")


def test_an_emptied_database_is_filled_again_from_the_log(whole_shop: Shop) -> None:
    whole_shop.start("bridge", "worker")
    for number in range(30):
        whole_shop.count(f"GONE{number:04}", number)
    eventually(lambda: whole_shop.is_behind() == 0 and len(whole_shop.stock()) == 30)
    whole_shop.connection.execute("TRUNCATE stock_levels, feed_positions, dead_letters")
    eventually(lambda: len(whole_shop.stock()) == 30)


def test_the_bridge_ends_within_five_seconds_and_waits_for_what_is_away(
    whole_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    whole_shop.start("bridge")
    eventually(lambda: "waiting for Redis" in whole_shop.log("bridge"))
    began = time.monotonic()
    assert whole_shop.end("bridge", signal.SIGTERM) == 0
    assert time.monotonic() - began < 5  # the promise itself, not a measurement
    assert whole_shop.log("bridge").count("waiting for Kafka at 127.0.0.1:1") == 1
    assert "Traceback" not in whole_shop.log("bridge")


def test_the_bridge_ends_within_five_seconds_also_when_its_broker_hangs(whole_shop: Shop, kafka: Service) -> None:
    whole_shop.start("bridge")
    eventually(lambda: "reads partitions" in whole_shop.log("bridge"))
    assert kafka.process
    kafka.process.send_signal(signal.SIGSTOP)
    try:
        time.sleep(4)
        began = time.monotonic()
        whole_shop.end("bridge", signal.SIGTERM)
        assert time.monotonic() - began < 5  # the promise itself, not a measurement
    finally:
        kafka.process.send_signal(signal.SIGCONT)


def test_worker_and_bridge_killed_five_times_never_leave_a_wrong_row(whole_shop: Shop) -> None:
    codes = [f"KILL{number:04}" for number in range(10)]
    whole_shop.start("bridge", "worker-1", "worker-2")
    chance = random.Random(7)  # noqa: S311  (which worker dies when, the same in every run)
    shown: dict[str, int] = {}
    for turn in range(1, 301):
        whole_shop.count(codes[turn % 10], turn)
        if turn % 60 == 20:
            # All are at work again: what is killed next is in the middle of it.
            eventually(partial(whole_shop.has_counted, turn))
        if turn % 60 == 0:
            for name in (chance.choice(["worker-1", "worker-2"]), "bridge"):
                whole_shop.end(name)
                whole_shop.start(name)
        if turn % 3 == 0:
            shown = _without_falling(shown, whole_shop.stock())
    expected = {code: max(turn for turn in range(1, 301) if codes[turn % 10] == code) for code in codes}
    eventually(lambda: whole_shop.stock() == expected, 60)
    eventually(lambda: whole_shop.is_behind() == 0, 60)
    assert whole_shop.letters() == []


def _without_falling(shown: dict[str, int], now: dict[str, int]) -> dict[str, int]:
    """Counts only rise in that test: a row that falls took an older count for a newer one."""
    assert all(now[code] >= count for code, count in shown.items())
    return now
