"""`flask --app wsgi seed`: made-up products with counts, for development."""

import random
from collections.abc import Callable
from dataclasses import replace

import click
from faker import Faker
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Connection, func, select, text

from runtime.text import shortened
from storefront.commands.errors import ShopCommand
from storefront.commands.product_names import MadeUpProduct, ProductProvider
from storefront.config import Settings
from storefront.database import db
from storefront.models import Product

MOST_PRODUCTS = 1_000_000
BATCH = 5_000
HIGHEST_COUNT = 50

_ALONE = text("SELECT set_config('lock_timeout', '60s', true), set_config('statement_timeout', '60s', true)")
# Two seeds at once would each find the same number missing; the second waits here, then counts.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('storefront seed'))")
_KINDS = text("""
SELECT coalesce(bool_or(s.inventory > :threshold), false) AS plentiful,
       coalesce(bool_or(s.inventory BETWEEN 1 AND :threshold), false) AS low,
       coalesce(bool_or(s.inventory = 0), false) AS sold_out
FROM products p JOIN stock_levels s ON s.product_code = p.code WHERE p.active
""")
_ADD_PRODUCTS = text("""
INSERT INTO products (code, name, price)
SELECT * FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[]), CAST(:prices AS numeric[]))
ON CONFLICT (code) DO NOTHING RETURNING code
""")
_NUMBERS = text("""
SELECT regexp_replace(name, ' [0-9]+$', ''), max(CAST(coalesce(substring(name FROM ' ([0-9]+)$'), '1') AS numeric))
FROM products GROUP BY 1
""")
# A count that a message has written stays: it is truer than ours.
_ADD_COUNTS = text("""
INSERT INTO stock_levels (product_code, inventory)
SELECT * FROM unnest(CAST(:codes AS text[]), CAST(:counts AS integer[])) ON CONFLICT (product_code) DO NOTHING
""")


class Count(click.ParamType[int]):
    """A number of products; anything else ends the command with one sentence."""

    name = "number"

    def convert(self, value: object, _param: click.Parameter | None, _ctx: click.Context | None) -> int:
        """Return `value` as a number. Raises click.ClickException where it is none, or too small or large."""
        try:
            number = int(str(value))
        except ValueError:
            number = 0
        if not 1 <= number <= MOST_PRODUCTS:
            shown = shortened(str(value), 20)
            raise click.ClickException(f"--count is '{shown}'; expected a whole number from 1 to {MOST_PRODUCTS}")
        return number


@click.command(cls=ShopCommand)
@click.option("--count", type=Count(), default=20, show_default=True, help="How many products there shall be.")
@with_appcontext
def seed(count: int) -> None:
    """Make up products with counts until there are enough; only where APP_ENV=development."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.app_env != "development":
        raise click.ClickException(
            f"seed makes up products, so it needs APP_ENV=development; here APP_ENV is {settings.app_env}, "
            "and nothing was written"
        )
    with db.engine.begin() as connection:
        existing = _existing(connection)
        missing = max(count - existing, 0)
        if missing:
            _fill(connection, missing, settings.low_stock_threshold)
    click.echo(f"{existing} products were there, {missing or 'none'} added.")


def _existing(connection: Connection) -> int:
    connection.execute(_ALONE)
    connection.execute(_LOCK)
    return connection.execute(select(func.count(Product.id))).scalar_one()


def _fill(connection: Connection, missing: int, threshold: int) -> None:
    faker = Faker()
    faker.add_provider(ProductProvider)
    numbers = {name: int(number) for name, number in connection.execute(_NUMBERS)}
    with click.progressbar(length=missing, label=f"Adding {missing} products") as bar:
        while missing:
            added = _add(
                connection, [_named_apart(faker.product(), numbers) for _ in range(min(missing, BATCH))], threshold
            )
            missing -= added
            bar.update(added)


def _named_apart(product: MadeUpProduct, numbers: dict[str, int]) -> MadeUpProduct:
    """Return `product`, its name with a number where another has it; `numbers` has the highest of each name so far."""
    numbers[product.name] = number = numbers.get(product.name, 0) + 1
    return product if number == 1 else replace(product, name=f"{product.name} {number}")


def _add(connection: Connection, products: list[MadeUpProduct], threshold: int) -> int:
    """Add `products` and their counts; return how many were added: a code may be there already."""
    products = sorted(products, key=lambda product: product.code)  # locks in the order that workers take them
    columns = {
        "codes": [product.code for product in products],
        "names": [product.name for product in products],
        "prices": [product.price for product in products],
    }
    counts = _counts(connection, len(products), threshold)
    codes = sorted(connection.scalars(_ADD_PRODUCTS, columns))
    connection.execute(_ADD_COUNTS, {"codes": codes, "counts": counts[: len(codes)]})
    return len(codes)


def _counts(connection: Connection, number: int, threshold: int) -> list[int]:
    """Return `number` counts: first one of each kind that the shop hasn't yet, then whatever comes."""
    existing = connection.execute(_KINDS, {"threshold": threshold}).one()
    absent = [make for kind, make in kinds(threshold).items() if not getattr(existing, kind)][:number]
    return [make() for make in absent] + [random.randint(0, HIGHEST_COUNT) for _ in range(number - len(absent))]


def kinds(threshold: int) -> dict[str, Callable[[], int]]:
    """Return what makes a count of each kind that can be told apart where `threshold` is the highest low one."""
    possible: dict[str, Callable[[], int]] = {}
    if threshold < HIGHEST_COUNT:
        possible["plentiful"] = lambda: random.randint(threshold + 1, HIGHEST_COUNT)
    if threshold >= 1:
        possible["low"] = lambda: random.randint(1, min(threshold, HIGHEST_COUNT))
    possible["sold_out"] = lambda: 0
    return possible
