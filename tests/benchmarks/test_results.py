from benchmarks.case import Goal
from tests.benchmarks.results import RATE, at_least, results


def test_a_spread_has_lowest_median_and_highest() -> None:
    spread = results((10, 1), (40, 1), (20, 1)).spread("ours", RATE)
    assert (spread.low, spread.middle, spread.high) == (10, 20, 40)


def test_a_ratio_is_taken_within_each_round_and_never_across_rounds() -> None:
    # The machine was ten times slower in the second round: that says nothing about either.
    ratio = results((100, 50), (10, 5), (90, 30)).ratio(at_least(1))
    assert (ratio.low, ratio.middle, ratio.high) == (2, 2, 3)


def test_the_median_ratio_decides_whether_a_goal_is_reached() -> None:
    [verdict] = results((1, 1), (3, 1), (4, 1), goals=(at_least(3),)).verdicts()
    assert verdict.is_met
    [verdict] = results((1, 1), (2.9, 1), (4, 1), goals=(at_least(3),)).verdicts()
    assert not verdict.is_met


def test_a_goal_can_be_an_upper_bound() -> None:
    goal = Goal(RATE, "ours", "theirs", "at most", 1.2)
    assert [verdict.is_met for verdict in results((6, 5), goals=(goal,)).verdicts()] == [True]
    assert [verdict.is_met for verdict in results((7, 5), goals=(goal,)).verdicts()] == [False]
