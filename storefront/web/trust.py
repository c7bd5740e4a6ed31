"""Whom a request is believed: the host it names, what proxies add to it, and how much it may bring."""

import logging
from http import HTTPStatus

from flask import Flask, abort, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from runtime.text import shortened
from storefront.config import Settings

log = logging.getLogger(__name__)

LONGEST_BODY = 64_000  # bytes; no page takes more than a small form
ANY_HOST = "*"


def register(app: Flask) -> None:
    """Let `app` believe no more than its settings say. To be called before other hooks look at the request."""
    settings: Settings = app.config["SETTINGS"]
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    if settings.trusted_proxies:
        number = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, number, number, number, number)  # type: ignore[method-assign]
    app.before_request(_refuse_other_hosts)


def _refuse_other_hosts() -> None:
    """Answer 400 to a host that isn't ours: links on the page would lead there. Health is asked for by address."""
    settings: Settings = current_app.config["SETTINGS"]
    hosts = [host.strip() for host in settings.allowed_hosts.lower().split(",")]
    allowed = settings.allowed_hosts == ANY_HOST or host_is_trusted(request.host.lower(), hosts)
    if request.blueprint == "health" or (request.host and allowed):
        return
    log.warning("refused host '%s'; expected one of ALLOWED_HOSTS=%s", shortened(request.host), settings.allowed_hosts)
    abort(HTTPStatus.BAD_REQUEST)
