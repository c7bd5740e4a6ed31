"""The pages: blueprints, templates, error pages, static files."""

from flask import Flask


def register(app: Flask) -> None:
    """Add the shop's pages to `app`."""
