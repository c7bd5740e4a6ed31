"""How fast messages become tasks on the queue."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from benchmarks import programs, queues, traffic
from benchmarks.case import Case, Contender, Figures, Goal
from benchmarks.job import Job, new_job, new_topic
from benchmarks.servers import Servers

BRIDGE_MESSAGES = 60_000
LOOP_MESSAGES = 6_000
NO_LIMIT = "1000000"  # nobody works the queue off here

RATE = "tasks"


@contextmanager
def _opened(servers: Servers) -> Iterator[Mapping[str, Contender]]:
    yield {"bridge": partial(_bridge, servers), "delay() loop": partial(_loop, servers)}


def _bridge(servers: Servers) -> Figures:
    with new_topic(servers, "enqueue", traffic.PARTITIONS) as topic, new_job(servers, topic) as job:
        job.start({"worker": programs.worker("worker"), "bridge": programs.bridge(BRIDGE_MAX_IN_FLIGHT=NO_LIMIT)})
        job.until("the bridge knows where to begin", lambda: len(job.database.places()) == traffic.PARTITIONS)
        job.kill("worker")
        return _enqueue(job, BRIDGE_MESSAGES, queues.BRIDGE_QUEUE)


def _loop(servers: Servers) -> Figures:
    with new_topic(servers, "enqueue", traffic.PARTITIONS) as topic, new_job(servers, topic) as job:
        job.start({"bridge": programs.usual_bridge()})
        return _enqueue(job, LOOP_MESSAGES, queues.DEFAULT_QUEUE)


def _enqueue(job: Job, messages: int, queue: str) -> Figures:
    """Write `messages` at once and measure how fast `queue` grows."""
    traffic.write(job.topic, traffic.messages(messages))
    with job.servers.redis_client() as client:
        rate = job.rate(lambda: queues.length(client, queue), messages)
    _check(job, messages, queue)
    return {RATE: rate}


def _check(job: Job, messages: int, queue: str) -> None:
    """Raise WrongResult unless the tasks say what the log does. The bridge's settles stand among them."""
    wanted = {code: count for code, count in traffic.fold(messages).items() if count}
    job.until("every message is a task", lambda: queues.counts(job.servers, queue) == wanted, 10)


CASE = Case(
    name="enqueue",
    title="Enqueue rate of the bridge",
    how=(
        f"From Kafka to the queue in Redis; nobody takes off. Bridge: {BRIDGE_MESSAGES:,} messages a round, with its "
        f"ledger and a settle behind each 500. Loop: `delay()` for each of {LOOP_MESSAGES:,}."
    ),
    figures={RATE: "tasks/s"},
    opened=_opened,
    goals=(Goal(RATE, "bridge", "delay() loop", "at least", 12),),
)
