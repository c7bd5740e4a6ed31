"""A world for a partition in a few lists: a log, a queue, a database that can be put back, and bridges that read."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from bridge.partition import SETTLE, Partition
from bridge.publisher import Task
from bridge.request import Traffic
from tests.bridge.records import FEED, FakeRecord

Position = tuple[int, int]  # leader epoch, offset


@dataclass
class Database:
    """What PostgreSQL keeps; its two methods do what `storefront.stock` does in a transaction each.

    `epoch` is that of the log that its place belongs to.
    """

    place: int | None = None
    has_place: bool = False
    receipts: dict[str, int] = field(default_factory=dict)
    dealt_with: set[Position] = field(default_factory=set)
    epoch: int = 0

    def settle(self, records: list[dict[str, Any]], left: int) -> dict[str, Any]:
        """Deal with all `records` but for the last `left` of them."""
        done = records[: len(records) - left]
        self.dealt_with |= {(record["leader_epoch"], record["offset"]) for record in done}
        receipt = str(uuid4())
        self.receipts[receipt] = records[-1]["offset"]
        return {"first": [], "left": [record["offset"] for record in records[len(done) :]], "receipt": receipt}

    def record_place(self, move: dict[str, Any] | None) -> dict[str, Any]:
        """Move the place if the asker knows it and shows receipts that are all here."""
        if move is None:
            return {"next_offset": self.place, "moved": False}
        self.has_place |= move["known"] is None
        moved = self.has_place and self.place == move["known"] and self.receipts.keys() >= set(move["receipts"])
        if moved:
            self.place = move["next_offset"]
            self.receipts = {one: last for one, last in self.receipts.items() if last >= self.place}
        return {"next_offset": self.place, "moved": moved}


@dataclass
class Reader:
    """A bridge, or one that was: its partition, and where its consumer reads next."""

    partition: Partition = field(default_factory=lambda: Partition(FEED, chunk_messages=3))
    position: int = 0
    epoch: int = 0
    """Of the log that its ledger is about."""
    last_answered_at: float = float("-inf")


@dataclass
class World:
    """All of it. Single tasks are lost, settles and answers may be, and the database may be put back at any time."""

    database: Database = field(default_factory=Database)
    backups: list[Database] = field(default_factory=list)
    log: list[int] = field(default_factory=list)  # the leader epoch of each record
    epoch: int = 0
    cuts: list[int] = field(default_factory=list)
    """Where each election cut the log, the one that began epoch 1 first."""
    queue: list[Task] = field(default_factory=list)
    asked_in: dict[str, int] = field(default_factory=dict)
    """The epoch in which each question was sent."""
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    reader: Reader = field(default_factory=Reader)
    former: Reader | None = None
    """A bridge that has lost the partition, and hasn't noticed."""
    now: float = 0.0

    def append(self, records: int) -> None:
        """Write to the topic."""
        self.log += [self.epoch] * records

    def read(self, reader: Reader, records: int) -> None:
        """Let a consumer poll."""
        partition = reader.partition
        if partition.wants_start:
            reader.position = partition.start or 0
            partition.begin(reader.position)
            reader.epoch = self.epoch
        if reader.position > len(self.log):
            reader.position = 0  # out of range: to the earliest
        until = min(reader.position + records, len(self.log))
        found = [FakeRecord(at, leader_epoch=self.log[at]) for at in range(reader.position, until)]
        if found:
            partition.take(found, self.now)  # the single tasks are lost, all of them
            reader.position = until

    def send(self, reader: Reader) -> None:
        """Let a bridge ask what is due."""
        self.now += 0.6
        traffic = Traffic(self.now, not self.queue, reader.last_answered_at)
        for request, task in list(reader.partition.due(traffic)):
            self.queue.append(task)
            self.asked_in[task.id] = reader.epoch
            request.sent(self.now)

    def work(self, number: int, left: int = 0) -> None:
        """Let a worker do one of the tasks that wait."""
        task = self.queue.pop(number % len(self.queue))
        if task.name == SETTLE:
            records = task.arguments["records"]
            self.answers[task.id] = self.database.settle(records, min(left, len(records) - 1))
        else:
            self.answers[task.id] = self.database.record_place(task.arguments.get("move"))
            if self.answers[task.id]["moved"]:
                self.database.epoch = self.asked_in[task.id]

    def hear(self, reader: Reader) -> None:
        """Let a bridge hear what was answered."""
        for task_id, (request, chunk) in reader.partition.questions().items():
            if result := self.answers.pop(task_id, None):
                reader.last_answered_at = max(reader.last_answered_at, request.sent_at)
                if chunk:
                    reader.partition.hear_settle(chunk, result)
                else:
                    reader.partition.hear_place(result, self.now)

    def back_up(self) -> None:
        """Keep the database as it is now."""
        self.backups.append(deepcopy(self.database))

    def restore(self, number: int) -> None:
        """Put a backup in its place: also what a failover does that loses the last commits."""
        self.database = deepcopy(self.backups[number % len(self.backups)])

    def elect_uncleanly(self, at: int) -> None:
        """Cut the log: a leader that missed the last records takes over; consumers seek back without a word."""
        self.log = self.log[:at]
        self.epoch += 1
        self.cuts.append(at)
        self.append(1)
        for reader in (self.reader, self.former):
            if reader:
                reader.position = min(reader.position, at)

    def is_misplaced(self, database: Database) -> bool:
        """Whether its place is past the point where the log was cut since."""
        return any((database.place or 0) > cut for cut in self.cuts[database.epoch :])

    def asks_of_another_log(self) -> bool:
        """Whether a question waits that was asked before the last election."""
        return any(self.asked_in[task.id] < self.epoch for task in self.queue)

    def unsettled(self) -> list[Position]:
        """Return what the log has before the place, and the database has not dealt with."""
        ahead = self.log[: self.database.place or 0]
        return [(epoch, at) for at, epoch in enumerate(ahead) if (epoch, at) not in self.database.dealt_with]

    def is_whole(self) -> bool:
        """Whether all that the log has is dealt with, and the place and the commit say so."""
        return (
            self.database.place == len(self.log)
            and not self.unsettled()
            and self.reader.partition.place.known == len(self.log)
        )

    def turn(self, records: int = 500) -> None:
        """Let the bridge read and ask, the workers do all of it, and the bridge hear of it."""
        self.read(self.reader, records)
        self.send(self.reader)
        while self.queue:
            self.work(0)
        self.hear(self.reader)

    def heal(self, turns: int = 100) -> None:
        """Let nothing be lost any more, until the shop is right or so many turns are over."""
        self.former = None
        for _ in range(turns):
            if self.is_whole():
                return
            self.turn()
            self.now += 30
