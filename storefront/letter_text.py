"""Dead letters as text for a person and as JSON for a script. A message's bytes are never shown as they are."""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime

from runtime.text import escaped, shortened
from storefront.models import DeadLetter
from storefront.standing import last_replay

LIST_HEADER = f"{'ID':>6}  {'FIRST SEEN (UTC)':<19}  {'TOPIC-PARTITION-OFFSET':<46}  {'CODE':<10}  REASON"
TEXT_IN_JSON = 200  # characters
TEXT_SHOWN = 2_000
BYTES_SHOWN = 512
BYTES_A_LINE = 16
NO_TIME = -1  # Kafka's own sign for a message without a timestamp

_AS_THEY_ARE = (
    "id", "topic", "partition", "offset", "leader_epoch", "broker_time", "source", "task_id", "product_code", "reason",
    "state", "tries", "headers", "unreadable", "because", "closed_by",
)  # fmt: skip


def line(letter: DeadLetter) -> str:
    """Return the letter's line below LIST_HEADER."""
    position = f"{letter.topic}-{letter.partition}-{letter.offset}"
    code = "-" if letter.product_code is None else escaped(letter.product_code)
    state = "" if letter.state == "open" else f"({letter.state}) "
    return (
        f"{letter.id:>6}  {letter.first_at:%Y-%m-%d %H:%M:%S}  {escaped(position):<46}  {code:<10}  "
        f"{state}{escaped(letter.reason)}"
    )


def as_json(letter: DeadLetter) -> dict[str, object]:
    """Return all of a letter, its bytes in base64 and as a little readable text."""
    return {name: getattr(letter, name) for name in _AS_THEY_ARE} | {
        "first_at": letter.first_at.isoformat(),
        "last_at": letter.last_at.isoformat(),
        "closed_at": letter.closed_at and letter.closed_at.isoformat(),
        "replay": last_replay(letter, datetime.now(UTC)),
        "key_base64": None if letter.key is None else b64encode(letter.key).decode(),
        "value_base64": None if letter.value is None else b64encode(letter.value).decode(),
        "value_text": None if letter.value is None else shortened(letter.value, TEXT_IN_JSON),
    }


def page(letter: DeadLetter, shown_now: str) -> Iterator[str]:
    """Give the lines of `show`: everything that is kept."""
    for name, value in facts(letter, shown_now):
        yield _row(name, value)
    yield from _value(letter)


def facts(letter: DeadLetter, shown_now: str) -> Iterator[tuple[str, str]]:
    """Give name and value of everything that is kept but the message itself, safe to show."""
    yield "letter", f"{letter.id}, {letter.state}"
    yield "reason", escaped(letter.reason)
    yield "task", escaped(letter.task_id)
    yield "topic", f"{escaped(letter.topic)}, partition {letter.partition}, offset {letter.offset}"
    yield "source", f"{escaped(letter.source)}, leader epoch {letter.leader_epoch}"
    yield "written", _broker_time(letter.broker_time)
    yield "first seen", _moment(letter.first_at)
    yield "last tried", f"{_moment(letter.last_at)}; tries: {letter.tries}"
    if replay := last_replay(letter, datetime.now(UTC)):
        yield "replay", replay
    if letter.closed_at:
        because = f", because {escaped(letter.because)}" if letter.because else ""
        yield "closed", f"{_moment(letter.closed_at)}, by {escaped(letter.closed_by or 'nobody known')}{because}"
    yield "code", "-" if letter.product_code is None else escaped(letter.product_code)
    yield "shown now", shown_now
    yield "key", _text(letter.key)
    for name, value in letter.headers:
        yield "header", f"{escaped(str(name))} = {_text(None if value is None else b64decode(value))}"


def content(letter: DeadLetter) -> str:
    """Say what the message holds: how many bytes, or why none."""
    if letter.value is None:
        return f"unreadable: {escaped(letter.unreadable)}" if letter.unreadable else "null (a tombstone)"
    return f"{len(letter.value)} bytes"


def hex_lines(value: bytes, start: int, limit: int, a_line: int = BYTES_A_LINE) -> Iterator[str]:
    """Give `limit` bytes from `start` on: place, hexadecimal and ASCII, so many bytes `a_line`."""
    for place in range(start, min(len(value), start + limit), a_line):
        yield _hex(value[place : place + a_line], place, a_line)


def _value(letter: DeadLetter) -> Iterator[str]:
    yield _row("value", content(letter))
    if letter.value is None:
        return
    yield _row("text", shortened(letter.value, TEXT_SHOWN))
    for number, line_of_hex in enumerate(hex_lines(letter.value, 0, BYTES_SHOWN)):
        yield _row("" if number else "hex", line_of_hex)
    if len(letter.value) > BYTES_SHOWN:
        yield _row("", f"… {len(letter.value) - BYTES_SHOWN} bytes more; `show {letter.id} --raw` writes them all")


def _hex(some: bytes, place: int, a_line: int) -> str:
    readable = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in some)  # noqa: PLR2004  (ASCII)
    return f"{place:08x}  {some.hex(' '):<{3 * a_line - 1}}  {readable}"


def _text(data: bytes | None) -> str:
    return "none" if data is None else f"'{shortened(data, TEXT_SHOWN)}'"


def _row(name: str, value: str) -> str:
    return f"{name:<10}  {value}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _broker_time(milliseconds: int) -> str:
    """Any number may stand there: a message brings its own where the topic lets writers set it."""
    if milliseconds == NO_TIME:
        return "at a time that Kafka wasn't told"
    try:
        return _moment(datetime.fromtimestamp(milliseconds / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        return f"{milliseconds} ms since 1970"
