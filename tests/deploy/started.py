"""A deployment as plain processes: its own commands and settings, its addresses changed for those of the test."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devservices.processes import HOST, free_port

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Process:
    """A command and what it starts with; `health` is the command that tells how it does, where there is one.

    `open_files` are file descriptors that it keeps.
    """

    command: Sequence[str]
    environment: Environment
    health: Sequence[str] = ()
    open_files: Sequence[int] = ()


@dataclass(frozen=True)
class Deployment:
    """What runs once, in this order, and what stays, by name."""

    once: Sequence[Process]
    staying: Mapping[str, Process]


@dataclass
class Moved:
    """Where this test has what a deployment's files name: `texts` says what stands for what."""

    texts: Mapping[str, str]
    folder: Path
    web: int = field(default_factory=free_port)
    flower: int = field(default_factory=free_port)

    def process(
        self, name: str, command: Iterable[str], environment: Environment, health: Iterable[str] = ()
    ) -> Process:
        """Return the process as it runs here. Each has ports and files of its own, as in a container."""
        moved = {variable: self._text(value) for variable, value in environment.items()}
        own = {
            "PULSE_FILE": str(self.folder / f"{name}.pulse"),
            "FLOWER_DB": str(self.folder / "flower"),
            "METRICS_PORT": str(free_port()),
            "METRICS_HOST": HOST,
        }
        moved.update({variable: value for variable, value in own.items() if variable in moved})
        return Process([self._text(word) for word in command], moved, [self._text(word) for word in health])

    def _text(self, text: str) -> str:
        ports = {
            "0.0.0.0:8000": f"{HOST}:{self.web}",
            f"{HOST}:8000": f"{HOST}:{self.web}",
            "--address=0.0.0.0": f"--address={HOST}",
            "--port=5555": f"--port={self.flower}",
            f"{HOST}:5555": f"{HOST}:{self.flower}",
        }
        for there, here in {**ports, **self.texts}.items():
            text = text.replace(there, here)
        return text
