"""schema.org's vocabulary: what of some JSON-LD isn't in it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import schema_org

# What a value of each of schema.org's basic types looks like in JSON.
BASIC = {"Text": str, "URL": str, "Number": int | float | Decimal, "Integer": int, "Boolean": bool}


def strangers(thing: dict[str, Any]) -> Iterator[str]:
    """Yield each property that the type of `thing` hasn't, and each value that its property doesn't take."""
    kind = thing["@type"]
    known = {one.schema_name: one.ranges for one in getattr(schema_org, kind).SCHEMA_PROPERTIES}
    for name, value in thing.items():
        if name.startswith("@"):
            continue
        if name not in known:
            yield f"{kind} has no {name}"
        elif not any(_is_a(value, one) for one in known[name]):
            yield f"{kind}.{name} is {value!r}; expected one of {known[name]}"
        elif isinstance(value, dict):
            yield from strangers(value)


def _is_a(value: Any, expected: str) -> bool:
    if expected in BASIC:
        return isinstance(value, BASIC[expected]) and (expected != "URL" or "://" in str(value))
    kind: Any = getattr(schema_org, expected)
    if isinstance(value, dict):
        return issubclass(getattr(schema_org, value["@type"]), kind)
    members: dict[str, str] = getattr(kind, "__members__", {})
    return value in members.values()
