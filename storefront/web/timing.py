"""How long requests take, as a metric: by page, never by address, so that strangers can't make up labels."""

from time import perf_counter

from flask import Flask, Response, g, request

from runtime import metrics

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def register(app: Flask) -> None:
    """Time every request of `app`. To be called before other hooks are added: theirs is time, too."""
    durations = metrics.histogram(metrics.REQUEST_SECONDS, registry=None)

    def enter(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in METHODS else "other"
        durations.labels(route, method, response.status_code).observe(perf_counter() - g.began)
        return response

    app.before_request(_begin)
    app.after_request(enter)
    app.extensions["request_durations"] = durations


def _begin() -> None:
    g.began = perf_counter()
