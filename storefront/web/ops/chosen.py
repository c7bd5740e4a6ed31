"""Which dead letters a form asks for."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import get_args

from runtime.moments import moment
from runtime.text import shortened
from storefront.dead_letters import HIGHEST_NUMBER, Filter, State

STATES: tuple[State, ...] = get_args(State)


LONGEST_REASON = 500  # characters


class NotUnderstood(ValueError):
    """A field of the form can't be read; the sentence says which and what was expected."""


def chosen_by(fields: Mapping[str, str]) -> Filter:
    """Return the filter that the form's `fields` say; an empty one says nothing. Raises NotUnderstood."""
    return Filter(
        reason=fields.get("reason") or None,
        code=fields.get("code") or None,
        since=moment_in(fields.get("since", "")),
        state=state_in(fields.get("state") or "open"),
        above=number_in(fields.get("above", "")),
        up_to=number_in(fields.get("up_to", "")),
    )


def reason_given(fields: Mapping[str, str]) -> str:
    """Return why the form says that this is done, on one line; empty where it says nothing."""
    return shortened(fields.get("because", "").strip(), LONGEST_REASON)


def as_fields(chosen: Filter) -> dict[str, str]:
    """Return the fields that say `chosen`, its moment as it was when it was first asked for."""
    return {
        name: value.isoformat() if name == "since" else str(value)
        for name, value in asdict(chosen).items()
        if value is not None
    }


def moment_in(text: str) -> datetime | None:
    """Return the moment that `text` names, None where it is empty. Raises NotUnderstood."""
    try:
        return moment(text.strip()) if text.strip() else None
    except ValueError as error:
        raise NotUnderstood(str(error)) from None


def state_in(text: str) -> State:
    """Return the state that `text` names. Raises NotUnderstood."""
    for state in STATES:
        if state == text:
            return state
    raise NotUnderstood(f"'{shortened(text)}' is no state; expected {', '.join(STATES)}")


def number_in(text: str) -> int | None:
    """Return the letter's number that `text` is, None where it is empty. Raises NotUnderstood."""
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= len(str(HIGHEST_NUMBER)) and int(text) <= HIGHEST_NUMBER:
        return int(text)
    raise NotUnderstood(f"'{shortened(text)}' is no letter's number; expected a whole number")
