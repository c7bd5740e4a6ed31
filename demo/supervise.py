"""supervisord inside this process, so that its events are lines a person can read."""

import logging
import os
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
from demo.terminal import Terminal

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
    opened = True  # until the opening says otherwise
    says_where_it_is = False

    def __init__(self) -> None:
        super().__init__()
        self.terminal = Terminal()

    def make_logger(self) -> None:
        super().make_logger()
        self.logger.addHandler(_Readable())

    def setsignals(self) -> None:
        """Also subscribe: this is the last step before the processes start."""
        super().setsignals()
        signal.signal(signal.SIGHUP, self._end)  # the terminal is gone; supervisord would start all over
        events.subscribe(events.ProcessLogStdoutEvent, self._show)
        events.subscribe(events.ProcessStateExitedEvent, self._notice_end)
        events.subscribe(events.Tick60Event, self._remind)

    def _show(self, event: Any) -> None:
        """Write a process's own lines. Not by a log file /dev/stdout: that can't be opened everywhere."""
        try:
            sys.stdout.buffer.write(self.terminal.take(event.process.config.name, event.data))
            sys.stdout.buffer.flush()
        except OSError:  # nobody reads any more
            self._end()

    def _notice_end(self, event: Any) -> None:
        if event.process.config.name != "opening":
            return
        if event.expected:
            self.says_where_it_is = True
        else:
            self.opened = False
            self._end()

    def _remind(self, _event: object) -> None:
        """Say once a minute where it all is: the first lines are gone from the terminal by then."""
        if self.says_where_it_is:
            shop, flower, password = (os.environ[f"DEMO_{name}"] for name in ("PAGE", "FLOWER", "PASSWORD"))
            user = os.environ["OPS_USER"]
            log.info("the shop %s · Flower %stasks · operations %sops (%s, %s)", shop, flower, shop, user, password)

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
