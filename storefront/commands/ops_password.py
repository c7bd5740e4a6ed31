"""`flask --app wsgi ops-password`: what OPS_PASSWORD_HASH is for a password."""

import click
from werkzeug.security import generate_password_hash

SHORTEST = 12  # characters


@click.command("ops-password")
@click.password_option(help="Asked for where it is not given.")
def ops_password(password: str) -> None:
    """Write the line that sets OPS_PASSWORD_HASH for a password; the password itself is kept nowhere."""
    if len(password) < SHORTEST:
        raise click.BadParameter(f"it has {len(password)} characters; expected {SHORTEST} or more")
    click.echo(f"OPS_PASSWORD_HASH='{generate_password_hash(password)}'")
