import logging

import pytest

from bridge.waiting import SAY_AGAIN_AFTER, Waiting


def test_it_says_what_it_waits_for_once_a_minute_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    waiting = Waiting()
    for now in (0.0, 1.0, SAY_AGAIN_AFTER - 1, SAY_AGAIN_AFTER):
        waiting.waits_for("Redis", "connection refused", now)
    waiting.is_back("Redis", SAY_AGAIN_AFTER + 5)
    waiting.is_back("Redis", SAY_AGAIN_AFTER + 6)
    assert caplog.messages == [
        "waiting for Redis: connection refused",
        "waiting for Redis, for 60 s now: connection refused",
        "no longer waiting for Redis, after 65 s",
    ]
