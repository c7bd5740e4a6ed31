"""What goes through Redis: tasks to the workers, their answers back."""

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from bridge.bad_share import WHAT_TO_DO, BadShare
from bridge.config import Settings
from bridge.ledger import Chunk
from bridge.partition import SETTLE, Partition
from bridge.publisher import Answer, Publisher, RedisAway, Task
from bridge.request import Traffic
from bridge.tally import Tally
from bridge.waiting import Waiting

log = logging.getLogger(__name__)

ANSWERS = "the workers to settle"
ANY_ANSWER = "the workers to answer"
SILENT_AFTER = 30.0  # seconds
OLDER_WORKER = "a worker of an older version answered without '{}'; upgrade the workers before the bridge"


@dataclass(slots=True)
class Exchange:
    """The bridge's talk with the workers. `outbox` holds single tasks that Redis has not taken yet.

    A worker of an older version says less in its answers: that must not end the bridge.
    """

    settings: Settings
    publisher: Publisher
    waiting: Waiting
    tally: Tally
    clock: Callable[[], float]
    outbox: list[Task] = field(default_factory=list)
    bad_share: BadShare = field(init=False)
    last_answered_at: float = float("-inf")
    heard_at: float = float("-inf")

    def __post_init__(self) -> None:
        self.bad_share = BadShare(self.settings.bridge_bad_share_limit)

    def turn(self, partitions: Collection[Partition]) -> None:
        """Hear what was answered of `partitions`, and send what is due.

        In this order: after a turn that took long, what has its answer must not be taken for lost. And a Redis that is
        full takes nothing, but gives.
        """
        try:
            self._hear(partitions)
            self._send(partitions)
        except RedisAway as error:
            self.waiting.waits_for("Redis", str(error), self.clock())
        else:
            self.waiting.is_back("Redis", self.clock())
        self._say_if_nobody_answers(partitions)
        if self.bad_share.stopped:
            self.waiting.waits_for("a start with a higher limit", self.bad_share.stopped, self.clock())

    def _send(self, partitions: Iterable[Partition]) -> None:
        queued = self.publisher.queue_length()
        if queued > 2 * self.settings.bridge_max_in_flight:
            return  # nobody works them off: a night without workers must not pile up in Redis
        traffic = Traffic(self.clock(), queue_empty=not queued, last_answered_at=self.last_answered_at)
        due = [question for partition in partitions for question in partition.due(traffic)]
        if not due and not self.outbox:
            return
        self.publisher.publish([*self.outbox, *(task for _, task in due)])
        self.tally.sent(len(self.outbox), [request for request, task in due if task.name == SETTLE])
        for task in self.outbox:
            log.info("%s enqueued: %s", task.id, task.shown, extra={"task_id": task.id})
        self.outbox.clear()
        for request, _ in due:
            request.sent(traffic.now)

    def _hear(self, partitions: Collection[Partition]) -> None:
        asked = {
            task_id: (partition, request, chunk)
            for partition in partitions
            for task_id, (request, chunk) in partition.questions().items()
        }
        for task_id, given in self.publisher.answers(list(asked)).items():
            partition, request, chunk = asked[task_id]
            self.last_answered_at = max(self.last_answered_at, request.sent_at)
            self.heard_at = self.clock()
            answer = _understood(given, chunk)
            if not answer.succeeded:
                request.failed = True
                self.waiting.waits_for(ANSWERS, str(answer.result), self.clock())
                continue
            self.waiting.is_back(ANSWERS, self.clock())
            if chunk is None:
                partition.hear_place(answer.result, self.clock())
                too_much = self.bad_share.recall(answer.result.get("stopped_at"))
            else:
                newly_bad = answer.result.get("newly_bad", 0)
                dealt_with = answer.result.get("messages", len(chunk.messages))  # fewer where some are left
                too_much = self.bad_share.hear(dealt_with, newly_bad, self.clock())
                self.outbox += partition.hear_settle(chunk, answer.result)
                self.tally.heard(answer.result, alone=chunk.alone)
            if too_much:
                self._stop(partitions)

    def _say_if_nobody_answers(self, partitions: Iterable[Partition]) -> None:
        asked = [request for partition in partitions for request, _ in partition.questions().values()]
        since = max(self.heard_at, min((request.first_sent_at for request in asked), default=self.clock()))
        if self.clock() - since >= SILENT_AFTER:
            why = "no answer to any question: does a worker run, and is it well?"
            self.waiting.waits_for(ANY_ANSWER, why, self.clock())
        else:
            self.waiting.is_back(ANY_ANSWER, self.clock())

    def _stop(self, partitions: Iterable[Partition]) -> None:
        log.error("stops reading: %s. %s", self.bad_share.stopped, WHAT_TO_DO)
        for partition in partitions:
            partition.seen.stopped_at = self.bad_share.stopped_at


def _understood(answer: Answer, chunk: Chunk | None) -> Answer:
    """Return `answer`, or a failed one where it lacks what the guarantee rests on: then it is asked again."""
    needed = "receipt" if chunk else "moved"
    if not answer.succeeded or needed in answer.result:
        return answer
    return Answer(succeeded=False, result=OLDER_WORKER.format(needed))
