"""`flask --app wsgi dead-letters replay …`: send messages once more, and say what became of each."""

import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from storefront.commands.errors import ShopCommand
from storefront.commands.letter_options import filters, named_or_all, who
from storefront.database import db
from storefront.queue_client import QueueAway, QueueClient
from storefront.replay import STAYS_OPEN, UNANSWERED, Answer, Replaying, asked_now

MANY = 20  # from so many on a terminal shows a bar instead of a line for each
INTERRUPTED = 130  # exit code, as shells have it

NOT_REPLAYED = (*STAYS_OPEN, "discarded")


@click.command("replay", cls=ShopCommand)
@click.argument("names", metavar="ID…", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All open ones, or all that the filters choose.")
@filters
@click.option("--because", help="Why; it is kept with the letters.")
@click.option(
    "--wait",
    type=click.FloatRange(min=1),
    default=30.0,
    show_default=True,
    help="Give up after so many seconds without any answer; what is in the queue goes on.",
)
@with_appcontext
def replay(names: tuple[str, ...], everything: bool, because: str | None, wait: float, **options: Any) -> None:
    """Send messages once more through the task they failed in; ID is a letter's number or its task's id.

    Each carries its original position, so it never overwrites a newer count. Ctrl-C stops sending. Exit code 1: one
    stays open.
    """
    asked = asked_now(who(), because)
    letters = named_or_all(names, everything, options)
    db.session.rollback()  # a transaction of naming them would stay open while we wait
    if not letters:
        click.echo("No dead letters to replay.")
        return
    report = Report(len(letters))
    with QueueClient(current_app.config["SETTINGS"].redis_url) as client:
        replaying = Replaying(client, letters, asked)
        try:
            report.follow(replaying.answers(wait))
        except KeyboardInterrupt:
            report.end(replaying.sent)
            click.echo("Interrupted. What was sent goes on in the queue; run the same again for the rest.", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except QueueAway as error:
            report.end(replaying.sent)
            raise click.ClickException(str(error)) from None
        report.end(replaying.sent)
        if report.unanswered() or replaying.sent < len(letters):
            _explain(client, wait)
    if report.fates.total() < len(letters) or any(report.fates[fate] for fate in STAYS_OPEN):
        raise click.exceptions.Exit(1)


class Report:
    """Says what became of `total` letters: a line for each; of many, on a terminal, a bar and the first troubles."""

    def __init__(self, total: int) -> None:
        self.fates: Counter[str] = Counter()
        self._total = total
        self._with_bar = total > MANY and sys.stdout.isatty()
        self._held_back: list[Answer] = []

    def follow(self, answers: Iterable[Answer]) -> None:
        """Take in `answers` as they come."""
        if not self._with_bar:
            for answer in answers:
                self.fates[answer.fate] += 1
                self._say(answer)
            return
        with click.progressbar(length=self._total, label=f"Replaying {self._total}") as bar:
            for answer in answers:
                self.fates[answer.fate] += 1
                bar.update(1)
                if answer.fate in STAYS_OPEN and len(self._held_back) < MANY:
                    self._held_back.append(answer)

    def end(self, sent: int) -> None:
        """Say the sum of it, of which `sent` were given to the queue."""
        for answer in self._held_back:
            self._say(answer)
        stay_open = sum(self.fates[fate] for fate in STAYS_OPEN)
        if self._with_bar and stay_open > len(self._held_back):
            click.echo(f"… {stay_open - len(self._held_back)} more stay open; `dead-letters list` shows why.")
        fates = ", ".join(f"{number} {fate}" for fate, number in self.fates.most_common())
        replayed = self.fates.total() - sum(self.fates[fate] for fate in NOT_REPLAYED)
        click.echo(f"{replayed} replayed{fates and ': '}{fates}.")
        answered = self.fates.total() - self.unanswered()
        if answered < self._total:
            click.echo(f"{sent} of {self._total} were sent, {answered} answered.")

    def unanswered(self) -> int:
        """Return how many letters were sent and not decided."""
        return sum(self.fates[fate] for fate in UNANSWERED)

    def _say(self, answer: Answer) -> None:
        click.echo(f"{answer.letter:>6}  {answer.said}")


def _explain(client: QueueClient, wait: float) -> None:
    """Say why something has no answer, and what happens to it now."""
    waiting = client.length()
    tasks = "1 task stands" if waiting == 1 else f"{waiting} tasks stand"
    click.echo(
        f"No worker answered within {wait:g} s. {tasks} in the queue, to run when a worker is free "
        "(`celery -A storefront.worker worker` starts one); a letter stays open until then.",
        err=True,
    )
