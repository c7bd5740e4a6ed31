"""What Prometheus sees of a bridge, step by step; the clock is turned by hand."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bridge.metrics import PARTITION_GAUGES, WAITS, BridgeCollector
from bridge.publisher import Answer
from runtime import metrics
from runtime.metrics import Metric
from tests.bridge.records import records
from tests.bridge.rig import Rig

BROKER_TIME = 1_700_000_000  # of the rig's records, in seconds


class Watched:
    """A rig and what is seen of it."""

    def __init__(self) -> None:
        self.rig = Rig(bridge_chunk_messages=3)
        self.registry = CollectorRegistry()
        self.registry.register(BridgeCollector(self.rig.bridge, lambda: BROKER_TIME + self.rig.now))

    def samples(self) -> dict[tuple[str, str], float]:
        """Values by name and what they are of: nothing, a partition, or what is waited for."""
        text = generate_latest(self.registry).decode()
        return {
            (sample.name, sample.labels.get("partition") or sample.labels.get("what") or ""): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def sees(self, metric: Metric, of: str = "") -> float | None:
        return self.samples().get((metric.name, of))

    def partition(self, *wanted: Metric) -> list[float | None]:
        found = self.samples()
        return [found.get((metric.name, "1")) for metric in wanted]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_it_counts_what_is_read_enqueued_and_settled(watched: Watched) -> None:
    watched.rig.begin()
    watched.rig.source.log = records(0, 7)
    watched.rig.run(5)
    counted = (metrics.MESSAGES_READ, metrics.TASKS_ENQUEUED, metrics.MESSAGES_SETTLED)
    assert [watched.sees(metric) for metric in counted] == [7, 7, 7]


def test_it_counts_what_settles_repaired_and_found_bad(watched: Watched) -> None:
    watched.rig.begin()
    watched.rig.source.log = records(0, 3)
    [settle] = [task for task in watched.rig.step() if task.name == "storefront.settle_updates"]
    watched.rig.queue.replies[settle.id] = Answer(
        True,
        {"messages": 3, "repaired": 2, "bad": 1, "newly_bad": 0, "first": [], "left": [], "receipt": "r"},
    )
    watched.rig.step()
    counted = (metrics.MESSAGES_SETTLED, metrics.MESSAGES_REPAIRED, metrics.MESSAGES_BAD)
    assert [watched.sees(metric) for metric in counted] == [3, 2, 1]


def test_that_it_is_in_the_backlog_lane(watched: Watched) -> None:
    assert watched.sees(metrics.BACKLOG_LANE) == 0
    watched.rig.bridge.backlog.entered = True
    assert watched.sees(metrics.BACKLOG_LANE) == 1


def test_what_redis_did_not_take_is_not_enqueued(watched: Watched) -> None:
    watched.rig.begin()
    watched.rig.source.log = records(0, 3)
    watched.rig.queue.away = True
    watched.rig.step()
    assert [watched.sees(metric) for metric in (metrics.MESSAGES_READ, metrics.TASKS_ENQUEUED)] == [3, 0]
    assert watched.sees(metrics.WAITING, "redis") == 1
    watched.rig.queue.away = False
    watched.rig.step()
    assert watched.sees(metrics.TASKS_ENQUEUED) == 3
    assert watched.sees(metrics.WAITING, "redis") == 0


def test_what_is_open_and_how_long_it_waits(watched: Watched) -> None:
    watched.rig.begin()
    watched.rig.source.log = records(0, 4)
    watched.rig.step()
    watched.rig.step(60)
    opened = (metrics.OPEN_CHUNKS, metrics.OPEN_MESSAGES, metrics.UNANSWERED_SECONDS)
    assert watched.partition(*opened) == [2, 4, 60]
    assert watched.sees(metrics.SETTLES_SENT_AGAIN) == 1  # the other chunk was not closed a minute ago
    [size] = watched.partition(metrics.OPEN_BYTES)
    assert size
    assert size > 4 * 50
    watched.rig.run(5)
    assert watched.partition(*opened, metrics.OPEN_BYTES) == [0, 0, 0, 0]


def test_a_place_that_nobody_tells_is_a_question_without_an_answer(watched: Watched) -> None:
    watched.rig.step()
    watched.rig.step(100)
    seen = watched.partition(metrics.UNANSWERED_SECONDS, metrics.PLACE_OFFSET, metrics.BEHIND_MESSAGES)
    assert seen == [100, None, None]


def test_how_far_the_shop_is_behind(watched: Watched) -> None:
    behind = (metrics.BEHIND_MESSAGES, metrics.BEHIND_SECONDS)
    watched.rig.begin()
    watched.rig.run(4)
    assert watched.partition(*behind) == [0, 0]
    watched.rig.source.log = records(0, 5, timestamp=(BROKER_TIME + 1) * 1000)
    watched.rig.step()
    watched.rig.step(30)
    assert watched.partition(*behind) == [5, watched.rig.now - 1]
    watched.rig.run(8)
    assert watched.partition(*behind) == [0, 0]


def test_place_and_log_are_shown_so_that_retention_can_be_watched(watched: Watched) -> None:
    place_and_log = (metrics.PLACE_OFFSET, metrics.LOG_BEGIN_OFFSET, metrics.LOG_END_OFFSET)
    watched.rig.place = 2
    watched.rig.source.log = records(0, 5)
    watched.rig.begin()
    assert watched.partition(*place_and_log) == [2, 0, 5]
    watched.rig.run(8)
    assert watched.partition(*place_and_log) == [5, 0, 5]


def test_a_feed_that_the_database_does_not_know_stands_at_the_logs_begin(watched: Watched) -> None:
    watched.rig.begin()
    watched.rig.source.log = records(0, 5)
    watched.rig.step(4)
    assert watched.partition(metrics.PLACE_OFFSET, metrics.BEHIND_MESSAGES) == [0, 5]


def test_a_partition_that_another_bridge_reads_is_gone(watched: Watched) -> None:
    watched.rig.begin()
    watched.rig.run(4)
    assert watched.sees(metrics.PARTITIONS) == 1
    assert None not in watched.partition(*PARTITION_GAUGES)
    watched.rig.bridge._forget({1})
    assert watched.sees(metrics.PARTITIONS) == 0
    assert watched.partition(*PARTITION_GAUGES) == [None] * len(PARTITION_GAUGES)


def test_what_the_bridge_waits_for(watched: Watched) -> None:
    watched.rig.source.away = True
    watched.rig.step()
    waits = {what: watched.sees(metrics.WAITING, what) for what in WAITS}
    assert waits == {"kafka": 1, "redis": 0, "partitions": 0, "workers": 0, "limit": 0}


def test_a_worker_that_fails_to_settle_is_waited_for(watched: Watched) -> None:
    watched.rig.begin()
    watched.rig.source.log = records(0, 3)
    [settle] = [task for task in watched.rig.step() if task.name == "storefront.settle_updates"]
    watched.rig.queue.replies[settle.id] = Answer(False, "the database can't take it now")
    watched.rig.step()
    assert watched.sees(metrics.WAITING, "workers") == 1


def test_a_bridge_that_stopped_at_too_many_bad_messages_waits_for_a_higher_limit(watched: Watched) -> None:
    watched.rig.stopped_at = 0.2
    watched.rig.run(5)
    assert watched.sees(metrics.WAITING, "limit") == 1


def test_all_metrics_of_the_bridge_are_served(watched: Watched) -> None:
    watched.rig.begin()
    watched.rig.run(4)
    listed = {metric.name for metric in vars(metrics).values() if isinstance(metric, Metric)}
    assert {name for name, _ in watched.samples()} == {name for name in listed if name.startswith("storefront_bridge_")}
