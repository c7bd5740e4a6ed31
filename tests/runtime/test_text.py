import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.text import shortened


@given(value=st.text() | st.binary(), limit=st.integers(5, 100))
def test_whatever_it_gets_it_gives_one_short_printable_line(value: str | bytes, limit: int) -> None:
    shown = shortened(value, limit)
    assert len(shown) <= limit
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("short", "short"),
        ("1234567", "1234…"),
        ("a\nb", r"a\nb"),
        (b"\xff", r"\xff"),
        ("\ud800"[:1], r"\ud8…"),
        ("é → ", "é → "),
    ],
)
def test_text_is_shortened_and_escaped(value: str | bytes, shown: str) -> None:
    assert shortened(value, 5) == shown
