"""Text from strangers, made short and safe to show in a log line, a terminal or Flower."""

ELLIPSIS = "…"


def escaped(text: str) -> str:
    r"""Return `text` on one line: control characters and half surrogates as `\x00`, `\n`, `\ud800`."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def shortened(value: str | bytes, limit: int = 60) -> str:
    r"""Return `value` escaped and at most `limit` characters long; bytes that aren't UTF-8 as `\xff`."""
    head = value[: 4 * limit] if isinstance(value, bytes) else value[:limit]
    text = head.decode("utf-8", "backslashreplace") if isinstance(head, bytes) else head
    shown = escaped(text)
    if len(head) == len(value) and len(shown) <= limit:
        return shown
    return shown[: limit - 1] + ELLIPSIS


def counted(number: int, noun: str) -> str:
    """Return `1 message` or `2 messages`, for any noun that takes an s."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
