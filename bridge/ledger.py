"""What is open and what is answered for, of one partition. Pure: no I/O, no clock of its own."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from bridge.envelope import NO_TIME, Feed, Message
from bridge.request import Request, Traffic

CHUNK_BYTES = 1_000_000
CHUNK_SECONDS = 0.5


class Receipt(NamedTuple):
    """What a settle left in the database, and the last offset that it answered for."""

    last_offset: int
    id: str


@dataclass(slots=True)
class Chunk:
    """Messages that one settle answers for, from the offset `first` on."""

    first: int
    began_at: float
    messages: list[Message] = field(default_factory=list)
    size: int = 0
    newest: int = NO_TIME
    """The latest broker time of its messages."""
    closed_at: float | None = None
    """When no more messages joined; None while it still forms."""
    request: Request | None = None
    answered: bool = False
    alone: bool = False
    """Whether its settle goes alone, without a single task for each message."""
    receipts: list[Receipt] = field(default_factory=list)

    def add(self, message: Message) -> None:
        """Take one more message in."""
        self.messages.append(message)
        self.size += message.size
        self.newest = max(self.newest, message.broker_time)


class Ledger:
    """The chunks of one partition, oldest first.

    `position` is the offset that the consumer reads next: past gaps and control records, which belong to nobody.
    `rewound` tells that the log itself went backwards to where this ledger begins. `receipts` are those of the closed
    prefix that no move of the place has shown yet.
    """

    def __init__(self, feed: Feed, position: int, chunk_messages: int = 500, *, rewound: bool = False) -> None:
        self.feed = feed
        self.position = position
        self.rewound = rewound
        self.dealt_until: int | None = None
        self.receipts: list[Receipt] = []
        self.open_messages = 0
        self.open_bytes = 0
        self._chunk_messages = chunk_messages
        self._chunks: list[Chunk] = []

    @property
    def next_offset(self) -> int:
        """The offset after the last message of the closed prefix: all before it is dealt with."""
        return self._chunks[0].first if self._chunks else self.position

    def read(self, messages: Iterable[Message], now: float, *, alone: bool = False) -> None:
        """Take in `messages`, in the order of the log; `alone`: no single tasks are sent for them."""
        for message in messages:
            self._forming(message, now, alone).add(message)
            self.position = message.offset + 1
            self.open_messages += 1
            self.open_bytes += message.size

    def moved(self, position: int) -> None:
        """Learn where the consumer reads next: it may have stepped over a gap or a control record."""
        self.position = max(self.position, position)

    def due(self, traffic: Traffic) -> Iterator[Chunk]:
        """Give the chunks whose settle is to be sent now, for the first time or again."""
        for chunk in self._chunks:
            self._close_if_ripe(chunk, traffic.now)
            if chunk.request and not chunk.answered and chunk.request.is_due(traffic):
                yield chunk

    def waiting(self) -> Iterator[Chunk]:
        """Give the chunks whose settle was sent and not answered."""
        return (chunk for chunk in self._chunks if chunk.request and chunk.request.attempts and not chunk.answered)

    def open_chunks(self) -> list[Chunk]:
        """Return the chunks that no settle has answered for, oldest first; another thread may ask."""
        return [chunk for chunk in self._chunks.copy() if not chunk.answered]

    def answer(self, chunk: Chunk, receipt: str, left: Collection[int] = ()) -> None:
        """Close `chunk`: a settle has answered for every message of it, but for those at the offsets `left`."""
        chunk.receipts.append(Receipt(chunk.messages[-1].offset, receipt))
        self._take_out(chunk, [message for message in chunk.messages if message.offset in left])

    def confirm(self, place: int | None) -> None:
        """Learn that the database vouches for all before `place`: nobody has to prove it again."""
        self.receipts = [receipt for receipt in self.receipts if receipt.last_offset >= (place or 0)]
        self.rewound = False

    def _take_out(self, chunk: Chunk, remaining: list[Message]) -> None:
        size = sum(message.size for message in remaining)
        self.open_messages -= len(chunk.messages) - len(remaining)
        self.open_bytes -= chunk.size - size
        chunk.messages, chunk.size, chunk.answered = remaining, size, not remaining
        while self._chunks and self._chunks[0].answered:
            closed = self._chunks.pop(0)
            self.receipts += closed.receipts
            self.dealt_until = self.dealt_until if closed.newest == NO_TIME else closed.newest

    def _forming(self, message: Message, now: float, alone: bool) -> Chunk:
        newest = self._chunks[-1] if self._chunks else None
        if newest and newest.closed_at is None and newest.alone == alone and self._has_room(newest, message):
            return newest
        if newest and newest.closed_at is None:
            self._close(newest, now)
        chunk = Chunk(first=message.offset, began_at=now, alone=alone)
        self._chunks.append(chunk)
        return chunk

    def _has_room(self, chunk: Chunk, message: Message) -> bool:
        return len(chunk.messages) < self._chunk_messages and chunk.size + message.size <= CHUNK_BYTES

    def _close_if_ripe(self, chunk: Chunk, now: float) -> None:
        full = len(chunk.messages) >= self._chunk_messages
        if chunk.closed_at is None and (full or now - chunk.began_at >= CHUNK_SECONDS):
            self._close(chunk, now)

    def _close(self, chunk: Chunk, now: float) -> None:
        chunk.closed_at = now
        last = chunk.messages[-1].offset
        chunk.request = Request(f"settle-{self.feed.topic}-{self.feed.partition}-{chunk.first}-{last}")
