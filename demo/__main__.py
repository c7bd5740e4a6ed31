"""`python -m demo`: services, shop and stand-in under one supervisor, until Ctrl-C."""

import logging
import os
import signal
import sys
from pathlib import Path

import click

from demo import supervise
from demo.environment import USUAL_PORTS, choose_ports, settings, shown, wait_for_the_last_one_to_end
from demo.home import ROOT, Home, Refused
from runtime import logs

log = logging.getLogger("demo")


@click.command()
@click.option("--dir", "directory", type=click.Path(file_okay=False, path_type=Path), help="Data; .demo by default.")
@click.option("--free-ports", is_flag=True, help="Take any free ports, not the usual ones.")
def main(directory: Path | None, free_ports: bool) -> None:
    """Run the shop with everything it needs. Ctrl-C ends it; started again, it goes on with its data."""
    logs.configure("demo", form=logs.form_asked_for())
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))  # until the supervisor takes over: clean up on the way out
    home = Home(directory) if directory else Home()
    try:
        with home.occupied():
            opened = _run(home, usual_ports=not free_ports)
    except Refused as error:
        raise click.ClickException(str(error)) from None
    log.info("all of it has ended; the data stays in %s", shown(home.directory))
    sys.exit(0 if opened else 1)


def _run(home: Home, *, usual_ports: bool) -> bool:
    wait_for_the_last_one_to_end(home)
    ports = choose_ports(usual=usual_ports)
    for name, port in ports.items():
        if usual_ports and port != USUAL_PORTS[name]:
            log.info("port %d is taken; %s is on %d", USUAL_PORTS[name], name, port)
    environment = settings(home, ports)
    os.environ.update(environment)
    os.chdir(ROOT)  # where its programs find the shop's modules
    with home.exported(environment):
        return supervise.run()


if __name__ == "__main__":
    main(prog_name="python -m demo")
