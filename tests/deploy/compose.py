"""docker-compose.yml as Compose reads it: anchors merged, variables filled in."""

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.processes import ROOT

FILE = ROOT / "docker-compose.yml"
OWN_KAFKA = ROOT / "deploy" / "own-kafka.yml"
VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\})")

# What whoever runs it must bring along.
SECRETS = {
    "POSTGRES_PASSWORD": "0123456789abcdef",
    "SECRET_KEY": "fedcba9876543210",
    "FLOWER_BASIC_AUTH": "dev:a-password",
}


class VariableMissing(Exception):
    """A variable without a default is missing; the sentence that Compose then ends with."""


class Service:
    """One service of the compose file."""

    def __init__(self, name: str, entries: Mapping[str, Any]) -> None:
        self.name = name
        self.entries = entries

    @property
    def is_ours(self) -> bool:
        """Whether it runs what this project builds."""
        return "build" in self.entries

    @property
    def environment(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.entries.get("environment", {}).items()}

    @property
    def command(self) -> list[str]:
        return [str(word) for word in self.entries["command"]]

    @property
    def health_command(self) -> list[str]:
        test = self.entries["healthcheck"]["test"]
        if isinstance(test, str):
            return ["sh", "-c", test]
        assert test[0] == "CMD"
        return [str(word) for word in test[1:]]


class _Loader(yaml.SafeLoader):
    """Knows Compose's own tag for what a second file takes away."""


_Loader.add_constructor("!reset", lambda _loader, _node: None)


def services(variables: Mapping[str, str], file: Path = FILE) -> dict[str, Service]:
    """Read `file` with `variables` set. Raises VariableMissing."""
    read = yaml.load(file.read_text(), _Loader)["services"]  # noqa: S506  (a SafeLoader)
    return {name: Service(name, _filled_in(entries or {}, variables)) for name, entries in read.items()}


def variables() -> dict[str, str | None]:
    """The names of all variables that the files read, with their defaults; None where there is none."""
    found = [found for file in (FILE, OWN_KAFKA) for found in VARIABLE.finditer(file.read_text()) if found["name"]]
    return {match["name"]: match["text"] if match["kind"] == "-" else None for match in found}


def _filled_in(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled_in(entry, variables) for key, entry in value.items()}
    if isinstance(value, list):
        return [_filled_in(entry, variables) for entry in value]
    return VARIABLE.sub(partial(_value, variables), value) if isinstance(value, str) else value


def _value(variables: Mapping[str, str], found: re.Match[str]) -> str:
    if found["dollar"]:
        return "$"
    value = variables.get(found["name"], "")
    if value or found["kind"] == "-":
        return value or found["text"]
    if found["kind"] == "?":
        raise VariableMissing(f"required variable {found['name']} is missing a value: {found['text']}")
    return ""
