"""What Kafka deletes before it is read is told: how much, where, and before the next time."""

import pytest

from bridge.retention import NEAR_SECONDS, Retention
from tests.bridge.records import FEED, records
from tests.bridge.rig import Rig


@pytest.fixture
def retention() -> Retention:
    return Retention(FEED)


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The sentences that whoever runs the shop must read."""
    return [record.getMessage().partition(";")[0] for record in caplog.records if record.name == "bridge.retention"]


def test_a_place_that_the_log_no_longer_reaches_tells_how_much_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    rig.place, rig.source.begin, rig.source.log = 2, 5, records(5, 3)
    rig.begin()
    rig.run(3)
    [sentence] = warned(caplog)
    assert sentence.endswith(": Kafka deleted up to 3 messages before the shop read them, from offset 2 on")
    assert "the log begins at offset 5. They are lost for good" in caplog.text


def test_what_is_deleted_while_the_bridge_runs_is_told(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    rig.source.log = records(0, 3)
    rig.begin()
    rig.run(3)
    rig.source.begin, rig.source.log = 7, records(7, 2)
    rig.looks_at_end()
    rig.run(3)
    assert ["up to 4 messages" in line and "from offset 3 on" in line for line in warned(caplog)] == [True]


def test_a_feed_without_a_place_and_gaps_of_a_compacted_log_lose_nothing(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    rig.source.begin, rig.source.log = 5, [*records(5, 1), *records(9, 1)]
    rig.begin()
    rig.run(3)
    rig.source.log += records(20, 1)
    rig.looks_at_end()
    rig.run(8)
    assert rig.place == 21
    assert warned(caplog) == []


def test_a_place_that_stays_near_the_logs_start_is_told_once_at_each_crossing(
    retention: Retention, caplog: pytest.LogCaptureFixture
) -> None:
    for now in (0, 3, NEAR_SECONDS, NEAR_SECONDS + 3):
        retention.look(place=5_000, begin=4_900, end=9_000, now=now)
    [sentence] = warned(caplog)
    assert "the place, offset 5000, is near the log's start, 4900" in sentence
    retention.look(place=8_000, begin=4_900, end=9_000, now=200)
    for now in (300, 300 + NEAR_SECONDS):
        retention.look(place=8_000, begin=7_990, end=9_000, now=now)
    assert len(warned(caplog)) == 2


def test_who_passes_by_or_has_read_all_is_not_warned(retention: Retention, caplog: pytest.LogCaptureFixture) -> None:
    for place, now in ((None, 0), (0, 100), (0, 103), (5_000, 106), (9_000, 300), (9_000, 400)):
        retention.look(place, begin=0, end=9_000, now=now)
    assert warned(caplog) == []
