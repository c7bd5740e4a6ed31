import pytest

from storefront.web.addresses import page_number


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("07", 7), ("999999", 999_999)])
def test_a_whole_number_is_a_page(text: str, number: int) -> None:
    assert page_number(text) == number


@pytest.mark.parametrize("text", ["", "0", "-1", "+1", " 1", "1.0", "abc", "²", "٣", "1000000", "9" * 5_000, "\x00"])
def test_anything_else_is_none(text: str) -> None:
    assert page_number(text) is None
