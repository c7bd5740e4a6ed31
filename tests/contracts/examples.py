"""The contract's examples, read as contracts/README.md says."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

CONTRACTS = Path(__file__).parent.parent.parent / "contracts"
SCHEMA = json.loads((CONTRACTS / "inventory_update.schema.json").read_text("utf-8"))


def load(file: str) -> list[Any]:
    examples = json.loads((CONTRACTS / "examples" / file).read_text("utf-8"))
    return [pytest.param(example, id=example["name"]) for example in examples]


def message(example: dict[str, Any]) -> bytes | None:
    if "base64" in example:
        return b64decode(example["base64"], validate=True)
    if "pieces" in example:
        return "".join(piece * times for piece, times in example["pieces"]).encode()
    return None if example.get("no_value") else str(example["text"]).encode()


GOOD = load("good.json")
BAD = load("bad.json")
