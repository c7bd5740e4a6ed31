"""Dead letters: the list with its filters, one letter whole, and discarding."""

from http import HTTPStatus
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from runtime.text import shortened
from storefront import dead_letters, replay_runs
from storefront.database import db
from storefront.dead_letters import HIGHEST_NUMBER, Filter, NoSuchLetter
from storefront.letter_text import content, facts, hex_lines
from storefront.models import DeadLetter
from storefront.web.ops.access import user
from storefront.web.ops.blueprint import pages
from storefront.web.ops.chosen import STATES, NotUnderstood, as_fields, chosen_by, reason_given

ON_A_PAGE = 50
COUNTED = 10_000  # "more than 10,000" is exact enough for a person, and found at once
BYTES_SHOWN = 2_048
BYTES_A_LINE = 8  # as wide as a phone; a wide screen shows two such lines side by side
MOST_DISCARDED = 10_000  # in one request

SAY_WHY = "Nothing was discarded: say why, for those who ask later."
SURE = "Nothing was discarded: tick the box before the button, too."


@pages.get("/letters")
def letters() -> ResponseReturnValue:
    """List dead letters, the newest first; a number or a task's id leads to its letter."""
    name = request.args.get("name", "").strip()
    try:
        if name:
            return redirect(url_for("ops.letter", number=dead_letters.find(name).id))
        return _list(chosen_by(request.args))
    except (NoSuchLetter, NotUnderstood) as trouble:
        status = HTTPStatus.NOT_FOUND if isinstance(trouble, NoSuchLetter) else HTTPStatus.BAD_REQUEST
        return _list_page(trouble=str(trouble)), status


@pages.get("/letters/<int:number>")
def letter(number: int) -> str:
    """Show all that is kept of one letter; of a great message a piece, from `?from=` on."""
    found = letter_with(number)
    start = request.args.get("from", "0")
    first = int(start) if start.isascii() and start.isdecimal() and len(start) < len(str(HIGHEST_NUMBER)) else 0
    value = found.value or b""
    settings = current_app.config["SETTINGS"]
    return render_template(
        "ops/letter.html",
        letter=found,
        run=replay_runs.newest_of(number),
        facts=list(facts(found, dead_letters.shown_now(found, settings))),
        content=content(found),
        first=first,
        size=len(value),
        shown=BYTES_SHOWN,
        text=shortened(value[first : first + BYTES_SHOWN], 10 * BYTES_SHOWN),
        hex_lines=list(hex_lines(value, first, BYTES_SHOWN, BYTES_A_LINE)),
        flower=flower(),
    )


@pages.post("/letters/<int:number>/discard")
def discard_one(number: int) -> ResponseReturnValue:
    """Close one letter without applying it."""
    letter_with(number)
    because = reason_given(request.form)
    if not because:
        flash(SAY_WHY, "refused")
        return redirect(url_for("ops.letter", number=number, _anchor="because"))
    if dead_letters.discard([number], because=because, by=user()):
        flash(f"Dead letter {number} is discarded; its bytes stay until they are purged.")
    else:
        flash(f"Dead letter {number} was not open; nothing was changed.")
    return redirect(url_for("ops.letter", number=number))


@pages.post("/letters/discard")
def discard_all() -> ResponseReturnValue:
    """Close all open letters that the filters choose, at most MOST_DISCARDED at once; `sure` says that it is meant."""
    chosen = chosen_by(request.form)
    because = reason_given(request.form)
    if not because or not request.form.get("sure"):
        flash(SURE if because else SAY_WHY, "refused")
        flash(because, "because")
        return redirect(f"{address_of(chosen)}#because")
    numbers = dead_letters.open_numbers(chosen, MOST_DISCARDED)
    discarded = dead_letters.discard(numbers, because=because, by=user())
    more = " That is as many as one request takes; there may be more." if len(numbers) == MOST_DISCARDED else ""
    flash(f"{len(discarded):,} discarded.{more}")
    return redirect(address_of(chosen))


@pages.errorhandler(NotUnderstood)
def not_understood(error: NotUnderstood) -> ResponseReturnValue:
    """Say what is wrong with a form."""
    return _list_page(trouble=str(error)), HTTPStatus.BAD_REQUEST


def flower() -> str | None:
    """Return the address of Flower, without a slash at its end; None where it is not set."""
    address = current_app.config["SETTINGS"].flower_url
    return str(address).rstrip("/") if address else None


def letter_with(number: int) -> DeadLetter:
    """Return the letter; answer 404 where there is none."""
    found = db.session.get(DeadLetter, number) if number <= HIGHEST_NUMBER else None
    return found or abort(HTTPStatus.NOT_FOUND, f"There is no dead letter {number}; it was purged, or never was.")


def address_of(chosen: Filter) -> str:
    """Return the address of the list of these letters."""
    fields: dict[str, Any] = dict(as_fields(chosen))
    return url_for("ops.letters", **fields)


def _list(chosen: Filter) -> str:
    found = dead_letters.newest(chosen, ON_A_PAGE + 1)[::-1]
    shown = found[:ON_A_PAGE]
    older = as_fields(chosen) | {"up_to": str(shown[-1].id - 1)} if len(found) > ON_A_PAGE else None
    these = as_fields(chosen) | {"up_to": str(shown[0].id)} if shown else {}  # not what comes while somebody reads
    return _list_page(
        chosen=chosen,
        letters=shown,
        older=older,
        these=these,
        number=dead_letters.count(chosen, COUNTED + 1) if older else len(shown),
    )


def _list_page(chosen: Filter | None = None, trouble: str | None = None, **shown: object) -> str:
    nothing: dict[str, object] = {"letters": [], "older": None, "these": {}, "number": 0}
    return render_template(
        "ops/letters.html",
        chosen=chosen or Filter(),
        trouble=trouble,
        states=STATES,
        counted=COUNTED,
        **{**nothing, **shown},
    )
