"""The flask commands: `flask --app wsgi --help` lists them."""

from flask import Flask

from storefront.commands.check import check
from storefront.commands.dead_letters import dead_letters
from storefront.commands.ops_password import ops_password
from storefront.commands.products import products
from storefront.commands.replay import replay
from storefront.commands.seed import seed
from storefront.commands.unknown_products import list_unknown, purge_unknown


def register(app: Flask) -> None:
    """Add the shop's commands to `app`."""
    dead_letters.add_command(replay)
    products.add_command(list_unknown)
    products.add_command(purge_unknown)
    for command in (check, seed, products, dead_letters, ops_password):
        app.cli.add_command(command)
