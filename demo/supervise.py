"""supervisord inside this process, so that its events are lines a person can read."""

import logging
import re
import signal
import sys
from typing import Any

from supervisor import events
from supervisor.loggers import Handler
from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.rpcinterface import make_main_rpcinterface
from supervisor.states import SupervisorStates
from supervisor.supervisord import Supervisor

from demo.home import ROOT

log = logging.getLogger("demo")

# supervisord's log line → ours. It alone knows which signal ended a process; what matches nothing is for its log file.
LINES = [
    (r"spawned: '(\S+)' with pid (\d+)", "{0} started (process {1})"),
    (r"exited: (?!opening)(\S+) \(terminated by (\w+).*\)", "{0} died ({1}); it is started again"),
    (r"exited: (?!opening)(\S+) \(exit status (\d+); .*\)", "{0} ended (status {1}); it is started again"),
    (r"gave up: (\S+) entered FATAL state.*", "{0} doesn't stay up and is left alone; see the demo's log folder"),
    (r"stopped: (\S+) \(terminated by SIGKILL\)", "{0} didn't end in time and was killed"),
    (r"stopped: (\S+) \(.*\)", "{0} ended"),
    (r"received \w+ indicating exit request", "ending everything"),
]


def run() -> bool:
    """Run demo/supervisord.conf until Ctrl-C, SIGTERM or a closed terminal; return whether the shop could open."""
    options = _Options()
    options.realize(["-c", str(ROOT / "demo" / "supervisord.conf")])
    options.rpcinterface_factories = [("supervisor", make_main_rpcinterface, {})]  # as a section it takes no [DEFAULT]
    options.first, options.test = True, False
    try:
        Supervisor(options).main()
    except ExitNow:
        pass
    finally:
        options.close_httpservers()
        options.close_logger()
    return options.opened


def readable(event: str) -> str | None:
    """Return a line of supervisord's log in plain words; None if it isn't for the terminal."""
    for pattern, sentence in LINES:
        if match := re.fullmatch(pattern, event):
            return sentence.format(*match.groups())
    return None


class _Options(ServerOptions):  # type: ignore[misc]  # supervisor carries no types
    opened = True

    def make_logger(self) -> None:
        super().make_logger()
        self.logger.addHandler(_Readable())

    def setsignals(self) -> None:
        """Also subscribe: this is the last step before the processes start."""
        super().setsignals()
        signal.signal(signal.SIGHUP, self._end)  # the terminal is gone; supervisord would start all over
        events.subscribe(events.ProcessLogStdoutEvent, self._show)
        events.subscribe(events.ProcessStateExitedEvent, self._notice_end)

    def _show(self, event: Any) -> None:
        """Write a process's own lines. Not by a log file /dev/stdout: that can't be opened everywhere."""
        try:
            sys.stdout.buffer.write(event.data)
            sys.stdout.buffer.flush()
        except OSError:  # nobody reads any more
            self._end()

    def _notice_end(self, event: Any) -> None:
        if event.process.config.name == "opening" and not event.expected:
            self.opened = False
            self._end()

    def _end(self, *_: object) -> None:
        self.mood = SupervisorStates.SHUTDOWN


class _Readable(Handler):  # type: ignore[misc]
    def emit(self, record: Any) -> None:
        if line := readable(record.msg):
            log.info("%s", line)

    def close(self) -> None:
        """Nothing was opened."""

    def reopen(self) -> None:
        """Nothing was opened."""
