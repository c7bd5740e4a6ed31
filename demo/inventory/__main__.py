"""`python -m demo.inventory`: publish one count, or let a whole shop's stock move."""

import json
import os
import re
import time
from collections.abc import Iterator

import click

from demo.inventory.sender import Message, NotSent, PatientSender, Sender
from demo.inventory.shelves import Shelves
from runtime import logs

JSON_WHOLE_NUMBER = r"-?(0|[1-9][0-9]*)"
HIGHEST_RATE = 10_000


@click.group()
def main() -> None:
    """A stand-in for the inventory system. KAFKA_BOOTSTRAP_SERVERS and KAFKA_TOPIC say where it publishes."""
    logs.configure("inventory", form=logs.form_asked_for())


@main.command(context_settings={"ignore_unknown_options": True})  # -1 is a count, not an option
@click.argument("code", required=False)
@click.argument("count", required=False)
@click.option("--raw", metavar="TEXT", help="Publish these very bytes instead of a code and a count.")
@click.option("--key", help="The message's key; the code by default, none with --raw.")
def publish(code: str | None, count: str | None, raw: str | None, key: str | None) -> None:
    """Say that product CODE now has COUNT left; a bad COUNT is sent as it is, on purpose."""
    message = _message(code, count, raw, key)
    try:
        with Sender() as sender:
            (line,) = sender.send([message])
    except NotSent as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"sent {line}")


@main.command()
@click.option("--rate", required=True, metavar="PER_SECOND", help="Messages a second.")
@click.option("--bad-share", default="0", metavar="X", help="How many of them are bad, 0 to 1.")
@click.option("--count", type=click.IntRange(0), metavar="N", help="Stop after so many.")
def simulate(rate: str, bad_share: str, count: int | None) -> None:
    """Sell the shop's products down by small steps and restock them."""
    per_second = _number("--rate", rate, above_zero=True, highest=HIGHEST_RATE)
    share = _number("--bad-share", bad_share, highest=1)
    try:
        shelves = Shelves()
    except NotSent as error:
        raise click.ClickException(str(error)) from None
    sender = PatientSender()
    for due in _bursts(per_second, count):
        sender.send([shelves.next(share) for _ in range(due)])


def _message(code: str | None, count: str | None, raw: str | None, key: str | None) -> Message:
    if raw is not None and code is None:
        return Message(None if key is None else os.fsencode(key), os.fsencode(raw))
    if raw is not None or code is None or count is None:
        raise click.ClickException("Give either CODE and COUNT, or --raw TEXT.")
    shown = count if re.fullmatch(JSON_WHOLE_NUMBER, count) else json.dumps(count)
    value = f'{{"product_code": {json.dumps(code)}, "inventory_count": {shown}}}'
    return Message(os.fsencode(code if key is None else key), value.encode())


def _number(option: str, text: str, *, above_zero: bool = False, highest: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not 0 <= number <= highest or (above_zero and number == 0):
        lowest = "above 0" if above_zero else "from 0"
        raise click.ClickException(f"{option} is {text!r}; expected a number {lowest} to {highest}.")
    return number


def _bursts(per_second: float, count: int | None) -> Iterator[int]:
    """Yield how many messages are due, each time when one is, until `count` were."""
    next_at, sent = time.monotonic(), 0
    while count is None or sent < count:
        late = time.monotonic() - next_at
        if late < 0:
            time.sleep(-late)
            continue
        # Seconds that the broker was away aren't made up for.
        due = 1 + int(min(late, 1) * per_second)
        due = due if count is None else min(due, count - sent)
        yield due
        sent += due
        next_at = max(next_at + due / per_second, time.monotonic() - 1)


if __name__ == "__main__":
    main(prog_name="python -m demo.inventory")
