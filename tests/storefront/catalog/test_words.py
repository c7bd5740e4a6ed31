import pytest

from storefront.catalog.words import prefixes


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("", ""),
        ("Walnut", "'Walnut':*"),
        ("wal chair", "'wal':* & 'chair':*"),
        ("AB-12/7", "'AB':* & '12':* & '7':*"),
        ("' | !& \\ :*", ""),
    ],
)
def test_each_word_is_a_prefix_and_punctuation_is_none(text: str, question: str) -> None:
    assert prefixes(text) == question
