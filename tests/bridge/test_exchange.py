"""What the workers answer, or don't, and what is asked again."""

import pytest

from bridge.publisher import Answer
from tests.bridge.records import records
from tests.bridge.rig import Rig


@pytest.fixture
def rig() -> Rig:
    return Rig(bridge_chunk_messages=3)


def test_a_settle_that_fails_is_sent_again_under_a_new_id(rig: Rig) -> None:
    rig.begin()
    rig.step()
    rig.source.log = records(0, 3)
    [first] = [task for task in rig.step() + rig.step() if task.name == "storefront.settle_updates"]
    rig.queue.replies[first.id] = Answer(False, "the database is away")
    rig.queue.length = 1
    [again] = [task for task in rig.step() + rig.step(seconds=5) if task.name == "storefront.settle_updates"]
    assert again.id != first.id
    assert again.arguments == first.arguments


def test_a_settle_that_is_answered_during_a_long_turn_is_not_sent_again(rig: Rig) -> None:
    rig.begin()
    rig.step()
    rig.source.log = records(0, 3)
    rig.step()
    rig.step()
    rig.work_off()
    assert "settle_updates" not in rig.names(rig.step(seconds=10))
    assert rig.bridge.partitions[1].open_messages == 0


def test_workers_that_answer_nothing_are_named_and_so_is_their_return(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    rig = Rig()
    rig.step()
    for _ in range(40):
        rig.step()
    rig.work_off()
    rig.step()
    said = [line for line in caplog.messages if "the workers to answer" in line]
    assert said == [
        "waiting for the workers to answer: no answer to any question: does a worker run, and is it well?",
        "no longer waiting for the workers to answer, after 11 s",
    ]


@pytest.mark.parametrize(("name", "missing"), [("record_place", "moved"), ("settle_updates", "receipt")])
def test_a_worker_of_an_older_version_is_named_and_asked_again(
    rig: Rig, caplog: pytest.LogCaptureFixture, name: str, missing: str
) -> None:
    rig.source.log = records(0, 3)
    if name == "settle_updates":
        rig.begin()
    [asked] = [task for task in rig.step() + rig.step() if task.name == f"storefront.{name}"]
    rig.queue.tasks = [asked]
    rig.work_off()
    del rig.queue.replies[asked.id].result[missing]
    rig.step()
    again = [task for task in rig.step(seconds=5) if task.name == asked.name]
    assert [task.id != asked.id and task.arguments == asked.arguments for task in again] == [True]
    assert caplog.text.count(f"a worker of an older version answered without '{missing}'") == 1
