from pathlib import Path

import pytest

from runtime.pulse import Activity, Pulse
from tests.runtime.pulses import pulse


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = pulse(state="waiting for Kafka at broker:9092: “nobody” \n there", still_seconds=1.5)
    written.write(str(tmp_path / "pulse"))
    assert Pulse.read(str(tmp_path / "pulse")) == written
    assert list(tmp_path.iterdir()) == [tmp_path / "pulse"]


def test_a_reader_never_sees_half_a_pulse(tmp_path: Path) -> None:
    path = tmp_path / "pulse"
    pulse(state="reading").write(str(path))
    with path.open() as reader:
        pulse(state="waiting").write(str(path))
        assert '"reading"' in reader.read()
    assert Pulse.read(str(path)).state == "waiting"


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"pid": 1}', '{"unknown": 1}'])
def test_another_file_is_no_pulse(tmp_path: Path, text: str) -> None:
    (tmp_path / "pulse").write_text(text)
    with pytest.raises(ValueError):  # noqa: PT011  (as json says it)
        Pulse.read(str(tmp_path / "pulse"))


def test_a_task_that_begins_and_ends_is_a_turn_of_the_loop() -> None:
    activity = Activity("working")
    activity.begins("t-1")
    assert (activity.task, activity.turns) == ("t-1", 1)
    activity.ended()
    assert (activity.task, activity.turns) == ("", 2)
