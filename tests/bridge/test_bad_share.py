import pytest

from bridge.bad_share import AT_LEAST, WITHIN, BadShare
from tests.bridge.records import records
from tests.bridge.rig import Rig


@pytest.mark.parametrize(
    ("limit", "messages", "bad", "too_much"),
    [
        (0.2, AT_LEAST, 40, False),  # just the limit
        (0.2, AT_LEAST, 41, True),
        (0.2, AT_LEAST - 1, AT_LEAST - 1, False),  # too few to tell
        (1.0, AT_LEAST, AT_LEAST, False),
        (0.0, AT_LEAST, 1, True),
    ],
)
def test_a_share_above_the_limit_is_too_much(limit: float, messages: int, bad: int, too_much: bool) -> None:
    share = BadShare(limit)
    assert share.hear(messages, bad, 0.0) is too_much
    assert share.stopped_at == (limit if too_much else None)


def test_what_is_longer_ago_than_a_minute_counts_no_more() -> None:
    share = BadShare(0.2)
    share.hear(150, 150, 0.0)
    assert not share.hear(AT_LEAST, 10, WITHIN + 1)


def test_it_says_once_that_it_was_too_much_and_stays_stopped() -> None:
    share = BadShare(0.2)
    assert [share.hear(AT_LEAST, AT_LEAST, now) for now in (0.0, 1.0)] == [True, False]
    share.hear(10_000, 0, 2.0)
    assert share.stopped == "200 of the last 200 messages were bad, more than BRIDGE_BAD_SHARE_LIMIT=0.2 allows"


@pytest.mark.parametrize(("limit", "before", "stops"), [(0.2, None, False), (0.2, 0.2, True), (0.5, 0.2, False)])
def test_only_a_higher_limit_lets_the_next_bridge_go_on(limit: float, before: float | None, stops: bool) -> None:
    assert BadShare(limit).recall(before) is stops


def test_a_bridge_that_stopped_reads_nothing_more_and_reports_why() -> None:
    rig = Rig()
    rig.begin()
    rig.source.log += records(0, AT_LEAST)
    rig.step()
    rig.step()
    rig.work_off(first=range(AT_LEAST))
    tasks = rig.step()
    rig.source.log += records(AT_LEAST, 10)
    rig.work_off()
    tasks += [task for _ in range(3) for task in rig.step()]
    assert {task.name for task in tasks} == {"storefront.update_inventory", "storefront.record_place"}
    assert {task.arguments.get("buried") for task in tasks if "record" in task.arguments} == {True}
    moves = [task.arguments["move"] for task in tasks if "move" in task.arguments]
    assert {(move["next_offset"], move["stopped_at"]) for move in moves} == {(AT_LEAST, 0.2)}


def test_a_bridge_started_with_the_same_limit_stays_stopped() -> None:
    rig = Rig()
    rig.stopped_at = 0.2
    rig.source.log += records(0, 10)
    rig.run(5)
    assert rig.bridge.workers.bad_share.stopped
    assert rig.bridge.partitions[1].open_messages == 0
    assert rig.place == 0
