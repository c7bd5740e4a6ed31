"""Replays: starting one, and what became of it, which a reload shows anew."""

from http import HTTPStatus

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from storefront import dead_letters, replay_runs
from storefront.database import db, reading
from storefront.dead_letters import HIGHEST_NUMBER
from storefront.models import ReplayRun
from storefront.queue_client import QueueAway, QueueClient
from storefront.replay import GOES_ON, asked_now, task_id
from storefront.replay_runs import MOST_AT_ONCE, Outcome
from storefront.stock.replayed import Replay
from storefront.web.ops.access import user
from storefront.web.ops.blueprint import pages
from storefront.web.ops.chosen import as_fields, chosen_by, reason_given
from storefront.web.ops.letters import COUNTED, address_of, flower, letter_with

RUNS_SHOWN = 50


@pages.post("/letters/<int:number>/replay")
def replay_one(number: int) -> ResponseReturnValue:
    """Send one letter's message once more."""
    if letter_with(number).state == "trying":
        flash(f"Message {number} is no dead letter yet: a worker tries it. Look again in a minute.")
        return redirect(url_for("ops.letter", number=number))
    return _started(_asked(), [number], {}, url_for("ops.letter", number=number))


@pages.post("/letters/replay")
def replay_all() -> ResponseReturnValue:
    """Send once more what the filters choose, the oldest first, at most MOST_AT_ONCE."""
    chosen = chosen_by(request.form)
    asked = _asked()
    return _started(asked, dead_letters.numbers(chosen, MOST_AT_ONCE), as_fields(chosen), address_of(chosen))


@pages.post("/replays/<int:number>/again")
def replay_undecided(number: int) -> ResponseReturnValue:
    """Send once more those letters of a run that come to no end by themselves."""
    asked = _asked()
    run = _run(number)
    outcomes, trouble = _outcomes(run)
    if trouble:
        flash(trouble)
    return _started(asked, replay_runs.undecided(outcomes), {}, url_for("ops.replayed", number=number))


@pages.get("/replays")
def replays() -> str:
    """List the newest runs."""
    return render_template("ops/replays.html", runs=replay_runs.newest(RUNS_SHOWN))


@pages.get("/replays/<int:number>")
def replayed(number: int) -> str:
    """Show what became of one run so far."""
    run = _run(number)
    outcomes, trouble = _outcomes(run)
    rest = as_fields(chosen_by(run.chosen | {"above": str(run.letters[-1])})) if run.chosen else {}
    return render_template(
        "ops/replayed.html",
        run=run,
        outcomes=sorted(outcomes, key=lambda outcome: outcome.state != "undecided"),  # what waits for a person first
        summary=replay_runs.summary(outcomes),
        trouble=trouble,
        goes_on=any(outcome.state in GOES_ON for outcome in outcomes),
        undecided=len(replay_runs.undecided(outcomes)),
        rest=rest,
        more=dead_letters.count(chosen_by(rest), COUNTED + 1) if rest else 0,
        counted=COUNTED,
        most=MOST_AT_ONCE,
        flower=flower(),
        task_id=task_id,
    )


def _run(number: int) -> ReplayRun:
    """Return the run; answer 404 where there is none."""
    with reading() as session:  # Redis is waited for next
        found = session.get(ReplayRun, number) if number <= HIGHEST_NUMBER else None
    return found or abort(HTTPStatus.NOT_FOUND, f"There is no replay {number}; it was purged, or never was.")


def _asked() -> Replay:
    return asked_now(user(), reason_given(request.form) or None)


def _started(asked: Replay, letters: list[int], fields: dict[str, str], back: str) -> ResponseReturnValue:
    db.session.rollback()  # nothing stays open while Redis is waited for
    try:
        with QueueClient(current_app.config["SETTINGS"].redis_url) as client:
            run = replay_runs.start(client, letters, asked, fields)
    except QueueAway as away:
        flash(f"{away}. What was sent before goes on; the rest stays open.", "alarm")
        return redirect(back)
    if run is None:
        flash("No dead letter like that is left; nothing was sent.")
        return redirect(back)
    return redirect(url_for("ops.replayed", number=run.id))


def _outcomes(run: ReplayRun) -> tuple[list[Outcome], str | None]:
    try:
        with QueueClient(current_app.config["SETTINGS"].redis_url) as client:
            return replay_runs.outcomes(client, run), None
    except QueueAway as away:
        return replay_runs.outcomes_by_rows(run), f"{away}. What follows is what the database knows."
