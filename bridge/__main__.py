"""`python -m bridge`: one member of the consumer group, until SIGTERM or Ctrl-C; and what is done once, before that."""

import gc
import logging
import os
import signal
import sys
import threading
import time
from types import FrameType

import click

from bridge import check
from bridge.config import Settings
from bridge.connection import KafkaAway
from bridge.loop import Bridge
from bridge.metrics import BridgeCollector
from bridge.publisher import Publisher
from bridge.topic import BROKERS_CHOICE, PARTITIONS, create_topic
from bridge.unreadable import CodecMissing
from runtime import logs, metrics, settings
from runtime.findings import tell
from runtime.pulse import Activity
from runtime.watchdog import Limit, Watchdog

log = logging.getLogger("bridge")

PATIENCE_SECONDS = 4.0  # between SIGTERM and the end, at most

REST_SECONDS = 0.01  # after a step that read nothing: a few per cent of a core, and a message need not wait


@click.command()
@click.option("--check", "do", flag_value="check", help="Say whether Kafka, topic, group and Redis are all right.")
@click.option("--create-topic", "do", flag_value="create-topic", help="Create KAFKA_TOPIC unless it is there.")
@click.option(
    "--partitions",
    type=click.IntRange(1),
    default=PARTITIONS,
    metavar="N",
    help=f"Of a new topic.  [default: {PARTITIONS}]",
)
@click.option(
    "--replication-factor", type=click.IntRange(1), metavar="N", help="Of a new topic.  [default: the brokers']"
)
def main(do: str | None, partitions: int, replication_factor: int | None) -> None:
    """Carry messages from KAFKA_TOPIC to the workers, until SIGTERM or Ctrl-C; start several to share the partitions.

    All settings come from the environment; README.md lists them. A bad one ends the start with a sentence and exit
    code 2. --check and --create-topic end with 0 where all is right, with 1 where something is wrong.
    """
    configured = settings.load(Settings)
    logs.configure("bridge", configured.log_level, configured.log_format)
    if do == "check":
        sys.exit(0 if tell(check.findings(configured), click.echo) else 1)
    if do == "create-topic":
        _create_topic(configured, partitions, replication_factor or BROKERS_CHOICE)
        return
    run(configured)


def _create_topic(configured: Settings, partitions: int, replication_factor: int) -> None:
    where = f"topic {configured.kafka_topic} at {configured.kafka_bootstrap_servers}"
    try:
        created = create_topic(configured, partitions, replication_factor)
    except KafkaAway as error:
        raise click.ClickException(f"{where} can't be created: {error}") from None
    done = (
        f"created, with {partitions} partitions and the broker's timestamps" if created else "there already, left as is"
    )
    click.echo(f"{where}: {done}")


def run(configured: Settings) -> None:
    """Run the bridge."""
    stop = _Stop()
    activity = Activity("starting")
    limit = Limit(configured.bridge_step_limit, "BRIDGE_STEP_LIMIT")
    Watchdog("bridge", activity, configured.pulse_file, turn_limit=limit).start()
    bridge = Bridge(configured, Publisher(configured.redis_url))
    metrics.serve(configured, BridgeCollector(bridge))
    gc.freeze()  # what is there now stays: Python need not look through it again for each thousand messages
    log.info("carries %s from %s to the workers", configured.kafka_topic, configured.kafka_bootstrap_servers)
    try:
        while not stop.asked:
            read = bridge.step()
            activity.turned(bridge.state)
            if not read:
                time.sleep(REST_SECONDS if bridge.source else 1)
    except CodecMissing as missing:
        log.critical("%s", missing)
        sys.exit(1)
    bridge.close()
    log.info("stopped")


class _Stop:
    """Notes that somebody asked the process to end."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True
        # A broker that hangs can hold a step for longer. Nothing needs an orderly end: the place is in the database.
        last_call = threading.Timer(PATIENCE_SECONDS, os._exit, (0,))
        last_call.daemon = True
        last_call.start()


if __name__ == "__main__":
    main(prog_name="python -m bridge")
