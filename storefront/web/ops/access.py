"""Who may see the page: one user, by a password whose hash is a setting. Nobody, unless all is set for it."""

import hashlib
import hmac
import re
from collections import deque
from datetime import timedelta
from http import HTTPStatus
from time import monotonic

from flask import Flask, current_app, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from werkzeug.security import check_password_hash

from storefront.config import Settings
from storefront.web import deadline
from storefront.web.ops.blueprint import csrf, pages

LIFETIME = timedelta(hours=12)  # without a click
PATIENCE_SECONDS = 6  # a developer's questions may take longer than a shopper's
PERIOD_SECONDS = 60
WRONG_FROM_ONE = 5  # wrong passwords of one address within the period
WRONG_FROM_ALL = 30
LONGEST_PASSWORD = 1_000

_WITHOUT_SESSION = {"ops.sign_in", "ops.check_password", "ops.static"}
_OUR_PAGE = re.compile(r"/ops(?:[/?][!-\[\]-~]*)?")  # no backslash: browsers take one for a slash


class Cookies(SecureCookieSessionInterface):
    """Sessions whose cookie goes through TLS alone where it came through TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether this request came through TLS; a proxy on this machine says so in X-Forwarded-Proto."""
        return request.is_secure or super().get_cookie_secure(app)


class WrongPasswords:
    """The latest wrong passwords that this process was given: after too many it refuses to try more for a while."""

    def __init__(self) -> None:
        self._given: deque[tuple[float, str]] = deque(maxlen=WRONG_FROM_ALL)

    def note(self, address: str) -> None:
        """Count one from `address`."""
        self._given.append((monotonic(), address))

    def are_too_many(self, address: str) -> bool:
        """Whether `address`, or everybody together, has to wait."""
        recent = [who for moment, who in self._given if monotonic() - moment < PERIOD_SECONDS]
        return len(recent) >= WRONG_FROM_ALL or recent.count(address) >= WRONG_FROM_ONE


@pages.before_request
def admit() -> ResponseReturnValue | None:
    """Let nobody in who has not signed in, and no form that is not ours."""
    if not _is_open():
        return render_template("ops/closed.html"), HTTPStatus.NOT_FOUND
    deadline.allow(PATIENCE_SECONDS)
    csrf.protect()
    if request.endpoint in _WITHOUT_SESSION or signed_in():
        return None
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("ops.sign_in", next=wanted))


@pages.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Ask who is there."""
    if signed_in():
        return redirect(_wanted(request.args.get("next", "")))
    return render_template("ops/sign_in.html", wanted=request.args.get("next", ""), name="", trouble=None)


@pages.post("/sign-in")
def check_password() -> ResponseReturnValue:
    """Let in who knows the password."""
    wrong: WrongPasswords = current_app.extensions["wrong_passwords"]
    address = request.remote_addr or "nowhere"
    if wrong.are_too_many(address):
        text = f"Too many wrong passwords; try again in {PERIOD_SECONDS} seconds."
        return _asked_again(text), HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(PERIOD_SECONDS)}
    if not _knows_password(request.form.get("user", ""), request.form.get("password", "")):
        wrong.note(address)
        current_app.logger.warning("/ops: a wrong name or password, from %s", address)
        text = "The name or the password is wrong; OPS_USER and OPS_PASSWORD_HASH say who may enter."
        return _asked_again(text), HTTPStatus.FORBIDDEN
    session.clear()
    session.permanent = True
    session["who"] = _mark()
    return redirect(_wanted(request.form.get("next", "")))


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Forget who was there."""
    session.clear()
    return redirect(url_for("ops.sign_in"))


def signed_in() -> bool:
    """Whether somebody signed in with the name and password that are set now."""
    return hmac.compare_digest(str(session.get("who", "")), _mark())


def user() -> str:
    """Return the name of the one who may sign in."""
    return _settings().ops_user or ""


def _is_open() -> bool:
    settings = _settings()
    return bool(settings.ops_user and settings.ops_password_hash and settings.secret_key)


def _knows_password(name: str, password: str) -> bool:
    known = check_password_hash(_settings().ops_password_hash or "", password[:LONGEST_PASSWORD])
    return hmac.compare_digest(name.encode("utf-8", "replace"), user().encode()) and known


def _mark() -> str:
    """Return what a session keeps: it is void when the name or the password changes."""
    return hashlib.sha256(f"{user()}\n{_settings().ops_password_hash}".encode()).hexdigest()


def _wanted(address: str) -> str:
    return address if _OUR_PAGE.fullmatch(address) else url_for("ops.overview")


def _asked_again(trouble: str) -> str:
    fields = request.form
    return render_template(
        "ops/sign_in.html", wanted=fields.get("next", ""), name=fields.get("user", ""), trouble=trouble
    )


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
