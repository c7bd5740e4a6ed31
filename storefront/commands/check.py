"""`flask --app wsgi check`: whether the shop would find all it needs, in sentences."""

import sys
from collections.abc import Iterator
from time import perf_counter

import click
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from runtime.findings import Finding, Level, tell
from runtime.names import QUEUE
from runtime.redis_check import redis_findings
from runtime.text import counted
from storefront.commands.errors import ShopCommand, sentence
from storefront.config import Settings
from storefront.database import db
from storefront.progress import Progress, progress, remarks, stops, unknown_since

OLDEST_POSTGRESQL = 15
UPGRADE = "run `flask --app wsgi db upgrade`"


@click.command("check", cls=ShopCommand)
@with_appcontext
def check() -> None:
    """Say whether settings, database, migration and Redis are all right.

    Ends with 0 where nothing is wrong (there may be warnings), else with 1.
    """
    sys.exit(0 if tell(_findings(current_app.config["SETTINGS"]), click.echo) else 1)


def _findings(settings: Settings) -> Iterator[Finding]:
    yield Finding("ok", f"the settings can be used; APP_ENV is {settings.app_env}")
    yield _ops(settings)
    try:
        began = perf_counter()
        with db.engine.connect() as connection:
            yield from _server(connection, (perf_counter() - began) * 1000)
            yield _durability(connection, settings)
            yield _migration(connection)
    except SQLAlchemyError as error:
        yield Finding("wrong", sentence(error))
    yield from redis_findings(settings.redis_url, QUEUE)
    try:
        yield from _feed(progress())
    except SQLAlchemyError:
        return  # said above


def _feed(places: list[Progress]) -> Iterator[Finding]:
    """Say how far the shop is behind, and what keeps it from going on."""
    yield from (Finding("warning", remark) for remark in remarks(places))
    yield from _behind(places)
    for stop in stops(places):
        what = f"the bridge stopped reading {stop.partitions} of {stop.topic}"
        why = f"too many bad messages, BRIDGE_BAD_SHARE_LIMIT={stop.limit:g}"
        yield Finding("wrong", f"{what}: {why}; docs/operating.md, 'Many bad messages', says what to do")


def _behind(places: list[Progress]) -> Iterator[Finding]:
    unknown = {place.partition: since for place in places if (since := unknown_since(place))}
    for partition, since in unknown.items():
        yield Finding("note", f"how far the shop is behind in partition {partition} is {since}")
    known = [place.behind or 0 for place in places if place.partition not in unknown]
    if known:
        where = " in the other partitions" if unknown else ""
        behind = f"the shop is {counted(sum(known), 'message')} behind{where}"
        yield Finding("note" if sum(known) else "ok", behind)


def _ops(settings: Settings) -> Finding:
    """Whoever has set a part of what /ops needs means it to be open."""
    values = {
        "OPS_USER": settings.ops_user,
        "OPS_PASSWORD_HASH": settings.ops_password_hash,
        "SECRET_KEY": settings.secret_key,
    }
    missing = [name for name, value in values.items() if not value]
    if not missing:
        return Finding("ok", "one user may sign in at /ops")
    closed = f"/ops is closed to everybody until {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} set"
    if settings.ops_user or settings.ops_password_hash:
        return Finding("warning", closed)
    return Finding("note", f"{closed}; nothing else needs them")


def _server(connection: Connection, milliseconds: float) -> Iterator[Finding]:
    version = _show(connection, "server_version").partition(" ")[0]
    if int(version.partition(".")[0]) < OLDEST_POSTGRESQL:
        yield Finding("wrong", f"PostgreSQL {version} is too old; upgrade it to {OLDEST_POSTGRESQL} or newer")
    else:
        yield Finding("ok", f"PostgreSQL {version} takes a session within {milliseconds:.0f} ms")
    if _show(connection, "transaction_read_only") == "on":
        yield Finding(
            "wrong", "the database takes no changes: a standby, or read-only; DATABASE_URL must name its primary"
        )


def _durability(connection: Connection, settings: Settings) -> Finding:
    """A settle's answer is a promise: Kafka's commits follow it."""
    if _show(connection, "synchronous_commit") == "off":
        return Finding(
            "wrong",
            "synchronous_commit is off in the shop's sessions, which ask for on; a pooler between here and the "
            "database must pass startup options on",
        )
    if _show(connection, "fsync") == "off":
        level: Level = "wrong" if settings.app_env == "production" else "warning"
        return Finding(level, "the database loses what it confirmed when its machine crashes; set fsync=on")
    return Finding("ok", "the database keeps what it confirmed (fsync and synchronous_commit are on)")


def _migration(connection: Connection) -> Finding:
    scripts = ScriptDirectory(current_app.extensions["migrate"].directory)
    wanted = scripts.get_current_head()
    found = _revision(connection)
    if found == wanted:
        return Finding("ok", f"the database has the tables of this version (revision {found})")
    if found is None:
        return Finding("wrong", f"the database has no tables yet; {UPGRADE}")
    if found in {script.revision for script in scripts.walk_revisions()}:
        return Finding("wrong", f"the database is at revision {found}, this version needs {wanted}; {UPGRADE}")
    return Finding("wrong", f"the database is at revision {found}, of a newer version than this; start that one")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _show(connection: Connection, setting: str) -> str:
    return str(connection.execute(text("SELECT current_setting(:name)"), {"name": setting}).scalar_one())
