"""`python -m chaos.unattended`: a backlog, and no worker: how much the bridge and Redis need meanwhile."""

import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from chaos import programs, queue
from chaos.experiment import Experiment
from chaos.fault import Fault, Setup
from chaos.run import HOME, occupied
from chaos.servers import shared_servers

WATCHED_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")  # of processor time, in a second

ALONE = Fault("unattended", "No worker runs.", lambda _run: None, Setup())
PARTITIONS = ALONE.setup.partitions


@click.command()
@click.option("--messages", type=click.IntRange(1_000), default=5_000_000, show_default=True)
def main(messages: int) -> None:
    """Fill a topic beside a bridge whose worker has gone; say what a minute takes. Needs Java 17 and Maven."""
    with occupied(HOME), shared_servers(HOME / "servers") as servers, ExitStack() as stack:
        folder = HOME / ALONE.name
        folder.mkdir()
        run = Experiment(ALONE, servers, folder, 100, stack)
        run.start("bridge", programs.bridge())
        run.start("worker", programs.worker("worker"))
        run.until("the bridge knows where to begin", lambda: len(run.database.places()) == PARTITIONS)
        run.shop.stop("worker")
        _say(f"writes {messages} messages")
        run.stream.burst(messages)
        run.wait(WATCHED_SECONDS / 2)
        worked, since = _processor_seconds(run.shop.pid("bridge")), time.monotonic()
        run.wait(WATCHED_SECONDS / 2)
        worked = _processor_seconds(run.shop.pid("bridge")) - worked
        share = worked / (time.monotonic() - since)
        with run.redis() as client:
            memory: Any = client.info("memory")
            _say(f"in the queue:    {client.llen(queue.NAME)} tasks")
        _say(f"Redis:           {memory['used_memory_peak'] / 1e6:.1f} MB at its peak")
        _say(f"bridge, memory:  {_peak_megabytes(run.shop.pid('bridge')):.0f} MB at its peak")
        _say(f"bridge, idle:    {share:.1%} of a core")


def _processor_seconds(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS  # user and system: proc_pid_stat(5)


def _peak_megabytes(pid: int) -> float:
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1000


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(prog_name="python -m chaos.unattended")
