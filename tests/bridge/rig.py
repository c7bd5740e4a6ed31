"""A bridge between a log and a queue that are lists; its clock is turned by hand."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from bridge.config import Settings
from bridge.connection import KafkaAway
from bridge.loop import Bridge
from bridge.publisher import Answer, RedisAway, Task
from tests.bridge.records import FakeRecord


class FakeSource:
    """A log of one partition."""

    topic = "stock"

    def __init__(self) -> None:
        self.assigned = {1}
        self.log: list[FakeRecord] = []
        self.position = 0
        self.begin = 0
        self.paused = False
        self.id = "topic-id"
        self.committed: list[dict[int, int]] = []
        self.sought: list[int | None] = []
        self.away = False
        self.goes_away_after_a_poll = False

    def topic_id(self) -> str:
        if self.away:
            raise KafkaAway("nobody listens")
        return self.id

    def poll(self, most: int) -> dict[int, list[FakeRecord]]:
        if self.away:
            return {}  # as kafka-python does
        found = (
            [] if self.paused else [record for record in self.log if record.offset >= self.position][: min(most, 500)]
        )
        if found:
            self.position = found[-1].offset + 1
            self.away = self.goes_away_after_a_poll
        return {1: found} if found else {}

    def rewind(self, polled: dict[int, list[FakeRecord]]) -> None:
        for found in polled.values():
            self.position = found[0].offset

    def seek(self, _partition: int, offset: int | None) -> int:
        self.sought.append(offset)
        self.position = max(offset or 0, self.begin)
        return self.position

    def positions(self, partitions: Iterable[int]) -> dict[int, int]:
        return dict.fromkeys(partitions, self.position)

    def begin_offsets(self, partitions: Iterable[int]) -> dict[int, int]:
        return dict.fromkeys(partitions, self.begin)

    def end_offsets(self, partitions: Iterable[int]) -> dict[int, int]:
        return dict.fromkeys(partitions, len(self.log))

    def pause(self, *, on: bool) -> None:
        self.paused = on

    def commit(self, offsets: dict[int, int]) -> bool:
        self.committed.append(offsets)
        return True

    commit_soon = commit


class FakeQueue:
    """Redis, and workers that answer when a test lets them."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.replies: dict[str, Answer] = {}
        self.length = 0
        self.away = False

    def publish(self, tasks: Iterable[Task]) -> None:
        if self.away:
            raise RedisAway("connection refused")
        self.tasks += tasks

    def queue_length(self) -> int:
        if self.away:
            raise RedisAway("connection refused")
        return self.length

    def answers(self, ids: Sequence[str]) -> dict[str, Answer]:
        return {task_id: self.replies.pop(task_id) for task_id in ids if task_id in self.replies}


class Rig:
    """A bridge between the two."""

    def __init__(self, **settings: Any) -> None:
        self.source, self.queue, self.now = FakeSource(), FakeQueue(), 0.0
        self.place: int | None = None
        self.stopped_at: float | None = None
        self.bridge = Bridge(
            Settings(**settings), self.queue, clock=lambda: self.now, source=self.source  # type: ignore[arg-type]
        )  # fmt: skip

    def step(self, seconds: float = 1.0) -> list[Task]:
        """Let the time pass and do one step; return what was enqueued."""
        self.now += seconds
        before = len(self.queue.tasks)
        self.bridge.step()
        return self.queue.tasks[before:]

    def work_off(self, *, first: Sequence[int] = ()) -> None:
        """Answer all that was enqueued, as workers on a healthy database do."""
        for task in self.queue.tasks:
            if task.name == "storefront.settle_updates":
                self.queue.replies[task.id] = Answer(True, self._settled(first, len(task.arguments["records"])))
            elif task.name == "storefront.record_place":
                self.place = task.arguments["move"]["next_offset"] if "move" in task.arguments else self.place
                self.queue.replies[task.id] = Answer(
                    True, {"next_offset": self.place, "moved": "move" in task.arguments, "stopped_at": self.stopped_at}
                )
        self.queue.tasks.clear()

    def _settled(self, first: Sequence[int], messages: int) -> dict[str, Any]:
        bad = len(first)
        return {
            "messages": messages,
            "repaired": 0,
            "bad": bad,
            "newly_bad": bad,
            "first": list(first),
            "left": [],
            "receipt": str(uuid4()),
        }

    def run(self, steps: int) -> None:
        """Step with workers that answer all in between."""
        for _ in range(steps):
            self.step()
            self.work_off()

    def begin(self) -> None:
        """Get as far as knowing where to begin; the next step reads from there."""
        self.run(1)
        self.step()
        self.queue.tasks.clear()

    def looks_at_end(self) -> None:
        """Let the bridge ask for the log's end in its next step."""
        self.bridge.looked_at_end = float("-inf")

    def names(self, tasks: Sequence[Task]) -> list[str]:
        return [task.name.removeprefix("storefront.") for task in tasks]
