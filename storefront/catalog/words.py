"""Text as words to search by. The database cuts names and codes with the same knife: `Product.words`."""

import string

_TO_SPACES = str.maketrans(dict.fromkeys(string.punctuation, " "))


def prefixes(text: str) -> str:
    """Return the question of to_tsquery for products that have, for each word of `text`, one that begins so.

    It can't be misunderstood: what has a meaning there, a quote or an operator, is punctuation and no part of a word.
    """
    return " & ".join(f"'{word}':*" for word in text.translate(_TO_SPACES).split())
