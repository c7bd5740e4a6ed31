from typing import Any

from bridge.partition import Partition
from bridge.place import REPORT_EVERY
from bridge.publisher import Task
from bridge.request import Traffic
from tests.bridge.records import FEED, records


def send(partition: Partition, now: float) -> list[Task]:
    due = list(partition.due(Traffic(now, queue_empty=False, last_answered_at=0)))
    for request, _ in due:
        request.sent(now)
    return [task for _, task in due]


def started(position: int = 0, settles: int = 0) -> Partition:
    partition = Partition(FEED, chunk_messages=3)
    send(partition, 0.0)
    partition.hear_place({"next_offset": position, "settles": settles}, 0.0)
    partition.begin(position)
    return partition


def settled(first: list[int], settles: int = 1) -> dict[str, Any]:
    return {"messages": 3, "repaired": 0, "bad": len(first), "first": first, "settles": settles}


def answer_settle(partition: Partition, first: list[int]) -> list[Task]:
    [chunk] = [chunk for _, chunk in partition.questions().values() if chunk]
    return partition.hear_settle(chunk, settled(first))


def test_it_asks_where_to_begin_before_it_reads() -> None:
    partition = Partition(FEED, chunk_messages=3)
    assert [task.name for task in send(partition, 0.0)] == ["storefront.record_place"]
    assert partition.take(records(0, 2), 0.0) == []
    partition.hear_place({"next_offset": 7, "settles": 0}, 0.0)
    assert partition.wants_start


def test_each_message_becomes_one_task_named_after_its_position() -> None:
    tasks = started().take(records(0, 2), 0.0)
    assert [task.id for task in tasks] == ["stock-1-0", "stock-1-1"]
    assert {task.name for task in tasks} == {"storefront.update_inventory"}
    assert tasks[0].shown == "ABCD1234 → 23 · partition 1 · offset 0"


def test_a_settle_with_the_same_messages_follows_each_chunk() -> None:
    partition = started()
    singles = partition.take(records(0, 3), 0.0)
    [settle] = send(partition, 0.0)
    assert settle.name == "storefront.settle_updates"
    assert settle.arguments["records"] == [task.arguments["record"] for task in singles]


def test_flower_gets_to_see_a_bad_message_whose_single_task_was_lost() -> None:
    partition = started()
    partition.take(records(0, 3), 0.0)
    send(partition, 0.0)
    assert [task.id for task in answer_settle(partition, first=[1])] == ["stock-1-1"]


def test_kafka_hears_only_what_the_database_confirmed() -> None:
    partition = started()
    partition.committed = 0
    partition.take(records(0, 3), 0.0)
    send(partition, 0.0)
    answer_settle(partition, first=[])
    assert partition.to_commit is None
    [place] = [task for task in send(partition, 1.0) if task.name == "storefront.record_place"]
    assert place.arguments["move"]["next_offset"] == 3
    assert partition.to_commit is None
    partition.hear_place({"next_offset": 3, "settles": 1}, 1.0)
    assert partition.to_commit == 3


def test_a_restored_database_voids_the_ledger() -> None:
    partition = started(position=100, settles=9)
    partition.take(records(100, 3), 0.0)
    send(partition, REPORT_EVERY)
    partition.hear_place({"next_offset": 40, "settles": 4}, REPORT_EVERY)
    assert partition.wants_start
    assert partition.open_messages == 0
    partition.begin(40)
    assert partition.ledger
    assert partition.ledger.next_offset == 40


def test_a_database_that_lost_a_settle_is_asked_again_where_to_begin() -> None:
    partition = started()
    for first_offset in (0, 3):
        partition.take(records(first_offset, 3), 0.0)
        send(partition, 0.0)
        answer_settle(partition, first=[])
    assert partition.ledger is None
    assert partition.place.known is None
    assert not partition.wants_start


def test_a_log_that_goes_backwards_voids_the_ledger() -> None:
    partition = started(position=42)
    partition.take(records(42, 3), 0.0)
    partition.take(records(20, 2), 0.0)
    assert partition.ledger
    assert (partition.ledger.next_offset, partition.open_messages) == (20, 2)
