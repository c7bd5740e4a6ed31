from datetime import UTC, datetime

import pytest

from storefront.stock.availability import availability
from storefront.stock.freshness import NEVER

FIVE_PAST_TWO = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, "Stock not known yet"),
        (0, "Out of stock"),
        (1, "Only 1 left!"),
        (3, "Only 3 left!"),
        (10, "Only 10 left!"),
        (11, "In stock"),
        (2**31 - 1, "In stock"),
    ],
)
def test_a_count_is_put_into_the_shops_words(count: int | None, words: str) -> None:
    assert availability(count, threshold=10).words == words


def test_the_threshold_itself_is_still_low() -> None:
    assert availability(3, threshold=3).words == "Only 3 left!"
    assert availability(4, threshold=3).words == "In stock"


def test_a_threshold_of_zero_never_says_how_many_are_left() -> None:
    assert availability(1, threshold=0).words == "In stock"
    assert availability(0, threshold=0).words == "Out of stock"


def test_each_state_has_an_icon_and_a_style_of_its_own() -> None:
    shown = [availability(count, threshold=10) for count in (None, 0, 1, 11)]
    shown.append(availability(3, 10, FIVE_PAST_TWO))

    assert len({each.icon for each in shown}) == len({each.state for each in shown}) == 5


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "Out of stock when last counted"), (3, "In stock when last counted"), (11, "In stock when last counted")],
)
def test_no_number_is_claimed_of_an_old_count(count: int, words: str) -> None:
    shown = availability(count, 10, FIVE_PAST_TWO)

    assert (shown.words, shown.counted) == (words, FIVE_PAST_TWO)


def test_an_old_count_whose_time_is_not_known_gets_none() -> None:
    assert availability(3, 10, NEVER).counted is None


def test_what_was_never_counted_is_not_said_to_have_been() -> None:
    assert availability(None, 10, FIVE_PAST_TWO).words == "Stock not known yet"
