"""The examples, the schema and the shop's own reader say the same."""

import json
import time
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from storefront.stock.message import A_CODE, A_COUNT, BadMessage, parse
from tests.contracts.examples import BAD, GOOD, SCHEMA, message

VALIDATOR = Draft202012Validator(SCHEMA)


def schema_accepts(value: bytes | None) -> bool:
    """What a consumer with an ordinary JSON reader and the schema makes of a message."""
    try:
        return value is not None and VALIDATOR.is_valid(json.loads(value.decode()))
    except (ValueError, RecursionError):
        return False


def digits_alone_for_unknown_fields(text: str) -> int:
    return int(text) if len(text) < 100 else 0


def test_the_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schemas_own_examples_are_valid() -> None:
    assert all(VALIDATOR.is_valid(example) for example in SCHEMA["examples"])


def test_the_schema_and_the_sentences_give_the_same_limits() -> None:
    code, count = SCHEMA["properties"]["product_code"], SCHEMA["properties"]["inventory_count"]
    assert f"a string of {code['minLength']} to {code['maxLength']} characters" == A_CODE
    assert f"a whole number from {count['minimum']} to {count['maximum']}" == A_COUNT


@pytest.mark.parametrize("example", GOOD)
def test_a_good_example_means_its_update(example: dict[str, Any]) -> None:
    assert asdict(parse(message(example))) == example["update"]


@pytest.mark.parametrize("example", GOOD)
def test_the_schema_accepts_a_good_example(example: dict[str, Any]) -> None:
    value = message(example)
    assert value is not None
    assert VALIDATOR.is_valid(json.loads(value.decode(), parse_int=digits_alone_for_unknown_fields))


@pytest.mark.parametrize("example", BAD)
def test_a_bad_example_is_refused_with_its_sentence(example: dict[str, Any]) -> None:
    with pytest.raises(BadMessage) as refused:
        parse(message(example))
    sentence = str(refused.value)
    assert example["sentence"] in sentence
    assert "expected" in sentence
    assert len(sentence) < 300
    assert sentence.isprintable()


@pytest.mark.parametrize("example", BAD)
def test_the_schema_refuses_a_bad_example_unless_it_is_marked(example: dict[str, Any]) -> None:
    assert schema_accepts(message(example)) is not example.get("schema_agrees", True)


@pytest.mark.parametrize("example", [*GOOD, *BAD])
def test_no_example_takes_a_worker_long(example: dict[str, Any]) -> None:
    value = message(example)
    start = time.perf_counter()
    with suppress(BadMessage):
        parse(value)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("examples", [GOOD, BAD])
def test_examples_have_names_of_their_own(examples: list[Any]) -> None:
    names = [example.values[0]["name"] for example in examples]
    assert len(set(names)) == len(names)
