from typing import Any

import pytest

from bridge.envelope import Unreadable
from bridge.partition import Partition
from bridge.place import MOVE_EVERY, REPORT_EVERY
from bridge.publisher import Task
from bridge.request import Traffic
from tests.bridge.records import FEED, records


def send(partition: Partition, now: float) -> list[Task]:
    due = list(partition.due(Traffic(now, queue_empty=False, last_answered_at=0)))
    for request, _ in due:
        request.sent(now)
    return [task for _, task in due]


def started(position: int = 0) -> Partition:
    partition = Partition(FEED, chunk_messages=3)
    send(partition, 0.0)
    partition.hear_place({"next_offset": position, "moved": False}, 0.0)
    partition.begin(position)
    return partition


def take(partition: Partition, log: list[Any]) -> list[Task]:
    return [partition.single(message) for message in partition.take(log, 0.0)]


def settled(first: list[int], receipt: str, left: list[int] | None = None) -> dict[str, Any]:
    return {"messages": 3, "repaired": 0, "bad": len(first), "first": first, "left": left or [], "receipt": receipt}


def answer_settle(
    partition: Partition, first: list[int], receipt: str = "receipt-1", left: list[int] | None = None
) -> list[Task]:
    [chunk] = [chunk for _, chunk in partition.questions().values() if chunk]
    return partition.hear_settle(chunk, settled(first, receipt, left))


def test_it_asks_where_to_begin_before_it_reads() -> None:
    partition = Partition(FEED, chunk_messages=3)
    assert [task.name for task in send(partition, 0.0)] == ["storefront.record_place"]
    assert partition.take(records(0, 2), 0.0) == []
    partition.hear_place({"next_offset": 7, "moved": False}, 0.0)
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
    answer_settle(partition, first=[], receipt="receipt-2")
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
    partition.hear_place({"next_offset": 3, "moved": True}, 1.0)
    assert partition.to_commit == 3


def test_a_restored_database_voids_the_ledger() -> None:
    partition = started(position=100)
    partition.take(records(100, 3), 0.0)
    send(partition, REPORT_EVERY)
    partition.hear_place({"next_offset": 40, "moved": False}, REPORT_EVERY)
    assert partition.wants_start
    assert partition.open_messages == 0
    partition.begin(40)
    assert partition.ledger
    assert partition.ledger.next_offset == 40


def answered(receipts: list[str]) -> tuple[Partition, Task]:
    """Return a partition whose chunks were answered with `receipts`, and the move of the place that follows."""
    partition = started()
    for number, receipt in enumerate(receipts):
        partition.take(records(3 * number, 3), 0.0)
        send(partition, 0.0)
        answer_settle(partition, first=[], receipt=receipt)
    [move] = send(partition, MOVE_EVERY)
    return partition, move


def test_a_place_moves_by_the_receipts_of_all_that_it_passes() -> None:
    partition, move = answered(["receipt-1", "receipt-2"])
    assert (move.arguments["move"]["next_offset"], move.arguments["move"]["receipts"]) == (
        6,
        ["receipt-1", "receipt-2"],
    )
    partition.hear_place({"next_offset": 6, "moved": True}, MOVE_EVERY)
    [report] = send(partition, MOVE_EVERY + REPORT_EVERY)
    assert report.arguments["move"]["receipts"] == []


def test_a_database_that_lost_a_settle_is_read_for_again_from_its_place() -> None:
    partition, _ = answered(["receipt-1"])
    partition.hear_place({"next_offset": 0, "moved": False}, MOVE_EVERY)
    assert partition.wants_start
    assert (partition.start, partition.open_messages) == (0, 0)


def test_an_emptied_database_is_told_in_words(caplog: pytest.LogCaptureFixture) -> None:
    partition = started(position=42)
    send(partition, REPORT_EVERY)
    partition.hear_place({"next_offset": None, "moved": False}, REPORT_EVERY)
    assert "is not known: the database knows less than it did" in caplog.text


def test_what_another_bridge_moved_past_needs_no_receipts() -> None:
    partition, _ = answered(["receipt-1", "receipt-2"])
    partition.hear_place({"next_offset": 4, "moved": False}, MOVE_EVERY)
    [move] = send(partition, 2 * MOVE_EVERY)
    assert move.arguments["move"]["receipts"] == ["receipt-2"]


def gone_back(known: int) -> Partition:
    """Return a partition whose log went from 42 back to 20, and whose place is said to be at `known` then."""
    partition = started(position=42)
    partition.take(records(42, 3), 0.0)
    assert partition.take(records(20, 2), 0.0) == []
    [find] = send(partition, REPORT_EVERY)
    assert "move" not in find.arguments
    partition.hear_place({"next_offset": known, "moved": False}, REPORT_EVERY)
    assert partition.start is not None
    partition.begin(partition.start)
    return partition


def test_a_log_that_goes_backwards_voids_the_ledger_and_takes_the_place_with_it() -> None:
    partition = gone_back(known=42)
    partition.take(records(20, 2), REPORT_EVERY)
    assert partition.ledger
    assert (partition.ledger.next_offset, partition.open_messages) == (20, 2)
    [move] = [task for task in send(partition, 2 * REPORT_EVERY) if "move" in task.arguments]
    assert (move.arguments["move"]["known"], move.arguments["move"]["next_offset"]) == (42, 20)


def test_a_place_in_the_log_as_it_was_before_is_not_believed() -> None:
    partition = gone_back(known=20)
    send(partition, 2 * REPORT_EVERY)
    partition.hear_place({"next_offset": 30, "moved": False}, 2 * REPORT_EVERY)  # moved by a question of before
    assert (partition.wants_start, partition.start) == (True, 20)


def test_a_lost_answer_long_after_a_log_went_backwards_takes_nothing_back() -> None:
    partition = gone_back(known=42)
    send(partition, 2 * REPORT_EVERY)
    partition.hear_place({"next_offset": 20, "moved": True}, 2 * REPORT_EVERY)
    partition.take(records(20, 3), 2 * REPORT_EVERY)
    send(partition, 2 * REPORT_EVERY)
    answer_settle(partition, first=[])
    send(partition, 3 * REPORT_EVERY)
    partition.hear_place({"next_offset": 23, "moved": False}, 3 * REPORT_EVERY)  # its first answer was lost
    assert not partition.wants_start
    assert partition.to_commit == 23
