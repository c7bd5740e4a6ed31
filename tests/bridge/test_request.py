import pytest

from bridge.request import FIRST_PATIENCE, LONGEST_PATIENCE, Request, Traffic


def sent_at_zero(attempts: int = 1) -> Request:
    request = Request("settle")
    for _ in range(attempts):
        request.new_id()
        request.sent(0.0)
    return request


def test_a_question_never_sent_is_due() -> None:
    assert Request("settle").is_due(Traffic(0, queue_empty=False, last_answered_at=0))


def test_each_try_has_a_new_id() -> None:
    request = Request("settle")
    assert request.new_id() != request.new_id()


@pytest.mark.parametrize(
    ("queue_empty", "last_answered_at", "failed", "due"),
    [
        (False, 0.0, False, False),  # silent, but it may stand in the queue
        (True, 0.0, False, True),  # silent, and nothing is queued
        (False, 1.0, False, True),  # silent, and one that was sent later is answered
        (False, 0.0, True, True),  # answered, but badly
    ],
)
def test_silence_alone_proves_nothing(queue_empty: bool, last_answered_at: float, failed: bool, due: bool) -> None:
    request = sent_at_zero()
    request.failed = failed
    assert request.is_due(Traffic(FIRST_PATIENCE, queue_empty, last_answered_at)) is due


def test_nothing_is_sent_again_before_its_time() -> None:
    assert not sent_at_zero().is_due(Traffic(FIRST_PATIENCE - 0.1, queue_empty=True, last_answered_at=1))


def test_patience_doubles_up_to_its_limit() -> None:
    twice, often = sent_at_zero(2), sent_at_zero(20)
    assert not twice.is_due(Traffic(FIRST_PATIENCE * 2 - 0.1, queue_empty=True, last_answered_at=0))
    assert twice.is_due(Traffic(FIRST_PATIENCE * 2, queue_empty=True, last_answered_at=0))
    assert often.is_due(Traffic(LONGEST_PATIENCE, queue_empty=True, last_answered_at=0))


def test_care_is_asked_for_after_two_silences() -> None:
    assert [sent_at_zero(attempts).to_be_careful for attempts in range(4)] == [False, False, True, True]


def test_a_bad_answer_is_no_silence() -> None:
    request = Request("settle")
    for _ in range(5):
        request.sent(0.0)
        request.failed = True
    assert not request.to_be_careful
