"""Moments as a person writes them."""

import re
from datetime import UTC, datetime, timedelta

from runtime.text import shortened

EXPECTED = "2025-11-24, 2025-11-24T18:00, 90m, 24h or 7d"

_AGO = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def moment(text: str) -> datetime:
    """Return the moment of a date or time in ISO 8601, UTC where it says nothing else, or of a time ago.

    Raises ValueError with a sentence where it is none.
    """
    try:
        ago = _AGO.fullmatch(text)
        if ago:
            return datetime.now(UTC) - int(ago[1]) * _UNITS[ago[2]]
        read = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError(f"'{shortened(text)}' is no time; expected one like {EXPECTED}") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
