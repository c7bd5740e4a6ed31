"""`flask --app wsgi products unknown` and `purge-unknown`: counts of codes that the shop doesn't sell."""

import json
from collections.abc import Iterator
from datetime import timedelta

import click
from flask.cli import with_appcontext

from runtime.text import counted, escaped
from storefront.commands.errors import ShopCommand
from storefront.database import db
from storefront.models import StockLevel
from storefront.stock.unknown import purge, purgeable, total, unknown

LINES = 50  # of a list, unless told


@click.command("unknown", cls=ShopCommand)
@click.option("--limit", type=click.IntRange(min=1), help=f"At most so many. Default: the newest {LINES}; JSON: all.")
@click.option("--json", "as_objects", is_flag=True, help="An array of objects instead of columns.")
@with_appcontext
def list_unknown(as_objects: bool, limit: int | None) -> None:
    """List codes that have a count and that the shop doesn't sell, the last counted first.

    SINCE is when a code was counted first; not known of those that were counted before this was kept.
    """
    if as_objects:
        click.echo(
            json.dumps([_as_json(stock) for stock in unknown(db.session(), limit)], indent=2, ensure_ascii=False)
        )
        return
    for line in _lines(limit or LINES):
        click.echo(line)


@click.command("purge-unknown", cls=ShopCommand)
@click.option("--older-than", "days", type=click.IntRange(0, 36_500), required=True, metavar="DAYS")
@click.option("--yes", is_flag=True, help="Don't ask.")
@with_appcontext
def purge_unknown(days: int, yes: bool) -> None:
    """Forget counts of unknown codes that were last counted more than DAYS days ago.

    Codes that an open dead letter names are left alone. A forgotten count comes back with the code's next message
    alone: a product that is added before says 'Stock not known yet'.
    """
    age = timedelta(days=days)
    number, held = purgeable(db.session(), age)
    db.session.rollback()
    if held:
        click.echo(f"Left alone, since open dead letters name them: {held}.")
    if not number:
        click.echo("Nothing to purge.")
        return
    if not yes:
        those = counted(number, "count")
        click.confirm(f"Forget {those}? Each comes back only with its code's next message", abort=True)
    click.echo(f"{purge(db.engine, age)} purged; each count comes back only with its code's next message.")


def _lines(limit: int) -> Iterator[str]:
    found = unknown(db.session(), limit)
    number = total(db.session()) if len(found) == limit else len(found)
    if found:
        yield f"{'CODE':<16} {'COUNT':>10}  {'SINCE (UTC)':<19}  {'LAST COUNTED (UTC)':<19}  BY"
    yield from map(_line, found)
    codes = "1 code has a count" if number == 1 else f"{number} codes have a count"
    more = f"; the {limit} last counted are shown, --limit shows more" if number > limit else ""
    yield f"{codes} and no product{more}." if found else "Every code that has a count has a product."


def _line(stock: StockLevel) -> str:
    by = f"{escaped(stock.source)}, offset {stock.offset}" if stock.source else "no message"
    since = f"{stock.first_at:%Y-%m-%d %H:%M:%S}" if stock.first_at else "not known"
    when = f"{since:<19}  {stock.updated_at:%Y-%m-%d %H:%M:%S}"
    return f"{escaped(stock.product_code):<16} {stock.inventory:>10}  {when}  {by}"


def _as_json(stock: StockLevel) -> dict[str, object]:
    return {
        "code": stock.product_code,
        "inventory": stock.inventory,
        "since": stock.first_at and stock.first_at.isoformat(),
        "counted_at": stock.updated_at.isoformat(),
        "source": stock.source,
        "offset": stock.offset,
    }
