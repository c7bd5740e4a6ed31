"""The bridge step by step: the log and the queue are lists here, the clock is turned by hand."""

import logging

import pytest

from bridge.publisher import Answer
from tests.bridge.records import records
from tests.bridge.rig import Rig


@pytest.fixture
def rig() -> Rig:
    return Rig(bridge_chunk_messages=3)


def test_it_begins_where_the_database_says(rig: Rig) -> None:
    rig.place = 2
    rig.source.log = records(0, 5)
    rig.begin()
    tasks = rig.step()
    assert rig.source.sought == [2]
    assert [task.id for task in tasks if not task.answered] == [
        "inventory_management_product_updates-1-" + n for n in "234"
    ]


def test_a_feed_that_the_database_does_not_know_begins_at_its_start(rig: Rig) -> None:
    rig.begin()
    rig.step()
    assert rig.source.sought == [None]


def test_single_tasks_go_first_and_their_settle_behind_them(rig: Rig) -> None:
    rig.begin()
    rig.source.log = records(0, 3)
    tasks = rig.step(seconds=0.1) + rig.step(seconds=0.1)
    names = rig.names(tasks)
    assert names[:4] == ["update_inventory"] * 3 + ["settle_updates"]


def test_kafka_hears_nothing_before_settle_and_place_are_answered(rig: Rig) -> None:
    rig.begin()
    rig.run(3)
    rig.source.committed.clear()
    rig.source.log = records(0, 3)
    for _ in range(3):
        rig.step()
    assert rig.source.committed == []
    rig.run(6)
    assert rig.source.committed == [{1: 3}]


def test_what_redis_did_not_take_is_sent_again_and_nothing_is_read_until_then(rig: Rig) -> None:
    rig.begin()
    rig.step()
    rig.source.log = records(0, 3)
    rig.queue.away = True
    assert rig.step() == []
    rig.source.log = records(0, 6)
    rig.step()
    assert rig.source.position == 3
    rig.queue.away = False
    assert rig.names(rig.step())[:3] == ["update_inventory"] * 3


def test_far_behind_settles_go_alone_and_caught_up_each_message_has_its_task_again() -> None:
    rig = Rig(bridge_backlog_threshold=6, bridge_chunk_messages=3)
    rig.begin()
    rig.step()
    rig.source.log = records(0, 1200)
    rig.looks_at_end()
    first, second = rig.step(), rig.step()
    assert set(rig.names(first)[:500]) == {"update_inventory"}, "read before it knew"
    assert set(rig.names(second)) == {"settle_updates", "record_place"}
    settles = [task.arguments for task in second if task.name == "storefront.settle_updates"]
    assert [one.get("alone", False) for one in settles] == [False] + [True] * 166
    rig.run(8)
    rig.source.log = records(0, 1201)
    assert rig.names(rig.step(0.1))[:1] == ["update_inventory"]
    rig.run(4)
    assert rig.place == 1201


def test_where_it_begins_far_behind_even_the_first_messages_have_no_tasks_of_their_own() -> None:
    rig = Rig(bridge_backlog_threshold=6)
    rig.source.log = records(0, 7)
    enqueued = []
    for _ in range(4):
        enqueued += rig.names(rig.step())
        rig.work_off()
    assert rig.source.position == 7
    assert set(enqueued) == {"settle_updates", "record_place"}


def test_a_bad_message_of_the_backlog_gets_a_task_for_flower_to_show() -> None:
    rig = Rig(bridge_backlog_threshold=1, bridge_chunk_messages=3)
    rig.begin()
    rig.source.log = records(0, 3)
    rig.step()
    rig.work_off()
    rig.source.log = records(0, 9)
    rig.looks_at_end()
    rig.step()
    rig.work_off(first=[4])
    rig.source.log = records(0, 9)
    [again] = [task for task in [*rig.step(), *rig.step()] if task.name == "storefront.update_inventory"]
    assert (again.id[-2:], again.arguments["buried"]) == ("-4", True)


@pytest.mark.parametrize(
    ("limit", "size"), [({"bridge_max_in_flight": 6}, 50), ({"bridge_max_in_flight_bytes": 1_000_000}, 200_000)]
)
def test_a_full_bridge_pauses_and_keeps_polling(rig: Rig, limit: dict[str, int], size: int) -> None:
    full = Rig(**limit)
    full.begin()
    full.step()
    full.source.log = records(0, 6, value=bytes(size))
    full.step()
    full.source.log = records(0, 12, value=bytes(size))
    full.step()
    assert full.source.paused
    assert full.source.position == 6
    full.work_off()
    full.run(2)
    assert not full.source.paused
    assert full.source.position == 12
    assert not rig.source.paused


