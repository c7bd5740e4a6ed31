"""`python -m chaos`: hurt the shop in every way there is, and see that it shows what the log says."""

import signal
import sys

import click

from chaos.experiment import THRESHOLD
from chaos.faults import FAULTS, SELECTIONS
from chaos.run import Refused, run
from devservices import ServiceError

LANES = {"single": {}, "backlog": {THRESHOLD: "1"}}


@click.command()
@click.option("--fault", "names", multiple=True, metavar="NAME", help="Only this one; may stand several times.")
@click.option("--selection", type=click.Choice(sorted(SELECTIONS)), help="Only these few.")
@click.option(
    "--rate", type=click.IntRange(10, 1000), default=100, show_default=True, help="Messages a second; fewer if busy."
)
@click.option(
    "--lane",
    type=click.Choice(sorted(LANES)),
    default="single",
    show_default=True,
    help="backlog: settles alone, as soon as two messages wait; a task for each again when none does.",
)
@click.option("--list", "listed", is_flag=True, help="List the faults, and do nothing.")
def main(names: tuple[str, ...], selection: str | None, rate: int, lane: str, listed: bool) -> None:
    """Run the shop on Apache Kafka, PostgreSQL and Valkey, one fault at a time. Needs Java 17 and Maven."""
    chosen = list(dict.fromkeys([*names, *(SELECTIONS[selection] if selection else ())])) or list(FAULTS)
    if unknown := [name for name in chosen if name not in FAULTS]:
        raise click.ClickException(f"no fault is named {unknown[0]!r}; --list shows their names")
    if listed:
        for name in chosen:
            click.echo(f"{name:<40} {FAULTS[name].summary}")
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))  # clean up on the way out, as after Ctrl-C
    try:
        kept = run([FAULTS[name].with_settings(LANES[lane]) for name in chosen], rate)
    except (Refused, ServiceError) as error:
        raise click.ClickException(str(error)) from None
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main(prog_name="python -m chaos")
