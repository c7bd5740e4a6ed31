from typing import Any

from bridge.envelope import Unreadable
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


def take(partition: Partition, log: list[Any]) -> list[Task]:
    return [partition.single(message) for message in partition.take(log, 0.0)]


def settled(first: list[int], settles: int = 1, left: list[int] | None = None) -> dict[str, Any]:
    return {"messages": 3, "repaired": 0, "bad": len(first), "first": first, "left": left or [], "settles": settles}


def answer_settle(
    partition: Partition, first: list[int], settles: int = 1, left: list[int] | None = None
) -> list[Task]:
    [chunk] = [chunk for _, chunk in partition.questions().values() if chunk]
    return partition.hear_settle(chunk, settled(first, settles, left))


def test_it_asks_where_to_begin_before_it_reads() -> None:
    partition = Partition(FEED, chunk_messages=3)
    assert [task.name for task in send(partition, 0.0)] == ["storefront.record_place"]
    assert partition.take(records(0, 2), 0.0) == []
    partition.hear_place({"next_offset": 7, "settles": 0}, 0.0)
    assert partition.wants_start


def test_each_message_becomes_one_task_named_after_its_position() -> None:
    tasks = take(started(), records(0, 2))
    assert [task.id for task in tasks] == ["stock-1-0", "stock-1-1"]
    assert {task.name for task in tasks} == {"storefront.update_inventory"}
    assert tasks[0].shown == "ABCD1234 → 23 · partition 1 · offset 0"


def test_a_settle_with_the_same_messages_follows_each_chunk() -> None:
    partition = started()
    singles = take(partition, records(0, 3))
    [settle] = send(partition, 0.0)
    assert settle.name == "storefront.settle_updates"
    assert settle.arguments["records"] == [task.arguments["record"] for task in singles]


def test_messages_of_both_lanes_never_share_a_settle() -> None:
    partition = started()
    partition.take(records(0, 2), 0.0)
    partition.take(records(2, 2), 0.0, alone=True)
    partition.take(records(4, 1), 0.0)
    settles = send(partition, 1.0)[:3]
    assert [[record["offset"] for record in task.arguments["records"]] for task in settles] == [[0, 1], [2, 3], [4]]
    assert [task.arguments.get("alone", False) for task in settles] == [False, True, False]


def test_flower_gets_to_see_a_bad_message_whose_single_task_was_lost() -> None:
    partition = started()
    partition.take(records(0, 3), 0.0)
    send(partition, 0.0)
    [again] = answer_settle(partition, first=[1])
    assert (again.id, again.arguments["buried"]) == ("stock-1-1", True)


def test_what_a_settle_left_is_settled_again() -> None:
    partition = started()
    partition.take(records(0, 3), 0.0)
    send(partition, 0.0)
    answer_settle(partition, first=[], left=[1])
    assert partition.open_messages == 1
    assert partition.ledger
    assert partition.ledger.next_offset == 0
    [again] = [task for task in send(partition, 5.0) if task.name == "storefront.settle_updates"]
    assert [record["offset"] for record in again.arguments["records"]] == [1]
    answer_settle(partition, first=[], settles=2)
    assert (partition.open_messages, partition.ledger.next_offset) == (0, 3)


def test_a_chunk_that_nobody_answered_for_twice_is_taken_with_care() -> None:
    partition = started()
    partition.take(records(0, 3), 0.0)
    careful = []
    for now in (0.0, 10.0, 20.0):
        due = list(partition.due(Traffic(now, queue_empty=True, last_answered_at=0)))
        careful += [task.arguments.get("careful", False) for _, task in due if task.name == "storefront.settle_updates"]
        for request, _ in due:
            request.sent(now)
    assert careful == [False, False, True]


def test_a_record_that_could_not_be_read_is_handed_on_by_its_place() -> None:
    [task] = take(started(), [Unreadable(1, 0, "CorruptRecordError: crc")])
    assert task.arguments["record"] == {
        "offset": 0, "leader_epoch": -1, "broker_time": -1, "unreadable": "CorruptRecordError: crc",
    }  # fmt: skip
    assert task.shown == "not readable · partition 1 · offset 0"


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
