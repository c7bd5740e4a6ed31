"""Static files are named by their content, `shop-3fa9c1d25e77.css`: a browser keeps one for ever and asks no more."""

import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g
from werkzeug.security import safe_join

FOR_EVER = "public, max-age=31536000, immutable"

_NAMED = re.compile(r"(?P<stem>.+)-(?P<digest>[0-9a-f]{12})(?P<suffix>\.[a-z0-9]+)")


def register(app: Flask) -> None:
    """Name the static files of `app` and of its blueprints so, in addresses that it makes and in those it is asked."""
    app.url_defaults(_name)
    app.url_value_preprocessor(_unname)
    app.after_request(_let_keep)


def _name(endpoint: str, values: dict[str, Any]) -> None:
    if _is_static(endpoint):
        file = Path(values["filename"])
        values["filename"] = str(file.with_stem(f"{file.stem}-{_digest(_folder(endpoint) / file)}"))


def _unname(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Serve an old page, too: what the file is now, whichever name it had; kept is only what bears its own name."""
    named = _NAMED.fullmatch(values["filename"]) if values and _is_static(endpoint) else None
    if named and values and endpoint:
        values["filename"] = named["stem"] + named["suffix"]
        file = safe_join(str(_folder(endpoint)), values["filename"])  # the file that Flask will send, or none
        g.static_name = (Path(file), named["digest"]) if file else None


def _let_keep(response: Response) -> Response:
    if g.get("static_name") and response.status_code in {200, 304}:
        file, digest = g.static_name
        if _digest(file) == digest:
            response.headers["Cache-Control"] = FOR_EVER
    return response


def _is_static(endpoint: str | None) -> bool:
    return endpoint is not None and endpoint.rpartition(".")[2] == "static"


def _folder(endpoint: str) -> Path:
    blueprint = endpoint.rpartition(".")[0]
    return Path(str((current_app.blueprints[blueprint] if blueprint else current_app).static_folder))


def _digest(file: Path) -> str:
    state = file.stat()
    return _digest_of(file, state.st_mtime_ns, state.st_size)  # a developer edits it and wants to see that


@lru_cache
def _digest_of(file: Path, _changed_at: int, _size: int) -> str:
    return sha256(file.read_bytes()).hexdigest()[:12]
