import logging

import pytest

from bridge.backlog import Backlog


def lanes(backlog: Backlog, *behind: int) -> list[bool]:
    entered = []
    for messages in behind:
        backlog.look(messages)
        entered.append(backlog.entered)
    return entered


def test_it_is_entered_above_the_threshold_alone() -> None:
    assert lanes(Backlog(100), 0, 100, 101) == [False, False, True]


def test_it_is_left_at_a_tenth_of_it_so_that_nothing_goes_to_and_fro() -> None:
    assert lanes(Backlog(100), 101, 99, 11, 10, 99, 101) == [True, True, True, False, False, True]


def test_without_a_threshold_it_is_never_entered() -> None:
    assert lanes(Backlog(0), 0, 1, 10_000_000) == [False, False, False]


def test_a_threshold_of_one_is_left_when_nothing_is_behind() -> None:
    assert lanes(Backlog(1), 1, 2, 1, 0) == [False, True, True, False]


def test_each_turn_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    lanes(Backlog(100), 90, 250, 240, 1, 0)
    assert caplog.messages == [
        "250 messages behind, more than BRIDGE_BACKLOG_THRESHOLD=100: settles go alone, without a task for each",
        "1 message behind: a task for each again",
    ]
