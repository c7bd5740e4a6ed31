"""How values are shown: on one line, without what could reorder or hide text."""

from datetime import UTC, datetime

from runtime.text import escaped

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def plain(text: object) -> str:
    r"""Return `text` with control, bidirectional and invisible characters as `\u202e`; `-` for nothing."""
    return "-" if text is None or text == "" else escaped(str(text))


def time_of(moment: datetime | None) -> str:
    """Return a moment in UTC, to the second."""
    return "never" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def ago(moment: datetime | None) -> str:
    """Return how long ago a moment was."""
    return "never" if moment is None else f"{duration((datetime.now(UTC) - moment).total_seconds())} ago"


def duration(seconds: float | None) -> str:
    """Return seconds as a person says them: 7 s, 4 min, 3 h, 2 d."""
    if seconds is None:
        return "not known"
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{max(0, seconds):.0f} s"
