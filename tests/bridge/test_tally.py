from bridge.request import Request
from bridge.tally import Tally


def test_only_a_settle_that_was_sent_before_is_sent_again() -> None:
    tally = Tally()
    tally.sent(3, [Request("new"), Request("old", attempts=1), Request("older", attempts=4)])
    assert (tally.enqueued, tally.settles_sent_again) == (3, 2)


def test_answers_add_up_and_one_of_another_version_counts_for_what_it_says() -> None:
    tally = Tally()
    tally.heard({"messages": 500, "repaired": 2, "bad": 1, "first": []})
    tally.heard({"messages": 5, "first": []})
    assert (tally.settled, tally.repaired, tally.bad) == (505, 2, 1)


def test_what_a_settle_of_the_backlog_applied_was_not_lost() -> None:
    tally = Tally()
    tally.heard({"messages": 500, "repaired": 480, "bad": 1}, alone=True)
    assert (tally.settled, tally.repaired, tally.bad) == (500, 0, 1)
