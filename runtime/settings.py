"""Settings come from the environment, are read once, and a bad one ends the start with one sentence."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime import redis_url
from runtime.text import shortened

CONTRADICTION = "contradiction"


def _checked_redis_url(url: str) -> str:
    try:
        return redis_url.checked(url)
    except ValueError as error:
        raise refusal(str(error)) from None


def _checked_file(path: Path) -> Path:
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise ValueError("not a file that can be written")
    return path


OutputFile = Annotated[Path, AfterValidator(_checked_file)]
RedisUrl = Annotated[str, AfterValidator(_checked_redis_url)]


class EnvironmentSettings(BaseSettings):
    """Base of a process's settings: each field is the environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore")


class MetricsSettings(EnvironmentSettings):
    """Base of a process's settings that serves metrics."""

    metrics_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="a port from 1 to 65535 on which Prometheus finds this process, or 0 for none",
        examples=["9464"],
    )
    metrics_host: str = Field(
        "127.0.0.1",
        description="an address of this machine, 0.0.0.0 for all of them",
        examples=["0.0.0.0"],  # noqa: S104  (an example)
    )


S = TypeVar("S", bound=EnvironmentSettings)


def load(kind: type[S]) -> S:
    """Return the settings of `kind`, or end the process: one line for each bad or missing variable."""
    try:
        return kind()
    except ValidationError as error:
        give_up(*(_sentence(kind, detail) for detail in error.errors(include_url=False)))


def refuse(contradictions: Mapping[str, str]) -> None:
    """For model validators: refuse fields whose values don't fit those of others.

    `contradictions` has what was expected of each such field instead. Raises ValidationError unless it is empty.
    """
    lines = [
        InitErrorDetails(type=refusal(expected), loc=(field,), input=None) for field, expected in contradictions.items()
    ]
    if lines:
        raise ValidationError.from_exception_data("settings", lines)


def give_up(*sentences: str) -> NoReturn:
    """End the process, with `sentences` on standard error."""
    sys.stderr.write("".join(f"{sentence}\n" for sentence in sentences))
    raise SystemExit(2)


def refusal(expected: str) -> PydanticCustomError:
    """For validators: the error that says what was `expected`, in place of the field's description."""
    return PydanticCustomError(CONTRADICTION, "{expected}", {"expected": expected})


def _sentence(kind: type[EnvironmentSettings], detail: Any) -> str:
    field = str(detail["loc"][0])
    name = field.upper()
    info = kind.model_fields[field]
    expected = detail["msg"] if detail["type"] == CONTRADICTION or not info.description else info.description
    example = f" Example: {name}={info.examples[0]}" if info.examples else ""
    if name not in os.environ or not os.environ[name]:
        return f"{name} is not set; expected {expected}.{example}"
    value = "(not shown)" if info.repr is False else repr(shortened(os.environ[name]))
    return f"{name} is {value}; expected {expected}.{example}"
