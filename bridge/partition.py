"""One partition as the bridge sees it: its ledger, its place, and the tasks that follow from both. No I/O."""

import logging
from collections.abc import Iterator
from typing import Any

from bridge.envelope import Feed, Message, feed_arguments, wrap
from bridge.ledger import Chunk, Ledger
from bridge.place import Place, Seen, Verdict
from bridge.publisher import Task
from bridge.request import Request, Traffic
from bridge.retention import Retention

log = logging.getLogger(__name__)

SETTLE = "storefront.settle_updates"


class Partition:
    """A partition that this bridge was assigned. Without a ledger it waits to hear, or to be told, where to begin."""

    def __init__(self, feed: Feed, chunk_messages: int) -> None:
        self.feed = feed
        self._feed_arguments = feed_arguments(feed)
        self.place = Place(feed)
        self.ledger: Ledger | None = None
        self.begin_offset: int | None = None
        self.seen = Seen()
        self._retention = Retention(feed)
        self.committed: int | None = None
        self._rewound_to: int | None = None
        self._chunk_messages = chunk_messages

    @property
    def open_messages(self) -> int:
        """How many messages are enqueued and not answered for."""
        return self.ledger.open_messages if self.ledger else 0

    @property
    def open_bytes(self) -> int:
        """How many bytes those messages weigh."""
        return self.ledger.open_bytes if self.ledger else 0

    @property
    def to_commit(self) -> int | None:
        """The offset that the database confirmed and Kafka hasn't heard of, if there is one."""
        return None if self.place.known == self.committed else self.place.known

    @property
    def wants_start(self) -> bool:
        """Whether the place is known and reading hasn't begun there."""
        return self.ledger is None and self.place.request is None

    @property
    def start(self) -> int | None:
        """Where to begin to read: at the place; where the log once went backwards, not behind that offset.

        A database that is restored then may know a place in the log as it was before.
        """
        known = self.place.known
        return known if known is None or self._rewound_to is None else min(known, self._rewound_to)

    def begin(self, position: int) -> None:
        """Start with an empty ledger at `position`; what was open before is void."""
        rewound = position < (self.place.known or 0)
        self._retention.begins(self.start, position)
        self.ledger = Ledger(self.feed, position, self._chunk_messages, rewound=rewound)

    @property
    def unread(self) -> int:
        """How many messages Kafka had that weren't read when its end was seen; 0 while nothing is known."""
        return max((self.seen.end_offset or 0) - self.ledger.position, 0) if self.ledger else 0

    def moved(self, position: int) -> None:
        """Learn where the consumer reads next: it may have stepped over a gap."""
        if self.ledger:
            self._retention.stepped(self.ledger.position, position)
            self.ledger.moved(position)

    def look(self, begin: int, end: int, asked_at: int, now: float) -> None:
        """Take in where the log begins and ends; asked at `asked_at`, in ms since 1970, and `now`, in seconds."""
        self.begin_offset, self.seen.end_offset, self.seen.end_seen_at = begin, end, asked_at
        self._retention.look(self.place.known, begin, end, now)

    def take(self, records: list[Any], now: float, *, alone: bool = False) -> list[Message]:
        """Enter `records` in the ledger; return them as messages. Drops them while the place isn't known.

        `alone` tells that their settles will go alone, without a single task for each.
        """
        if self.ledger is None:
            return []  # the place will be sought, and then they come again
        if records[0].offset < self.ledger.position:
            log.warning("partition %d goes backwards, to offset %d", self.feed.partition, records[0].offset)
            self._rewind(records[0].offset)
            return []
        self.moved(records[0].offset)
        messages = [wrap(record) for record in records]
        self.ledger.read(messages, now, alone=alone)
        return messages

    def due(self, traffic: Traffic) -> Iterator[tuple[Request, Task]]:
        """Give the questions that are to be sent now: settles first, then the place."""
        for chunk in self.ledger.due(traffic) if self.ledger else ():
            assert chunk.request  # noqa: S101  (a chunk that is due has one)
            yield chunk.request, self._settle(chunk, chunk.request)
        if self.place.due(self.ledger, self.seen, traffic):
            assert self.place.request  # noqa: S101  (a place that is due has one)
            yield self.place.request, self._record_place(self.place.request)

    def questions(self) -> dict[str, tuple[Request, Chunk | None]]:
        """Return by id what was asked and not answered: a chunk's settle, or the place where there is no chunk."""
        asked: dict[str, tuple[Request, Chunk | None]] = {}
        for chunk in self.ledger.waiting() if self.ledger else ():
            assert chunk.request  # noqa: S101  (a chunk that waits has one)
            asked[chunk.request.id] = (chunk.request, chunk)
        if self.place.request and self.place.request.attempts:
            asked[self.place.request.id] = (self.place.request, None)
        return asked

    def hear_settle(self, chunk: Chunk, result: dict[str, Any]) -> list[Task]:
        """Close `chunk`; return the single tasks that Flower has not shown yet, those of letters recorded just now."""
        if self.ledger is None:
            return []  # an answer heard a moment ago made the ledger void
        first, left, messages = set(result["first"]), set(result.get("left", ())), chunk.messages
        self.ledger.answer(chunk, result["receipt"], left)
        if left and chunk.request:
            chunk.request.failed = True  # the rest is sent again, with the patience of a failure
        return [self.single(message, buried=True) for message in messages if message.offset in first]

    def hear_place(self, result: dict[str, Any], now: float) -> None:
        """Take in where the database says the feed stands; where it knows less than it did, start anew there."""
        verdict = self.place.answer(result["next_offset"], now, moved=result["moved"])
        if verdict is Verdict.AHEAD and self._rewound_to is not None:
            verdict = Verdict.BEHIND  # that place may be one in the log as it was before
        if verdict is Verdict.CONFIRMED:
            if self.ledger:
                self.ledger.confirm(self.place.known)
            return
        place = "not known" if self.place.known is None else self.place.known
        log.warning("place of %s is %s: %s", self.feed.source, place, verdict.value)
        if verdict is not Verdict.AHEAD:
            self.ledger = self.committed = None

    def _rewind(self, offset: int) -> None:
        """Void what was open or asked of the log as it was before, and ask anew where to begin."""
        self._rewound_to = offset if self._rewound_to is None else min(offset, self._rewound_to)
        self.place = Place(self.feed)
        self.ledger = self.committed = None

    def single(self, message: Message, *, buried: bool = False) -> Task:
        """Return the task of `message` alone; one that is `buried` has its dead letter already."""
        arguments: dict[str, Any] = {"feed": self._feed_arguments, "record": message.envelope}
        if buried:
            arguments["buried"] = True
        return Task("storefront.update_inventory", message.task_id(self.feed), arguments, message.shown, answered=False)

    def _settle(self, chunk: Chunk, request: Request) -> Task:
        records = [message.envelope for message in chunk.messages]
        amount = "1 message" if len(records) == 1 else f"{len(records)} messages"
        shown = f"{amount} · partition {self.feed.partition} · from offset {chunk.first}"
        arguments: dict[str, Any] = {"feed": self._feed_arguments, "records": records}
        if request.to_be_careful:
            arguments["careful"] = True
        if chunk.alone:
            arguments["alone"] = True
        return Task(SETTLE, request.new_id(), arguments, shown)

    def _record_place(self, request: Request) -> Task:
        arguments = {"feed": self._feed_arguments, **self.place.arguments()}
        asked = self.place.asked
        shown = f"partition {self.feed.partition} · {f'to offset {asked.next_offset}' if asked else 'where?'}"
        return Task("storefront.record_place", request.new_id(), arguments, shown)