def test_nothing_piles_up_in_a_queue_that_nobody_works_off(rig: Rig) -> None:
    rig.begin()
    rig.step()
    rig.source.log = records(0, 3)
    rig.queue.length = 2 * 10_000 + 1
    assert rig.step() == []
    rig.queue.length = 0
    assert rig.names(rig.step())[:3] == ["update_inventory"] * 3


def test_flower_sees_a_bad_message_whose_single_task_was_lost(rig: Rig) -> None:
    rig.begin()
    rig.step()
    rig.source.log = records(0, 3)
    rig.step()
    rig.work_off(first=[1])
    assert [task.id for task in rig.step() if not task.answered] == ["inventory_management_product_updates-1-1"]


def test_a_topic_created_anew_is_read_from_its_beginning(rig: Rig) -> None:
    rig.source.log = records(0, 5)
    rig.begin()
    rig.step()
    rig.source.id = "another-topic-id"
    rig.source.log = records(0, 9)
    rig.step()
    rig.queue.tasks = [task for task in rig.queue.tasks if task.arguments["feed"]["source"] == "another-topic-id-1"]
    rig.place = None
    rig.work_off()
    rig.run(2)
    assert rig.source.sought == [None, None]
    assert rig.bridge.partitions[1].feed.source == "another-topic-id-1"


def test_a_restored_database_is_filled_from_where_it_stands(rig: Rig) -> None:
    rig.source.log = records(0, 6)
    rig.begin()
    rig.run(4)
    assert rig.place == 6
    rig.step(seconds=0)
    rig.source.log = records(0, 7)
    tasks = rig.step(seconds=5)
    rig.place = 2
    for task in tasks:
        if task.name == "storefront.record_place":
            rig.queue.replies[task.id] = Answer(True, {"next_offset": 2, "moved": False, "stopped_at": None})
    rig.step()
    rig.step()
    assert rig.source.sought[-1] == 2


def test_records_are_not_lost_when_the_broker_goes_away_behind_them(rig: Rig) -> None:
    rig.begin()
    rig.run(2)
    rig.source.log = records(0, 3)
    rig.source.goes_away_after_a_poll = True
    assert rig.step() == []
    rig.source.away = rig.source.goes_away_after_a_poll = False
    assert rig.names(rig.step())[:3] == ["update_inventory"] * 3


def test_a_new_topic_is_seen_also_when_its_new_partitions_come_first(rig: Rig) -> None:
    rig.begin()
    rig.run(2)
    rig.source.id = "another-topic-id"
    rig.source.assigned = {2}
    rig.step(seconds=0.1)
    assert [one.feed.source for one in rig.bridge.partitions.values()] == ["another-topic-id-1", "another-topic-id-2"]


def test_revoked_partitions_are_committed_once_and_then_never_again(rig: Rig) -> None:
    rig.begin()
    rig.work_off()
    rig.step()
    rig.source.committed.clear()
    rig.bridge._forget({1})
    rig.step()
    assert rig.bridge.partitions == {}
    assert rig.source.committed == []


def test_a_broker_that_is_away_stops_neither_the_loop_nor_the_answers(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    rig.begin()
    rig.source.away = True
    for _ in range(20):
        rig.step()
    rig.source.away = False
    rig.run(4)
    assert [line for line in caplog.messages if "Kafka" in line] == [
        "waiting for Kafka at localhost:9092: nobody listens",
        "no longer waiting for Kafka at localhost:9092, after 20 s",
    ]


def test_an_end_of_the_log_is_reported_with_the_time_of_the_look_at_it(rig: Rig) -> None:
    rig.bridge.wall_clock = lambda: rig.now
    rig.begin()
    rig.run(4)
    seen_at = rig.bridge.partitions[1].seen.end_seen_at
    rig.source.away = True
    rig.run(9)
    assert seen_at
    assert rig.bridge.partitions[1].seen.end_seen_at == seen_at
    rig.source.away = False
    rig.run(2)
    assert rig.bridge.partitions[1].seen.end_seen_at == int((rig.now - 1) * 1000)
