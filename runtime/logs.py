"""Log lines: one for each event, on standard output, the same shape in every process."""

import json
import logging.config
import os
from datetime import UTC, datetime
from typing import Any, Literal

from pythonjsonlogger.json import JsonFormatter
from redis.exceptions import RedisError

from runtime.redis_trouble import why
from runtime.text import escaped

LogFormat = Literal["text", "json"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

# Libraries whose own lines say again what ours say, or repeat themselves many times a second.
NOISY = {
    "celery.app.trace": "CRITICAL",
    "celery.worker.strategy": "WARNING",
    "celery.redirected": "WARNING",
    "kafka": "CRITICAL",
    "kombu": "WARNING",
    "faker": "WARNING",
    "flower.inspector": "ERROR",  # at each start that no worker has answered yet; its pages show which are away
    "alembic.runtime.plugins": "WARNING",
}


# A worker tries Redis again every few seconds, or oftener, while it is full, and says so each time.
REPEAT_THEMSELVES = ("celery.worker.consumer", "kombu.")  # and what is below them
SECONDS_BETWEEN_REPEATS = 60


class NoTraceback(logging.Filter):
    """Puts one sentence in place of fifty lines of libraries where a worker finds that Redis can't be used."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten `record` where it is about such an error; all pass."""
        error = record.exc_info[1] if record.exc_info else None
        if record.name.startswith("kombu.") and isinstance(error, RedisError):
            record.msg, record.args = f"Redis can't be used: {why(error)}", ()
            record.exc_info = record.exc_text = None
        return True


class Seldom(logging.Filter):
    """Lets a library say the same trouble once a minute; other loggers, and lines below WARNING, always pass."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether `record` is to be written, by its own time."""
        if record.levelno < logging.WARNING or not record.name.startswith(REPEAT_THEMSELVES):
            return True
        now, message = record.created, record.getMessage()
        self._last = {said: at for said, at in self._last.items() if now - at < SECONDS_BETWEEN_REPEATS}
        return self._last.setdefault(message, now) == now


class Unfolded(logging.Filter):
    """Makes one line of what Celery and Flower lay out on several: their line breaks tell nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the message of `record` on one line; all pass."""
        if record.name.partition(".")[0] in {"celery", "flower"}:
            record.msg, record.args = " ".join(record.getMessage().split()), ()
        return True


class OneLine(logging.Formatter):
    """Keeps what strangers wrote from looking like another line, or from moving a terminal's cursor."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's own name)
        """Return the line, its control characters escaped."""
        record.message = escaped(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Return the traceback, whose every line is escaped and stands in from the margin, where no log line does."""
        return _indented(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        """Return the stack in the same way."""
        return _indented(super().formatStack(stack_info))


class OneObject(JsonFormatter):
    """One JSON object a line; what a caller gives as `extra`, like `task_id`, is a field of its own.

    Letters and arrows stand there as such; what can't be printed is escaped.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; what isn't printable can only stand within JSON's strings."""
        line = super().format(record)
        return line if line.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802
        """Return the time as RFC 3339 has it, in UTC."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return time.replace("+00:00", "Z")


def configure(process: str, level: LogLevel = "INFO", form: LogFormat = "text") -> None:
    """Send every log record of this process to standard output; `process` is its name in each line."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "text": {
                    "()": OneLine,
                    "format": f"%(asctime)s {process:<9} %(levelname)-7s %(message)s",
                    "datefmt": "%H:%M:%S",
                },
                "json": {
                    "()": OneObject,
                    "fmt": "{asctime}{levelname}{name}{message}",
                    "style": "{",
                    "json_ensure_ascii": False,
                    "static_fields": {"process": process},
                    "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
                },
            },
            "filters": {
                "no_traceback": {"()": NoTraceback},
                "seldom": {"()": Seldom},
                "unfolded": {"()": Unfolded},
            },
            "handlers": {
                "stdout": {
                    "class": "logging.StreamHandler",
                    "stream": "ext://sys.stdout",
                    "formatter": form,
                    "filters": ["no_traceback", "seldom", "unfolded"],
                }
            },
            "root": {"level": level, "handlers": ["stdout"]},
            "loggers": {name: {"level": at_least} for name, at_least in NOISY.items()},
        }
    )


def form_asked_for() -> LogFormat:
    """Return what LOG_FORMAT says, for programs that read no settings; a bad one is refused by those that do."""
    return "json" if os.environ.get("LOG_FORMAT") == "json" else "text"


def _indented(lines: str) -> str:
    return "\n".join(f"  {escaped(line)}" for line in lines.split("\n"))
