"""`python -m bridge`: one member of the consumer group, until SIGTERM or Ctrl-C."""

import logging
import os
import signal
import sys
import threading
import time
from types import FrameType

from bridge.config import Settings
from bridge.loop import Bridge
from bridge.metrics import BridgeCollector
from bridge.publisher import Publisher
from bridge.unreadable import CodecMissing
from runtime import logs, metrics, settings
from runtime.pulse import Activity
from runtime.watchdog import Limit, Watchdog

log = logging.getLogger("bridge")

PATIENCE_SECONDS = 4.0  # between SIGTERM and the end, at most

REST_SECONDS = 0.05  # after a step that read nothing: a few per cent of a core


def main() -> None:
    """Run the bridge. Ends with one sentence for each bad setting."""
    configured = settings.load(Settings)
    logs.configure("bridge", configured.log_level, configured.log_format)
    stop = _Stop()
    activity = Activity("starting")
    limit = Limit(configured.bridge_step_limit, "BRIDGE_STEP_LIMIT")
    Watchdog("bridge", activity, configured.pulse_file, turn_limit=limit).start()
    bridge = Bridge(configured, Publisher(configured.redis_url))
    metrics.serve(configured, BridgeCollector(bridge))
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
    main()
