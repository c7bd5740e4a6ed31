"""Messages as no inventory system means to write them: good ones mutated, JSON of all shapes, and plain bytes."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

FEW_CODES = st.sampled_from(
    ["ABCD1234", "OTHER001", "Ünïcödé", "\U0001d54c", "x" * 64]
)  # so that counts of one product meet
ODD_CODES = st.sampled_from(["", " ", "x" * 65, "A\x00B", "\ud83d", "\U0001f600", "a\nb", "'; --", "\x7f", "\u202e"])
CODES = FEW_CODES | FEW_CODES | ODD_CODES | st.text(st.characters(), max_size=70)
COUNTS: st.SearchStrategy[Any] = st.integers(0, 30) | st.sampled_from(
    [0, -0.0, 2**31 - 1, 2**31, -1, 3.0, 1e400, 10**25, True, None, "3", [], {}]
)
WRITTEN_COUNTS = st.sampled_from(
    ["-0", "00", "01", "+3", "3.", ".3", "1e3", "1E400", "-1e400", "0x10", "1_000", "\uff13", "3 ", "NaN", "Infinity",
     "9" * 4_000, "9" * 5_000, "0" * 5_000, "2147483647", "2147483648", "", "3,", '"3"', "nul", "[3]"]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20)
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
NAMES = st.sampled_from(["product_code", "inventory_count", "Product_Code", " inventory_count", "note", "", "\x00"])
TOKENS = st.sampled_from(
    [b"{", b"}", b"[", b"]", b":", b",", b'"', b"\\", b'"product_code"', b'"inventory_count"', b"3", b"-", b"e9", b".",
     b"NaN", b"\\ud800", b"\\u0000", b"\xff", b"\x00", b"\xef\xbb\xbf", b" ", b"\n", b"true", b"\xc3", b"\xed\xa0\x80"]
)  # fmt: skip
ENCODINGS = st.sampled_from(["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7"])
DEPTHS = st.sampled_from([1, 50, 198, 199, 200, 201, 300, 800, 900, 950, 1_000, 3_000, 100_000])


def good() -> st.SearchStrategy[bytes]:
    """Messages that the contract accepts, but for a code that can't be UTF-8."""
    return st.builds(_message, FEW_CODES, st.integers(0, 2**31 - 1))


def shaped() -> st.SearchStrategy[bytes]:
    """One JSON object: names and values as they come, some twice, nested as deep as may be."""
    members = st.lists(st.tuples(NAMES, ANY_JSON), max_size=3)
    counted = st.builds(lambda code, count: [("product_code", code), ("inventory_count", count)], CODES, COUNTS)
    return st.builds(_object, st.permutations([0, 1]), counted, members, st.booleans())


def written() -> st.SearchStrategy[bytes]:
    """A count as a person may write it, or one that hides in brackets."""
    by_hand = st.builds(_with_count, WRITTEN_COUNTS)
    nested = st.builds(_nested, DEPTHS, st.sampled_from(["[]", '{"a":', "[{"]), st.booleans())
    return by_hand | nested


def messages() -> st.SearchStrategy[bytes | None]:
    """Any message at all; half of them are mutations."""
    whole = good() | shaped() | written()
    mutated = st.builds(_mutated, good() | shaped(), st.lists(_mutations(), min_size=1, max_size=3))
    return whole | mutated | mutated | st.binary(max_size=40) | st.none()


def _mutations() -> st.SearchStrategy[Callable[[bytes], bytes]]:
    where = st.integers(0, 200)
    return (
        st.builds(lambda at, bit: lambda value: _flip(value, at, bit), where, st.integers(0, 7))
        | st.builds(lambda at: lambda value: value[: at % (len(value) + 1)], where)
        | st.builds(lambda at, some: lambda value: _put(value, at, some), where, TOKENS | st.binary(max_size=5))
        | st.builds(lambda at, size: lambda value: _cut(value, at, size), where, st.integers(1, 20))
        | st.builds(lambda at, size: lambda value: _again(value, at, size), where, st.integers(1, 60))
        | st.builds(lambda encoding: lambda value: _encoded(value, encoding), ENCODINGS)
        | st.sampled_from([bytes.upper, bytes.swapcase, lambda value: value * 2, lambda value: value[::-1]])
    )


def _message(code: str, count: int) -> bytes:
    return json.dumps({"product_code": code, "inventory_count": count}, ensure_ascii=False).encode()


def _object(order: list[int], counted: list[tuple[str, Any]], members: list[tuple[str, Any]], escaped: bool) -> bytes:
    parts = [*members, *(counted[index] for index in order)]
    inside = ", ".join(f"{_dumped(name, escaped)} : {_dumped(value, escaped)}" for name, value in parts)
    return f"{{{inside}}}".encode("utf-8", "surrogatepass")


def _dumped(value: Any, escaped: bool) -> str:
    return json.dumps(value, ensure_ascii=escaped)


def _with_count(count: str) -> bytes:
    return f'{{"product_code": "ABCD1234", "inventory_count": {count}}}'.encode()


def _nested(depth: int, opening: str, closed: bool) -> bytes:
    brackets = opening.rstrip("]") * depth
    inside = brackets + "1" + "".join({"[": "]", "{": "}"}.get(char, "") for char in reversed(brackets)) * closed
    return f'{{"product_code": "ABCD1234", "inventory_count": 3, "note": {inside}}}'.encode()


def _mutated(value: bytes, mutations: list[Callable[[bytes], bytes]]) -> bytes:
    for mutate in mutations:
        value = mutate(value)
    return value


def _flip(value: bytes, at: int, bit: int) -> bytes:
    if not value:
        return value
    at %= len(value)
    return value[:at] + bytes([value[at] ^ 1 << bit]) + value[at + 1 :]


def _put(value: bytes, at: int, some: bytes) -> bytes:
    at %= len(value) + 1
    return value[:at] + some + value[at:]


def _cut(value: bytes, at: int, size: int) -> bytes:
    at %= len(value) + 1
    return value[:at] + value[at + size :]


def _again(value: bytes, at: int, size: int) -> bytes:
    at %= len(value) + 1
    return value[: at + size] + value[at:]


def _encoded(value: bytes, encoding: str) -> bytes:
    return value.decode(errors="replace").encode(encoding, "replace")
