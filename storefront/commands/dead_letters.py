"""`flask --app wsgi dead-letters …`: the messages that can't be applied, where they stood and why."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import click
from flask import current_app

from runtime.text import counted
from storefront import dead_letters as letters
from storefront.commands.errors import ShopGroup
from storefront.commands.letter_options import WRONG_NAME, WrongName, chosen_by, filters, named_or_all, who
from storefront.dead_letters import Filter, NoSuchLetter
from storefront.letter_text import LIST_HEADER, as_json, line, page

LINES = 50  # of a list, unless told

dead_letters = ShopGroup("dead-letters", help="The messages that could not be applied.")


@dead_letters.command("list")
@filters
@click.option("--limit", type=click.IntRange(min=1), help=f"At most so many. Default: the newest {LINES}; JSON: all.")
@click.option("--json", "as_objects", is_flag=True, help="An array of objects with the messages' bytes.")
def list_letters(as_objects: bool, limit: int | None, **options: Any) -> None:
    """List dead letters, the newest last; the open ones unless --state says otherwise."""
    chosen = chosen_by(options)
    for text in _json_lines(chosen, limit) if as_objects else _lines(chosen, limit or LINES):
        click.echo(text)


@dead_letters.command("show")
@click.argument("name", metavar="ID")
@click.option("--raw", is_flag=True, help="The message's bytes and nothing else.")
def show_letter(name: str, raw: bool) -> None:
    """Show all that is kept of one letter; ID is its number, or the id of a task that Flower shows."""
    try:
        letter = letters.find(name)
    except NoSuchLetter as error:
        raise WrongName(str(error)) from None
    if raw:
        click.echo(letter.value or b"", nl=False)
        return
    for text in page(letter, letters.shown_now(letter, current_app.config["SETTINGS"])):
        click.echo(text)


@dead_letters.command("discard")
@click.argument("names", metavar="ID…", nargs=-1)
@click.option("--because", required=True, help="Why; it is kept with the letter.")
@click.option("--all", "everything", is_flag=True, help="All open ones that the filters choose.")
@filters
def discard_letters(names: tuple[str, ...], because: str, everything: bool, **options: Any) -> None:
    """Close letters without applying them. Their bytes stay until they are purged."""
    if not because.strip():
        raise click.UsageError("--because is empty; say why, for those who ask later")
    chosen = named_or_all(names, everything, options)
    discarded = letters.discard(chosen, because=because, by=who())
    click.echo(f"{len(discarded)} discarded.")
    closed = [str(number) for number in chosen if number not in discarded]
    if closed and names:
        click.echo(f"Closed already, not touched: {', '.join(closed)}.", err=True)
        raise click.exceptions.Exit(WRONG_NAME)


@dead_letters.command("purge")
@click.option("--older-than", "days", type=click.IntRange(0, 36_500), required=True, metavar="DAYS")
@click.option("--yes", is_flag=True, help="Don't ask.")
def purge_letters(days: int, yes: bool) -> None:
    """Delete replayed and discarded letters that were closed more than DAYS days ago; open ones stay.

    A message whose letter is gone becomes one again if the topic is read again from before it. What is kept of replays
    that /ops started so long ago goes, too.
    """
    age = timedelta(days=days)
    number = letters.purgeable(age)
    if number and not yes:
        click.confirm(f"Delete {counted(number, 'letter')}, each with the bytes of its message?", abort=True)
    click.echo(f"{letters.purge(age)} purged.")


def _lines(chosen: Filter, limit: int) -> Iterator[str]:
    found = letters.newest(chosen, limit)
    if not found:
        yield _none(chosen)
        return
    yield LIST_HEADER
    yield from map(line, found)
    if len(found) == limit:
        more = letters.count(chosen) - limit
        if more > 0:
            yield f"… and {more} older; choose with --reason, --code, --since, --state, or see more with --limit."


def _none(chosen: Filter) -> str:
    there = ", ".join(f"{number} {state}" for state, number in sorted(letters.counts().items()))
    if not there:
        return "No dead letters."
    what = "No dead letters like that" if chosen != Filter() else "No open dead letters"
    return f"{what}; there are {there}."


def _json_lines(chosen: Filter, limit: int | None) -> Iterator[str]:
    before = "["
    for letter in letters.whole(chosen, limit):
        yield before + json.dumps(as_json(letter))
        before = ","
    yield "[]" if before == "[" else "]"
