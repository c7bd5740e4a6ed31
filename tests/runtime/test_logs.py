import json
import logging
import time

import pytest
from redis.exceptions import OutOfMemoryError

from runtime import logs
from tests.runtime.lines import Lines

HOSTILE = "AB\x1b[2J\n09:12:44 bridge    INFO    all is well"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    return Lines(capsys)


def test_what_a_stranger_wrote_stays_on_its_line(lines: Lines) -> None:
    [line] = lines.of("text", HOSTILE)
    assert line.endswith(r"worker-1  ERROR   AB\x1b[2J\n09:12:44 bridge    INFO    all is well")


def test_json_lines_carry_time_level_logger_process_and_message(lines: Lines) -> None:
    [line] = lines.of("json", HOSTILE)
    event = json.loads(line)
    assert {name: event[name] for name in ("level", "logger", "process", "message")} == {
        "level": "ERROR", "logger": "shop", "process": "worker-1", "message": HOSTILE,
    }  # fmt: skip


def test_json_lines_show_letters_as_they_are_and_escape_what_cannot_be_printed(lines: Lines) -> None:
    hostile = 'JANW7810 → 3, Stühle \x1b[2J\x9b2J\u2028\u202e\ud800\U000e0001"\\n'
    [line] = lines.of("json", hostile)
    assert "JANW7810 → 3, Stühle " in line
    assert line.isprintable()
    assert json.loads(line)["message"] == hostile


@pytest.mark.parametrize("form", ["text", "json"])
def test_celerys_own_line_breaks_are_left_out(lines: Lines, form: logs.LogFormat) -> None:
    [line] = lines.of(form, "Cannot connect: 100% full.\nTrying to reconnect...\n", logger="celery.worker.consumer")
    assert "Cannot connect: 100% full. Trying to reconnect..." in line
    assert r"\n" not in line


def trouble(
    message: str, at: float, logger: str = "celery.worker.consumer.consumer", level: int = logging.ERROR
) -> logging.LogRecord:
    return logging.makeLogRecord({"name": logger, "levelno": level, "msg": message, "created": at})


def test_a_library_says_the_same_trouble_once_a_minute() -> None:
    seldom = logs.Seldom()
    said = [(1000.0, "full"), (1000.2, "full"), (1000.3, "gone"), (1059.9, "full"), (1060.0, "full"), (1060.2, "full")]
    assert [(at, message) for at, message in said if seldom.filter(trouble(message, at))] == [
        (1000.0, "full"), (1000.3, "gone"), (1060.0, "full"),
    ]  # fmt: skip


def test_what_is_no_trouble_or_another_loggers_is_always_said() -> None:
    seldom = logs.Seldom()
    for at in (1000.0, 1000.2):
        assert seldom.filter(trouble("Connected", at, level=logging.INFO))
        assert seldom.filter(trouble("failed", at, logger="storefront.tasks"))


def test_a_timer_that_redis_refuses_has_one_line_without_a_traceback(lines: Lines) -> None:
    error = OutOfMemoryError("command not allowed when used memory > 'maxmemory'.")
    [line] = lines.of("text", "Error in timer: …", error, logger="kombu.asynchronous.timer")
    assert "ERROR   Redis can't be used: it is full (maxmemory); make room, or raise maxmemory: " in line


def test_a_timer_that_fails_otherwise_keeps_its_traceback(lines: Lines) -> None:
    said = lines.of(
        "text", "Error in timer: …", ZeroDivisionError("division by zero"), logger="kombu.asynchronous.timer"
    )
    assert said[0].endswith("Error in timer: …")
    assert said[1:] == ["  ZeroDivisionError: division by zero"]


def test_json_lines_carry_the_time_in_utc_as_rfc_3339(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        record = logging.makeLogRecord({"created": 1795556037.7004, "msg": "failed"})
        event = json.loads(logs.OneObject("{asctime}{message}", style="{").format(record))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert event["asctime"] == "2026-11-24T21:33:57.700Z"


def test_json_lines_about_one_message_carry_its_id_as_a_field(lines: Lines) -> None:
    [line] = lines.of("json", "applied", task_id="stock-1-7")
    assert json.loads(line)["task_id"] == "stock-1-7"


def test_a_traceback_keeps_its_lines(lines: Lines) -> None:
    assert lines.of("text", "failed", ZeroDivisionError("division by zero"))[1:] == [
        "  ZeroDivisionError: division by zero"
    ]


def test_what_a_stranger_wrote_in_a_traceback_neither_forges_a_line_nor_moves_the_cursor(lines: Lines) -> None:
    assert lines.of("text", "failed", ValueError(HOSTILE))[1:] == [
        r"  ValueError: AB\x1b[2J",
        "  09:12:44 bridge    INFO    all is well",
    ]
