"""The directory that holds a demo's data: one demo at a time, and what it leaves while it runs.

Only the standard library: `make clean` uses it without an environment.
"""

import fcntl
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


class Refused(Exception):
    """What was asked for can't be done now; one sentence that says why and what to do."""


class Home:
    """A demo's directory, `.demo` unless another is named."""

    def __init__(self, directory: Path = ROOT / ".demo") -> None:
        self.directory = directory.absolute()
        self.environment = self.directory / "env"

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """Keep the directory to this process. Raises Refused while a demo runs in it."""
        (self.directory / "log").mkdir(parents=True, exist_ok=True)
        # The lock is on the directory: no lock file is left behind, and the kernel lets go however we end.
        handle = os.open(self.directory, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            page = self.read_environment().get("DEMO_PAGE", "it is just starting")
            raise Refused(f"A demo runs here already ({page}); Ctrl-C in its terminal ends it.") from None
        finally:
            os.close(handle)

    @contextmanager
    def exported(self, settings: Mapping[str, str]) -> Iterator[None]:
        """Write `settings` for other shells' `. .demo/env`, as long as the demo runs; they hold a password."""
        self.environment.touch(mode=0o600)
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()]
        self.environment.write_text("# For the demo that runs now: . .demo/env\n" + "".join(lines))
        try:
            yield
        finally:
            self.environment.unlink(missing_ok=True)

    def read_environment(self) -> dict[str, str]:
        """Return the running demo's settings; after one that was killed hard, that one's; else nothing."""
        if not self.environment.exists():
            return {}
        words = shlex.split(self.environment.read_text(), comments=True)
        return dict(word.split("=", 1) for word in words if "=" in word)

    def forget(self) -> None:
        """Delete all data. Raises Refused while a demo runs."""
        if self.directory.exists():
            with self.occupied():
                shutil.rmtree(self.directory)
