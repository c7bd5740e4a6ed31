"""Which lane messages take: a task for each and a settle behind them, or, far behind, settles alone. No I/O."""

import logging

from runtime.text import counted

log = logging.getLogger(__name__)


class Backlog:
    """Says whether the bridge is in the backlog lane.

    It enters it where it is more than `threshold` messages behind, and leaves it at a tenth of that: one that turned at
    the same number would go to and fro. A threshold of 0: it never enters.
    """

    def __init__(self, threshold: int) -> None:
        self.entered = False
        self._threshold = threshold

    def look(self, behind: int) -> None:
        """Choose the lane of what is read next; `behind` are the messages that Kafka has and nobody has read."""
        if not self.entered and 0 < self._threshold < behind:
            self.entered = True
            log.warning(
                "%s behind, more than BRIDGE_BACKLOG_THRESHOLD=%d: settles go alone, without a task for each",
                counted(behind, "message"),
                self._threshold,
            )
        elif self.entered and behind <= self._threshold // 10:
            self.entered = False
            log.info("%s behind: a task for each again", counted(behind, "message"))
