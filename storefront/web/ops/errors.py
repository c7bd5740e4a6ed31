"""What `/ops` says where it can't do what was asked: to developers, so with the cause and what to do next."""

from http import HTTPStatus
from typing import NoReturn

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import NotFound

from storefront.database import blames_message, cause, first_line
from storefront.web.errors import RETRY_AFTER_SECONDS, log_database_away
from storefront.web.ops.blueprint import pages

# https://www.postgresql.org/docs/current/errcodes-appendix.html: lock_not_available, deadlock_detected, query_canceled.
BUSY = {"55P03", "40P01", "57014"}


@pages.route("/<path:_address>")
def nowhere(_address: str) -> NoReturn:
    """Answer 404 in these pages' words: an address that no page has belongs to no blueprint."""
    abort(HTTPStatus.NOT_FOUND)


@pages.errorhandler(HTTPStatus.NOT_FOUND)
def not_here(error: NotFound) -> ResponseReturnValue:
    """Say what there is instead of what was asked for."""
    why = error.description if error.description != NotFound.description else "There is no such page here."
    return render_template("ops/not_here.html", why=why), HTTPStatus.NOT_FOUND


@pages.errorhandler(CSRFError)
def not_our_form(error: CSRFError) -> ResponseReturnValue:
    """Say why a form was refused."""
    return render_template("ops/refused.html", why=error.description), HTTPStatus.BAD_REQUEST


@pages.errorhandler(DBAPIError)
@pages.errorhandler(PoolTimeoutError)
def database_away(error: DBAPIError | PoolTimeoutError) -> ResponseReturnValue:
    """Say in the driver's words why the database can't be asked. Raises what is a bug of ours."""
    if blames_message(error):
        raise error
    log_database_away(error)
    page = render_template(
        "ops/away.html",
        why=first_line(error),
        busy=getattr(cause(error), "sqlstate", None) in BUSY,
        changing=request.method not in {"GET", "HEAD"},
    )
    return page, HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": str(RETRY_AFTER_SECONDS)}
