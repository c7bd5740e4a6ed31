"""Which lines of its processes the demo's terminal shows; its log folder keeps all of them."""

import re

JSON = rb'\{"time": "\S+", "level": "INFO", "logger": "\S+", "message": "'

# A message's one line is what a worker made of it. Celery prints its goodbyes around the log.
QUIET = {
    "bridge": re.compile(rb"(\S+ bridge +INFO +|%s)\S+ enqueued: " % JSON),
    "inventory": re.compile(rb"\S+ inventory +INFO |%s" % JSON),
    "worker": re.compile(rb"\s*$|worker: "),
}


class Terminal:
    """Puts the lines together that come in pieces, and leaves out those that nobody would read."""

    def __init__(self) -> None:
        self._unfinished: dict[str, bytes] = {}

    def take(self, process: str, data: bytes) -> bytes:
        """Return what `process` wrote, in whole lines, as far as it is to be shown."""
        *lines, rest = (self._unfinished.get(process, b"") + data).split(b"\n")
        self._unfinished[process] = rest
        quiet = QUIET.get(process.partition("-")[0])
        return b"".join(line + b"\n" for line in lines if not (quiet and quiet.match(line)))
