"""`python -m bridge`: one member of the consumer group, until SIGTERM or Ctrl-C."""

import logging
import signal
import time
from types import FrameType

from bridge.config import Settings
from bridge.loop import Bridge
from bridge.publisher import Publisher
from runtime import logs, settings

log = logging.getLogger("bridge")

REST_SECONDS = 0.05  # after a step that read nothing: a few per cent of a core


def main() -> None:
    """Run the bridge. Ends with one sentence for each bad setting."""
    configured = settings.load(Settings)
    logs.configure("bridge", configured.log_level, configured.log_format)
    stop = _Stop()
    bridge = Bridge(configured, Publisher(configured.redis_url))
    log.info("carries %s from %s to the workers", configured.kafka_topic, configured.kafka_bootstrap_servers)
    while not stop.asked:
        if not bridge.step():
            time.sleep(REST_SECONDS if bridge.source else 1)
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


if __name__ == "__main__":
    main()
