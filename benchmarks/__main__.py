"""`python -m benchmarks`: measure the shop against what somebody would write without it."""

import signal
import sys

import click

from benchmarks.case import WrongResult
from benchmarks.cases import CASES
from benchmarks.run import run
from devservices import ServiceError


@click.command()
@click.option("--case", "names", multiple=True, metavar="NAME", help="Only this one; may stand several times.")
@click.option("--rounds", type=click.IntRange(1), help="So many of each case.  [default: as many as it asks for, 3]")
@click.option("--list", "listed", is_flag=True, help="List the cases, and do nothing.")
def main(names: tuple[str, ...], rounds: int | None, listed: bool) -> None:
    """Measure all cases on Apache Kafka, PostgreSQL and Valkey, and write `benchmarks/results/`.

    Needs Linux, Java 17 and, once, Maven. Nothing else should run meanwhile.
    """
    if unknown := [name for name in names if name not in CASES]:
        raise click.ClickException(f"no case is named {unknown[0]!r}; --list shows their names")
    chosen = [case for case in CASES.values() if (case.name in names if names else not case.on_request)]
    if listed:
        for case in CASES.values():
            click.echo(f"{case.name:<20} {case.title}{'; only by --case' if case.on_request else ''}")
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))  # clean up on the way out, as after Ctrl-C
    try:
        run(chosen, rounds)
    except (WrongResult, ServiceError) as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
