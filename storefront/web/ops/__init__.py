"""The page for developers, `/ops`: how far the shop is behind, and the messages that failed."""

from flask import Flask

from storefront.progress import unknown_since
from storefront.web.ops import access, errors, letters, overview, replays
from storefront.web.ops.blueprint import csrf, pages
from storefront.web.ops.shown import ago, duration, plain, time_of

__all__ = ["access", "errors", "letters", "overview", "register", "replays"]


def register(app: Flask) -> None:
    """Add the page to `app`; it is closed until somebody may sign in."""
    app.config.from_mapping(
        SESSION_COOKIE_NAME="ops",
        SESSION_COOKIE_PATH="/ops",  # shoppers' pages never see it
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=access.LIFETIME,
        WTF_CSRF_CHECK_DEFAULT=False,  # `access` checks every form, after it has seen whether the page is open
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
    )
    app.session_interface = access.Cookies()
    app.extensions["wrong_passwords"] = access.WrongPasswords()
    csrf.init_app(app)
    app.jinja_env.filters.update(plain=plain, ago=ago, duration=duration, time_of=time_of, unknown_since=unknown_since)
    app.register_blueprint(pages)
