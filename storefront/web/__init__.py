"""The pages: blueprints, templates, error pages, static files."""

from flask import Flask
from jinja2 import StrictUndefined

from storefront.web import assets, deadline, errors, headers, health, live, locales, ops, shop, timing, trust
from storefront.web.addresses import CodeConverter
from storefront.web.picture import picture_of


def register(app: Flask) -> None:
    """Add the shop's pages to `app`."""
    if app.config["SETTINGS"].metrics_port:
        timing.register(app)
    trust.register(app)
    app.template_folder = "web/templates"
    app.static_folder = "web/static"
    app.jinja_env.undefined = StrictUndefined  # a misspelt name fails a test instead of showing nothing
    app.jinja_env.autoescape = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        picture=picture_of,
        money=locales.money,
        moment=locales.moment,
        availability=shop.availability_here,
        address=shop.address,
    )
    app.jinja_env.globals.update(language=locales.language)
    app.url_map.converters["code"] = CodeConverter
    app.url_map.merge_slashes = False  # a product code may have two in a row
    app.register_blueprint(shop.pages)
    live.register(app)
    app.register_blueprint(health.pages)
    ops.register(app)
    errors.register(app)
    deadline.register(app)
    assets.register(app)
    app.after_request(headers.protect)
