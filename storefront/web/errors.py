"""Error pages: friendly, without a word about our insides, and without asking the database.

Scripts, which ask for an address that ends in `.json`, are told the same as RFC 9457 has it (Problem Details).
"""

import logging
from http import HTTPStatus
from typing import NamedTuple

from flask import Flask, Response, json, render_template, request
from flask.globals import request_ctx
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from storefront.database import blames_message, cause, first_line

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5


class Apology(NamedTuple):
    """What an error page says."""

    title: str
    text: str


NOT_FOUND = Apology("Not on our shelves", "There is no such page or product here. Perhaps we no longer sell it.")
NOT_UNDERSTOOD = Apology("That didn't work", "We couldn't make sense of this request.")
OUR_FAULT = Apology("Something broke on our side", "It isn't your fault, and we have made a note of it.")
DATABASE_AWAY = Apology("We'll be right back", "We can't look up our shelves just now. Please try again in a moment.")

APOLOGIES = {
    HTTPStatus.NOT_FOUND: NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: Apology("That isn't possible here", "This page can only be looked at."),
    HTTPStatus.SERVICE_UNAVAILABLE: DATABASE_AWAY,
}


def register(app: Flask) -> None:
    """Give `app` a page for every error."""
    app.register_error_handler(HTTPException, _apologise)  # a bug too: Flask logs it and hands it on as a 500
    app.register_error_handler(DBAPIError, _database_away)
    app.register_error_handler(PoolTimeoutError, _database_away)


def log_database_away(error: SQLAlchemyError) -> None:
    """Write one line about `error`: the driver's own words, neither a traceback nor the statement."""
    log.error("the database can't be asked: %s: %s", type(cause(error)).__name__, first_line(error))


def _apologise(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    apology = APOLOGIES.get(status, OUR_FAULT if ours else NOT_UNDERSTOOD)
    if request_ctx.url_adapter is None:  # the host's name is none: no page can have links then
        return Response(f"{apology.text}\n", status, mimetype="text/plain")
    headers = [(name, value) for name, value in error.get_headers() if name.lower() != "content-type"]
    if request.path.endswith(".json"):
        return Response(_problem(status, apology), status, headers, mimetype="application/problem+json")
    page = render_template("error.html", apology=apology, again=status is HTTPStatus.SERVICE_UNAVAILABLE)
    return Response(page, status, headers)


def _problem(status: HTTPStatus, apology: Apology) -> str:
    """Return the document about an error whose kind is its status: it needs no `type`, its title is the status's."""
    return json.dumps({"title": status.phrase, "status": status, "detail": apology.text}) + "\n"


def _database_away(error: SQLAlchemyError) -> Response:
    if blames_message(error):
        raise error  # PostgreSQL refuses what we asked: a bug of ours
    log_database_away(error)
    return _apologise(ServiceUnavailable(retry_after=RETRY_AFTER_SECONDS))
