"""What a load balancer asks: does the process live, and can it show pages."""

from http import HTTPStatus

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from storefront import catalog
from storefront.web.errors import log_database_away

pages = Blueprint("health", __name__)


@pages.get("/healthz")
def alive() -> Response:
    """Answer 200 as long as the process answers at all; never asks the database."""
    return _sentence(HTTPStatus.OK, "The process lives.")


@pages.get("/readyz")
def ready() -> Response:
    """Answer 200 where the database answers the pages' question, else 503."""
    try:
        catalog.check_readable()
    except SQLAlchemyError as error:
        log_database_away(error)
        return _sentence(HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer the shop's questions.")
    return _sentence(HTTPStatus.OK, "The database answers.")


def _sentence(status: HTTPStatus, text: str) -> Response:
    return Response(f"{text}\n", status, mimetype="text/plain")
