"""How a command is told which dead letters it is about: by name, or by filters."""

import getpass
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from runtime.moments import moment
from runtime.text import escaped
from storefront import dead_letters
from storefront.dead_letters import Filter, NoSuchLetter

WRONG_NAME = 2  # exit code: the command line is to be changed
DEFAULT_STATE = "open"


class Since(click.ParamType[datetime]):
    """A moment: a date or time of day in ISO 8601, UTC where it says nothing else, or a time ago."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment. Fails with a sentence where it is none."""
        try:
            return moment(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def filters(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that choose letters; `chosen_by` reads them."""
    for option in (
        click.option("--state", type=click.Choice(["open", "replayed", "discarded", "all"]), help="Default: open."),
        click.option("--since", type=Since(), help="First seen then or later: 2025-11-24T18:00 (UTC), 90m, 24h, 7d."),
        click.option("--code", help="Of this product code."),
        click.option("--reason", help="With this text in the reason."),
    ):
        command = option(command)
    return command


def chosen_by(options: dict[str, Any]) -> Filter:
    """Return the filter that the options say."""
    return Filter(**{**options, "state": options["state"] or DEFAULT_STATE})


def named_or_all(names: tuple[str, ...], everything: bool, options: dict[str, Any]) -> list[int]:
    """Return the numbers of the letters that are named, or of all that match. Raises click's exceptions."""
    if bool(names) == everything:
        raise click.UsageError("name letters by their number or task id, or say --all")
    if everything:
        return dead_letters.numbers(chosen_by(options))
    given = [f"--{name}" for name, value in options.items() if value is not None]
    if given:
        raise click.UsageError(f"{', '.join(given)} goes with --all; letters that are named are not filtered")
    try:
        return dead_letters.numbers_of(names)
    except NoSuchLetter as error:
        raise WrongName(str(error)) from None


class WrongName(click.ClickException):
    """No letter is named so."""

    exit_code = WRONG_NAME


def who() -> str | None:
    """Return who runs this command, as the system knows them; None where it doesn't, as in some containers."""
    try:
        return escaped(getpass.getuser())
    except (KeyError, OSError):
        return None
