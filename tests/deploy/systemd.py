"""The units in deploy/systemd as systemd reads them, as far as they need."""

import re
import shlex
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.deploy.processes import ROOT

FOLDER = ROOT / "deploy" / "systemd"
PROGRAMS = "/opt/storefront/.venv/bin/"


class Unit:
    """One unit; `instance` is what stands behind its @."""

    def __init__(self, path: Path, instance: str = "1") -> None:
        self.name = path.name
        self._specifiers = {"%i": instance, "%t": "/run", "%S": "/var/lib", "%%": "%"}
        self.settings: defaultdict[str, list[str]] = defaultdict(list)
        self.block: list[str] = []  # the lines that say what the service may do, the same in each unit
        for line in path.read_text().splitlines():
            name, is_setting, value = line.partition("=")
            if is_setting and not line.startswith("#"):
                self.settings[name].append(re.sub("%.", lambda found: self._specifiers[found[0]], value))
            if self.block or line == "DynamicUser=yes":
                self.block.append(line)

    def one(self, name: str) -> str:
        """Return what the unit sets `name` to; it must do so once."""
        [value] = self.settings[name]
        return value

    @property
    def commands(self) -> list[list[str]]:
        return [shlex.split(command.removeprefix(PROGRAMS)) for command in self.settings["ExecStart"]]

    def environment(self, file: Mapping[str, str]) -> dict[str, str]:
        """Return what its processes start with, where /etc/storefront/environment says `file`."""
        own = dict(value.split("=", 1) for value in self.settings["Environment"])
        return {**own, **file}


def services() -> dict[str, Unit]:
    """Read all services, by their names without storefront- and .service."""
    paths = sorted(FOLDER.glob("*.service"))
    return {path.name.removeprefix("storefront-").removesuffix(".service"): Unit(path) for path in paths}


def example() -> dict[str, str]:
    """Read environment.example."""
    lines = (FOLDER / "environment.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
