"""What Redis and its client mean by their errors: one sentence that says what to do."""

from redis.exceptions import AuthenticationError, NoPermissionError, OutOfMemoryError, ResponseError

from runtime.text import shortened

FULL = "make room, or raise maxmemory: docs/operating.md, 'Redis is full', says how"
NO_PASSWORD = ("HELLO must be called", "Authentication required")
IN_A_PIPELINE = " of pipeline caused error: "  # redis-py puts the command before it, a whole task


def why(error: BaseException) -> str:
    """Say what `error` means, in words that follow `Redis can't be used:`; without a full stop."""
    line = _line(error)
    match error:
        case OutOfMemoryError():
            return f"it is full (maxmemory); {FULL}"
        case AuthenticationError() if line.startswith(NO_PASSWORD):
            return "it wants a password and REDIS_URL has none; write redis://:password@host:6379/0"
        case AuthenticationError() | NoPermissionError():
            return f"it refuses us ({line}); look at the user and password in REDIS_URL"
        case ResponseError():
            return f"it answers: {line}"
        case _:
            return f"{line}; start it, or correct REDIS_URL"


def _line(error: BaseException) -> str:
    said = str(error).rpartition(IN_A_PIPELINE)[2].partition("\n")[0]
    return shortened(said.rstrip(".") or type(error).__name__, 200)
