"""The shop: products, stock, the rule that applies a count, pages, tasks and commands."""

from typing import Any

from flask import Flask
from flask_migrate import Migrate

from runtime import logs, settings
from storefront import commands, models, web
from storefront.config import Settings
from storefront.database import ENGINE_OPTIONS, db


def create_app(process: str = "web") -> Flask:
    """Build the Flask application; `process` is its name in log lines.

    Raises SystemExit with one sentence for each bad or missing environment variable.
    """
    configured = settings.load(Settings)
    logs.configure(process, configured.log_level, configured.log_format)
    app = Flask(__name__)
    app.config.from_mapping(
        SETTINGS=configured,
        SECRET_KEY=configured.secret_key and configured.secret_key.get_secret_value(),
        SQLALCHEMY_DATABASE_URI=configured.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=ENGINE_OPTIONS,
    )
    db.init_app(app)
    Migrate(app, db, directory=f"{app.root_path}/migrations")
    app.shell_context_processor(_shell_names)
    commands.register(app)
    web.register(app)
    return app


def _shell_names() -> dict[str, Any]:
    return {"db": db, **{name: getattr(models, name) for name in models.__all__}}
