"""What Kafka deletes of one partition's log before it is read. Pure: no I/O, no clock of its own."""

import logging

from bridge.envelope import Feed
from runtime.text import counted

log = logging.getLogger(__name__)

NEAR_SHARE = 0.1  # of the log: as the alert StorefrontPlaceNearLogStart has it
NEAR_SECONDS = 60.0  # who merely works a backlog off is through sooner


class Retention:
    """Warns of messages that are lost, and once when the next deletion may take some.

    Gaps are usual where a topic is compacted or written in transactions: only one below the log's start is a loss.
    """

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._gaps: list[tuple[int, int]] = []
        self._near_since: float | None = None
        self._warned = False

    def begins(self, wanted: int | None, position: int) -> None:
        """Compare the offset where reading should begin, None for the log's start, with the one where it can."""
        if wanted is not None and wanted < position:
            self._tell_lost(wanted, position)

    def stepped(self, start: int, end: int) -> None:
        """Keep in mind that nothing came from the offset `start` until `end`; the next look tells why."""
        if start < end:
            self._gaps.append((start, end))

    def look(self, place: int | None, begin: int, end: int, now: float) -> None:
        """Compare gaps and the place with the log's `begin` and `end`, as they are at `now` (seconds)."""
        for first, last in self._gaps:
            if first < begin:
                self._tell_lost(first, min(last, begin))
        self._gaps.clear()
        if place is None or place >= end or place - begin >= NEAR_SHARE * (end - begin):
            self._near_since, self._warned = None, False
            return
        self._near_since = now if self._near_since is None else self._near_since
        if not self._warned and now - self._near_since >= NEAR_SECONDS:
            self._warned = True
            log.warning(
                "partition %d of %s: the place, offset %d, is near the log's start, %d; Kafka may soon delete what"
                " is not read yet. Lengthen the topic's retention: docs/operating.md, 'Kafka deletes too soon'",
                self._feed.partition, self._feed.topic, place, begin,
            )  # fmt: skip

    def _tell_lost(self, first: int, begin: int) -> None:
        log.warning(
            "partition %d of %s: Kafka deleted up to %s before the shop read them, from offset %d on; the log begins at"
            " offset %d. They are lost for good; docs/operating.md, 'Kafka deletes too soon', says what to do",
            self._feed.partition, self._feed.topic, counted(begin - first, "message"), first, begin,
        )  # fmt: skip
