"""A message of the inventory system: bytes → StockUpdate, or one sentence that says what is wrong.

What a message must look like is in contracts/; nothing else in the project judges one.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from runtime.text import shortened
from storefront.models import CODE_LENGTH, storable

LARGEST_COUNT = 2**31 - 1  # PostgreSQL's integer
MOST_DIGITS = len(str(LARGEST_COUNT))
MOST_LEVELS = 200

A_DOCUMENT = "one JSON object with product_code and inventory_count, in UTF-8"
A_CODE = f"a string of 1 to {CODE_LENGTH} characters"
A_COUNT = f"a whole number from 0 to {LARGEST_COUNT}"


@dataclass(frozen=True, slots=True)
class StockUpdate:
    """The inventory system now has `inventory_count` of `product_code` left."""

    product_code: str
    inventory_count: int

    def __str__(self) -> str:
        return f"{self.product_code} → {self.inventory_count}"


class BadMessage(Exception):
    """A message that can't be applied; `str()` is one sentence, `product_code` is None where it can't be read."""

    def __init__(self, sentence: str, *, product_code: str | None = None) -> None:
        super().__init__(sentence)  # alone in `args`: Celery's result backend builds an exception again from these
        self.product_code = product_code


def parse(value: bytes | None) -> StockUpdate:
    """Return what the message's bytes say. Raises BadMessage and nothing else, whatever the bytes are."""
    plain = _PLAIN.fullmatch(value or b"")
    if plain:
        return StockUpdate(plain[1].decode(), int(plain[2]))
    text = _text(value)
    if _is_too_deep(text):
        sentence = f"the message is {shortened(text)}, nested too deep to be read; expected {A_DOCUMENT}"
        raise BadMessage(sentence)
    return _update(text)


# What nearly every message is, and right for sure: both fields and nothing else, a code of ASCII characters that need
# no backslash, a count that is never above LARGEST_COUNT. All others are looked at closely.
_PLAIN = re.compile(
    rb'\{ ?"product_code": ?"([ !#-\[\]-~]{1,%d})", ?"inventory_count": ?(0|[1-9][0-9]{0,%d}) ?\}'
    % (CODE_LENGTH, MOST_DIGITS - 2)
)


class _WholeNumber(str):
    """An integer as it stood in the message: converting it here would cost seconds where it has a million digits."""

    __slots__ = ()


class _OtherNumber(str):
    """3.0, 1E3 or NaN as it stood in the message."""

    __slots__ = ()


# Objects become tuples of (name, value), so that a name that stands twice is seen.
_DECODER = json.JSONDecoder(
    object_pairs_hook=tuple, parse_int=_WholeNumber, parse_float=_OtherNumber, parse_constant=_OtherNumber
)
_BETWEEN = re.compile(r"[ \t\n\r,:]*")
_NO_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[^\[\]{}"]++', re.DOTALL)  # strings, and all else
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}


def _text(value: bytes | None) -> str:
    if value is None:
        raise BadMessage(f"the message is null, it has no value (a tombstone); expected {A_DOCUMENT}")
    if not value:
        raise BadMessage(f"the message is empty; expected {A_DOCUMENT}")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        there = f"{shortened(value)}, not UTF-8 at byte {error.start + 1} of {len(value)}"
        raise BadMessage(f"the message is {there}; expected {A_DOCUMENT}") from None


def _is_too_deep(text: str) -> bool:
    """Whether brackets nest deeper than MOST_LEVELS.

    The JSON scanner climbs the stack with each: without a limit of ours it were the caller's depth that decides.
    """
    if text.count("[") + text.count("{") <= MOST_LEVELS:
        return False
    brackets = _NO_BRACKETS.sub("", text)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > MOST_LEVELS


def _update(text: str) -> StockUpdate:
    members = _members(text)
    fields = dict(members)
    if len(fields) != len(members):
        _refuse_repeated(text, members)
    code = fields.get("product_code")
    if type(code) is not str or not 0 < len(code) <= CODE_LENGTH or not storable(code):
        raise _bad_code(text, fields)
    count = fields.get("inventory_count")
    if type(count) is not _WholeNumber or len(count) > MOST_DIGITS or not 0 <= int(count) <= LARGEST_COUNT:
        raise BadMessage(_wrong(text, fields, "inventory_count", A_COUNT), product_code=code)
    return StockUpdate(code, int(count))


def _members(text: str) -> tuple[tuple[str, Any], ...]:
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise BadMessage(_not_json(text, error)) from None
    if type(document) is not tuple:
        raise BadMessage(f"the message is {shortened(text)}, not an object; expected {A_DOCUMENT}")
    return document


def _not_json(text: str, error: json.JSONDecodeError) -> str:
    shown = shortened(text)
    rest = shortened(text[error.pos :][:40], 20)
    if text.startswith("\ufeff"):
        return f"the message is {shown}, it begins with a byte order mark; expected {A_DOCUMENT}"
    if error.msg == "Extra data":
        return f"the message is {shown}, it goes on after its end with {rest}; expected {A_DOCUMENT}"
    place = f"at character {error.pos + 1}: {rest}" if rest else "at its end"
    return f"the message is {shown}, not JSON {place}; expected {A_DOCUMENT}"


def _refuse_repeated(text: str, members: tuple[tuple[str, Any], ...]) -> None:
    names = [name for name, _ in members]
    for name in ("product_code", "inventory_count"):
        if names.count(name) > 1:
            first, second, *more = (shortened(raw, 40) for raw in _as_they_stood(text, name))
            often = "twice" if not more else f"{2 + len(more)} times"
            raise BadMessage(f"{name} stands {often}, as {first} and as {second}; expected it once")


def _bad_code(text: str, fields: dict[str, Any]) -> BadMessage:
    code = fields.get("product_code")
    expected = A_CODE
    if type(code) is str and len(code) > CODE_LENGTH:
        expected = f"{A_CODE}, not {len(code)}"
    elif type(code) is str and code:
        expected = f"{A_CODE}, no NUL and no half surrogate among them"
    return BadMessage(_wrong(text, fields, "product_code", expected))


def _wrong(text: str, fields: dict[str, Any], name: str, expected: str) -> str:
    if name in fields:
        return f"{name} is {shortened(next(_as_they_stood(text, name)))}; expected {expected}"
    similar = next((other for other in fields if other.strip().casefold() == name), None)
    if similar is not None:
        return f'{name} is missing, "{shortened(similar)}" is another name; expected {expected}'
    return f"{name} is missing in {shortened(text)}; expected {expected}"


def _as_they_stood(text: str, wanted: str) -> Iterator[str]:
    """Yield each value of the top object's member `wanted`, character for character as the message has it."""
    position = _skip(text, text.index("{") + 1)
    while text[position] != "}":
        name, end = _DECODER.raw_decode(text, position)
        start = _skip(text, end)
        _, end = _DECODER.raw_decode(text, start)
        if name == wanted:
            yield text[start:end]
        position = _skip(text, end)


def _skip(text: str, position: int) -> int:
    match = _BETWEEN.match(text, position)
    return match.end() if match else position
