"""`flask --app wsgi products …`: what the shop sells, for people and scripts."""

import json
from collections.abc import Iterator

import click
from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from runtime.text import escaped, shortened
from storefront import catalog
from storefront.commands.errors import ShopGroup
from storefront.config import Settings
from storefront.database import db
from storefront.models import Product, StockLevel, storable

products = ShopGroup("products", help="The shop's products, and counts of those it doesn't sell.")


@products.command("list")
@click.option("--json", "as_json", is_flag=True, help="An array of objects instead of columns.")
def list_products(as_json: bool) -> None:
    """List all products by code, inactive ones too."""
    found = db.session.scalars(select(Product).order_by(Product.code).execution_options(yield_per=1000))
    if as_json:
        click.echo(json.dumps([_as_json(product) for product in found], indent=2, ensure_ascii=False))
        return
    for line in _lines(found):
        click.echo(line)


@products.command("show")
@click.argument("code")
def show_product(code: str) -> None:
    """Show all that is known of the product CODE."""
    product = _product(code)
    count = "not known yet" if product.inventory is None else product.inventory
    click.echo(f"code      {escaped(product.code)}")
    click.echo(f"name      {escaped(product.name)}")
    click.echo(f"price     {product.price:.2f}")
    click.echo(f"count     {count}")
    click.echo(f"shoppers  {_shoppers(code, current_app.config['SETTINGS'])}")
    click.echo(f"added     {product.created_at:%Y-%m-%d %H:%M:%S %Z}")
    click.echo(f"changed   {product.updated_at:%Y-%m-%d %H:%M:%S %Z}")
    click.echo(f"counted   {_counted(product.stock)}")


# A price of -1 is no option: it shall get the sentence that says what a price is.
@products.command("add", context_settings={"ignore_unknown_options": True})
@click.argument("code")
@click.argument("name")
@click.argument("price")
def add_product(code: str, name: str, price: str) -> None:
    """Add a product; PRICE is an amount like 47.53."""
    try:
        product = Product(code=code, name=name, price=price)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    db.session.add(product)
    try:
        db.session.commit()
    except IntegrityError:
        raise click.ClickException(f"a product with code {_quoted(code)} is there already") from None
    click.echo(f"Added {escaped(code)}, {escaped(name)}, {product.price:.2f}.")


@products.command("activate")
@click.argument("code")
def activate_product(code: str) -> None:
    """Show the product CODE to shoppers."""
    _set_active(code, active=True)


@products.command("deactivate")
@click.argument("code")
def deactivate_product(code: str) -> None:
    """Hide the product CODE from shoppers; its counts are kept up to date."""
    _set_active(code, active=False)


def _set_active(code: str, *, active: bool) -> None:
    product = _product(code)
    already = " already" if product.active is active else ""
    product.active = active
    db.session.commit()
    click.echo(f"{escaped(code)} is {'active' if active else 'inactive'}{already}.")


def _product(code: str) -> Product:
    """Return the product. Raises click.ClickException where there is none, which says so of a kept count too."""
    # Bytes of the command line that aren't UTF-8 come as half surrogates: the database can't even be asked.
    askable = storable(code)
    product = db.session.scalars(select(Product).where(Product.code == code)).one_or_none() if askable else None
    if product is not None:
        return product
    stock = db.session.get(StockLevel, code) if askable else None
    kept = f"; its count {stock.inventory} is kept" if stock else ""
    raise click.ClickException(f"no product has code {_quoted(code)}{kept}")


def _quoted(code: str) -> str:
    return f"'{shortened(code)}'"


def _shoppers(code: str, settings: Settings) -> str:
    found = catalog.active_product(code, settings.stock_stale_after)
    return f"read '{found.availability(settings.low_stock_threshold)}'" if found else "do not see it: it is inactive"


def _counted(stock: StockLevel | None) -> str:
    if stock is None:
        return "never"
    when = f"{stock.updated_at:%Y-%m-%d %H:%M:%S %Z}"
    return f"{when}, by {stock.source}, offset {stock.offset}" if stock.source else f"{when}, by no message"


def _lines(found: Iterator[Product]) -> Iterator[str]:
    number = 0
    for number, product in enumerate(found, 1):
        if number == 1:
            yield f"{'CODE':<16} {'PRICE':>11} {'COUNT':>10}  NAME"
        count = "unknown" if product.inventory is None else product.inventory
        hidden = "" if product.active else " (inactive)"
        yield f"{escaped(product.code):<16} {product.price:>11.2f} {count:>10}  {escaped(product.name)}{hidden}"
    yield (
        f"{number} product{'' if number == 1 else 's'}"
        if number
        else "No products yet; `products add` adds one, `seed` makes some up."
    )


def _as_json(product: Product) -> dict[str, object]:
    return {
        "code": product.code,
        "name": product.name,
        "price": f"{product.price:.2f}",
        "active": product.active,
        "inventory": product.inventory,
    }
