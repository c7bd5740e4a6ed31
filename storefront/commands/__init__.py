"""The flask commands: `flask --app wsgi --help` lists them."""

from flask import Flask


def register(app: Flask) -> None:
    """Add the shop's commands to `app`."""
