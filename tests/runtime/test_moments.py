from datetime import UTC, datetime, timedelta, timezone

import pytest

from runtime.moments import moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-11-24", datetime(2025, 11, 24, tzinfo=UTC)),
        ("2025-11-24T18:00", datetime(2025, 11, 24, 18, tzinfo=UTC)),
        ("2025-11-24T18:00+01:00", datetime(2025, 11, 24, 18, tzinfo=timezone(timedelta(hours=1)))),
    ],
)
def test_a_date_and_a_time_are_of_utc_unless_they_say_otherwise(text: str, expected: datetime) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize(
    ("text", "ago"), [("90m", timedelta(minutes=90)), ("24h", timedelta(days=1)), ("7d", timedelta(days=7))]
)
def test_a_time_ago_is_counted_from_now(text: str, ago: timedelta) -> None:
    assert abs(datetime.now(UTC) - ago - moment(text)) < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["", "yesterday", "5", "-1d", "999999d9", "2025-13-01", "999999d", "\u0665d"])
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is no time; expected one like 2025-11-24, 2025-11-24T18:00, 90m, 24h or 7d"):
        moment(text)
