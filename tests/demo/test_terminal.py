"""What the demo's terminal shows."""

import logging

import pytest

from demo.terminal import Terminal
from runtime.logs import LogFormat
from tests.runtime.lines import Lines

APPLIED = b"09:12:44 worker-2  INFO    stock-1-17 applied: JANW7810 \xe2\x86\x92 3\n"
READS = b"09:12:44 bridge    INFO    reads partitions 0, 1, 2 of stock\n"
ENQUEUED = b"09:12:44 bridge    INFO    stock-1-17 enqueued: JANW7810 \xe2\x86\x92 3\n"
WAITS = b"09:12:44 bridge    WARNING stock-1-17 enqueued: no\n"
SENT = b"09:12:44 inventory INFO    JANW7810 \xe2\x86\x92 {}\n"


def test_of_a_message_what_became_of_it_is_shown_and_not_each_step_on_its_way() -> None:
    terminal = Terminal()
    assert terminal.take("inventory", SENT) == b""
    assert terminal.take("bridge", READS + ENQUEUED + WAITS) == READS + WAITS
    assert terminal.take("worker-2", APPLIED) == APPLIED


SAID = [
    ("bridge", logging.INFO, "reads partitions 0, 1, 2 of stock"),
    ("bridge", logging.INFO, 'no "level": "INFO", "message": "stock-1-17 enqueued: '),
    ("bridge", logging.WARNING, "stock-1-17 enqueued: no"),
    ("inventory", logging.WARNING, "Kafka is away"),
    ("worker-1", logging.INFO, "stock-1-17 applied: JANW7810 → 3"),
]
NOT_SAID = [
    ("bridge", logging.INFO, "stock-1-17 enqueued: JANW7810 → 3"),
    ("inventory", logging.INFO, "JANW7810 → {}"),
]


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_same_lines_are_shown_in_either_form(form: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    for process, level, message in SAID + NOT_SAID:
        [line] = Lines(capsys, process).of(form, message, level=level)
        data = f"{line}\n".encode()
        assert Terminal().take(process, data) == (b"" if (process, level, message) in NOT_SAID else data)


def test_lines_that_come_in_pieces_are_put_together() -> None:
    terminal = Terminal()
    assert terminal.take("bridge", ENQUEUED[:20]) == b""
    assert terminal.take("worker-2", APPLIED[:30]) == b""
    assert terminal.take("bridge", ENQUEUED[20:] + READS[:5]) == b""
    assert terminal.take("worker-2", APPLIED[30:]) == APPLIED
    assert terminal.take("bridge", READS[5:]) == READS


def test_celerys_goodbyes_are_left_out_and_empty_lines_of_others_are_not() -> None:
    terminal = Terminal()
    assert terminal.take("worker-1", b"\nworker: Warm shutdown (MainProcess)\n" + APPLIED) == APPLIED
    assert terminal.take("opening", b"\n  The shop\n") == b"\n  The shop\n"
