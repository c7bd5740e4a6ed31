"""What an open page asks every two seconds: which of the products that it shows have other words by now."""

from collections.abc import Collection
from http import HTTPStatus

from flask import Blueprint, Flask, Response, current_app, render_template, request
from sqlalchemy.exc import SQLAlchemyError

from storefront import catalog
from storefront.database import blames_message
from storefront.stock.availability import NOT_SOLD, Availability
from storefront.web import deadline
from storefront.web.errors import log_database_away
from storefront.web.shop import availability_here, settings
from storefront.web.watched import StillAway, Watched

MOST_ASKED = 100  # products; the longest list has 50
PATIENCE_SECONDS = 1.0  # while a page waits for this, others can't be served

pages = Blueprint("live", __name__)


def register(app: Flask) -> None:
    """Add the answer to open pages to `app`."""
    app.extensions["watched"] = Watched(_read)
    app.register_blueprint(pages)


@pages.get("/live")
def live() -> Response:
    """Answer with those of the products that show other words than the page does; 204 where all show the same.

    The address names them: `?CHAI0001=low-3&TEAS0001=out`, for each code the token of what the page shows.
    """
    asked = request.args.to_dict()
    if len(asked) > MOST_ASKED:
        return _sentence(HTTPStatus.BAD_REQUEST, f"{len(asked)} products; expected {MOST_ASKED} at most")
    deadline.allow(PATIENCE_SECONDS)
    try:
        known = _watched().look(asked)
    except StillAway:
        return _away()
    except SQLAlchemyError as error:
        if blames_message(error):
            raise
        log_database_away(error)
        return _away()
    changed = [(code, shown) for code, shown in known.items() if shown.token != asked[code]]
    if not changed:
        return Response(status=HTTPStatus.NO_CONTENT)
    return Response(render_template("live.html", changed=changed))


def _read(codes: Collection[str]) -> dict[str, Availability]:
    """Return what each of `codes` shows now, by one statement."""
    counts, stale_since = catalog.counts(codes, settings().stock_stale_after)
    return {code: availability_here(counts[code], stale_since) if code in counts else NOT_SOLD for code in codes}


def _watched() -> Watched[Availability]:
    watched: Watched[Availability] = current_app.extensions["watched"]
    return watched


def _away() -> Response:
    return _sentence(HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer the shop's questions.")


def _sentence(status: HTTPStatus, text: str) -> Response:
    return Response(f"{text}\n", status, mimetype="text/plain")
