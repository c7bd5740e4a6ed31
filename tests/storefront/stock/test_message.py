"""What contracts/examples doesn't say: any bytes at all, the exception's own behaviour, speed."""

import json
import pickle
import threading
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storefront.models import CODE_LENGTH
from storefront.stock.message import LARGEST_COUNT, BadMessage, StockUpdate, parse

CODES = st.text(min_size=1, max_size=CODE_LENGTH).filter(lambda code: "\x00" not in code)  # never half surrogates
COUNTS = st.integers(0, LARGEST_COUNT)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
NAMES = st.sampled_from(["product_code", "inventory_count", "Product_Code", "note", ""])
TOKENS = st.sampled_from(
    [b"{", b"}", b"[", b"]", b":", b",", b'"', b'"product_code"', b'"inventory_count"', b'"A"', b"3", b"-", b"1e9",
     b"NaN", b"\\ud800", b"\\", b"\xff", b"\x00", b"\xef\xbb\xbf", b" ", b"true"]
)  # fmt: skip


def refusal(value: bytes | None) -> BadMessage:
    with pytest.raises(BadMessage) as refused:
        parse(value)
    return refused.value


def judge(value: bytes) -> StockUpdate | BadMessage:
    try:
        return parse(value)
    except BadMessage as why:
        return why


def assert_judged(value: bytes) -> None:
    """`value` gives an update within the limits, or a sentence that any log and any database can take."""
    judged = judge(value)
    if isinstance(judged, StockUpdate):
        assert 0 <= judged.inventory_count <= LARGEST_COUNT
        assert 1 <= len(judged.product_code) <= CODE_LENGTH
        assert "\x00" not in judged.product_code
        judged.product_code.encode()
    else:
        assert len(str(judged)) < 300
        assert str(judged).isprintable()


@given(CODES, COUNTS, st.dictionaries(st.text(max_size=5), ANY_JSON, max_size=4), st.booleans())
def test_a_good_message_is_read_whatever_else_it_holds(
    code: str, count: int, unknown: dict[str, Any], ascii_only: bool
) -> None:
    document = {**unknown, "product_code": code, "inventory_count": count}
    value = json.dumps(document, ensure_ascii=True if unknown else ascii_only)
    assert parse(value.encode()) == StockUpdate(code, count)


@given(st.binary())
def test_any_bytes_are_judged(value: bytes) -> None:
    assert_judged(value)


@given(st.lists(TOKENS, max_size=30).map(b"".join))
@example(b'{"product_code":"A","inventory_count":3')
def test_any_pieces_of_messages_are_judged(value: bytes) -> None:
    assert_judged(value)


@given(st.lists(st.tuples(NAMES, ANY_JSON), max_size=5))
def test_any_members_are_judged(members: list[tuple[str, Any]]) -> None:
    inside = ", ".join(f"{json.dumps(name)} : {json.dumps(value)}" for name, value in members)
    assert_judged(f" {{ {inside} }} ".encode())


@given(st.integers(), st.sampled_from(["{}", "{}.0", "{}e0", '"{}"', "[{}]"]))
def test_only_a_whole_number_within_the_limits_is_a_count(number: int, form: str) -> None:
    written = form.format(number)
    value = f'{{"product_code": "A", "inventory_count": {written}}}'.encode()
    if form == "{}" and 0 <= number <= LARGEST_COUNT:
        assert parse(value).inventory_count == number
    else:
        assert str(refusal(value)).startswith(f"inventory_count is {written[:50]}")


def test_the_value_is_shown_as_it_stood_in_the_message() -> None:
    value = b'{"note": {"inventory_count": 7}, "inventory_count" :\n [ 1,{"a" : 2.50} ] , "product_code": "A"}'
    assert str(refusal(value)).startswith('inventory_count is [ 1,{"a" : 2.50} ]; expected')


def test_an_update_of_a_nested_object_is_none() -> None:
    assert str(refusal(b'{"a": {"product_code": "A", "inventory_count": 1}}')).startswith("product_code is missing")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b'{"product_code": "A", "inventory_count": -1}', "A"),
        (b'{"product_code": "A"}', "A"),
        (b'{"product_code": "", "inventory_count": 1}', None),
        (b'{"product_code": "A", "product_code": "B", "inventory_count": 1}', None),
        (b'{"inventory_count": 1}', None),
        (b"not json", None),
        (None, None),
    ],
)
def test_the_code_is_known_where_it_can_be_read(value: bytes | None, code: str | None) -> None:
    assert refusal(value).product_code == code


def test_a_name_that_stands_thrice_is_counted() -> None:
    value = b'{"product_code": "A", "inventory_count": 1, "inventory_count": 2, "inventory_count": 3}'
    assert str(refusal(value)) == "inventory_count stands 3 times, as 1 and as 2; expected it once"


@pytest.mark.parametrize("filler", [b"", b'"[[["', rb'"\"[{"', b"[]" * 500, b"[], {}, " * 500])
def test_depth_is_counted_in_levels_whoever_calls(filler: bytes) -> None:
    flat = b'{"product_code": "A", "inventory_count": 1, "y": [' + filler.replace(b"][", b"], [").rstrip(b", ") + b"]"
    assert parse(flat + b', "x": ' + b"[" * 199 + b"]" * 199 + b"}") == StockUpdate("A", 1)
    assert "nested too deep" in str(refusal(flat + b', "x": ' + b"[" * 200 + b"]" * 200 + b"}"))


@pytest.mark.parametrize("piece", [b"[],", b'"\\"', b"[{}", b'"', b'[["\\'])
def test_no_megabytes_of_brackets_and_quotes_hold_a_worker_up(piece: bytes) -> None:
    for start in (b"[" * 150 + b"{" * 51, b"[" * 150 + b"{}" * 51):
        assert_judged(start + piece * (1_000_000 // len(piece)))  # a quadratic reader would take hours


@pytest.mark.parametrize("depth", [90, 300, 900, 1_100, 3_000, 30_000, 1_000_000])
def test_no_depth_of_brackets_ends_a_worker(depth: int) -> None:
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        nested = opening * depth + b"1" + closing * depth
        assert_judged(b'{"product_code": "A", "inventory_count": 1, "x": ' + nested + b"}")
        assert_judged(b'{"product_code": "A", "inventory_count": ' + nested + b"}")


def test_no_depth_of_brackets_ends_a_thread_with_a_small_stack() -> None:
    outcome: list[str] = []
    thread = threading.Thread(target=lambda: outcome.append(str(refusal(b"[" * 100_000))))
    thread.start()
    thread.join()
    assert "nested too deep" in outcome[0]


def test_a_refusal_survives_pickle() -> None:
    why = pickle.loads(pickle.dumps(BadMessage("a sentence", product_code="A")))  # noqa: S301
    assert (str(why), why.product_code, type(why)) == ("a sentence", "A", BadMessage)


def test_a_refusal_can_be_built_again_from_its_arguments_in_json() -> None:
    why = BadMessage(*json.loads(json.dumps(BadMessage("a sentence", product_code="A").args)))
    assert (str(why), why.product_code) == ("a sentence", None)
