"""`flask --app wsgi dead-letters …`: the messages that can't be applied, where they stood and why."""

import json
from base64 import b64encode
from collections.abc import Iterator

import click
from sqlalchemy import select
from sqlalchemy.orm import defer

from runtime.text import escaped, shortened
from storefront.commands.errors import ShopGroup
from storefront.database import db
from storefront.models import DeadLetter

VALUE_TEXT_LENGTH = 200

dead_letters = ShopGroup("dead-letters", help="The messages that could not be applied.")


@dead_letters.command("list")
@click.option("--json", "as_json", is_flag=True, help="An array of objects with the messages' bytes.")
def list_letters(as_json: bool) -> None:
    """List all dead letters, the newest last."""
    for line in _json_lines() if as_json else _lines():
        click.echo(line)


def _lines() -> Iterator[str]:
    # A value may have megabytes; a line shows none of it.
    letters = db.session.scalars(
        select(DeadLetter)
        .options(defer(DeadLetter.value), defer(DeadLetter.key), defer(DeadLetter.headers))
        .order_by(DeadLetter.id)
        .execution_options(yield_per=1000)
    )
    empty = True
    for letter in letters:
        if empty:
            yield f"{'ID':>6}  {'FIRST SEEN (UTC)':<19}  {'TOPIC-PARTITION-OFFSET':<46}  {'CODE':<10}  REASON"
        empty = False
        yield _line(letter)
    if empty:
        yield "No dead letters."


def _line(letter: DeadLetter) -> str:
    position = f"{letter.topic}-{letter.partition}-{letter.offset}"
    code = "-" if letter.product_code is None else escaped(letter.product_code)
    state = "" if letter.state == "open" else f"({letter.state}) "
    return (
        f"{letter.id:>6}  {letter.first_at:%Y-%m-%d %H:%M:%S}  {escaped(position):<46}  {code:<10}  "
        f"{state}{escaped(letter.reason)}"
    )


def _json_lines() -> Iterator[str]:
    """Yield an array, one letter a line: a night's letters needn't fit into memory."""
    letters = db.session.scalars(select(DeadLetter).order_by(DeadLetter.id).execution_options(yield_per=10))
    before = "["
    for letter in letters:
        yield before + json.dumps(_as_json(letter))
        before = ","
    yield "[]" if before == "[" else "]"


def _as_json(letter: DeadLetter) -> dict[str, object]:
    as_they_are = (
        "id", "topic", "partition", "offset", "leader_epoch", "source", "task_id", "product_code", "reason", "state",
        "tries",
    )  # fmt: skip
    return {name: getattr(letter, name) for name in as_they_are} | {
        "first_at": letter.first_at.isoformat(),
        "last_at": letter.last_at.isoformat(),
        "value_base64": None if letter.value is None else b64encode(letter.value).decode(),
        "value_text": None if letter.value is None else shortened(letter.value, VALUE_TEXT_LENGTH),
    }
