"""The shop was off for a night: a million messages wait."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from benchmarks import programs, rows, traffic
from benchmarks.case import Case, Contender, Figures, Goal
from benchmarks.job import new_job, new_topic
from benchmarks.servers import Servers
from chaos.topic import Topic

MESSAGES = 1_000_000
WORKERS = 2
LANE = {"BRIDGE_BACKLOG_THRESHOLD": "10000"}

RATE = "messages"


@contextmanager
def _opened(servers: Servers) -> Iterator[Mapping[str, Contender]]:
    with new_topic(servers, "backlog", traffic.PARTITIONS) as topic:
        traffic.write(topic, traffic.messages(MESSAGES))
        yield {
            "shop, backlog lane": partial(_shop, servers, topic),
            "direct batched": partial(_direct_batched, servers, topic, 1),
            "direct batched, two": partial(_direct_batched, servers, topic, 2),
        }


def _shop(servers: Servers, topic: Topic) -> Figures:
    with new_job(servers, topic) as job:
        job.start({"bridge": programs.bridge(**LANE), **programs.workers(WORKERS)})
        return {RATE: rows.rate(job, MESSAGES, settled=MESSAGES)}


def _direct_batched(servers: Servers, topic: Topic, processes: int) -> Figures:
    with new_job(servers, topic) as job:
        job.start(programs.direct_batched(processes))
        return {RATE: rows.rate(job, MESSAGES)}


CASE = Case(
    name="backlog",
    title="A backlog of a million messages",
    how=(
        f"From a topic of {MESSAGES:,} messages about {len(traffic.codes()):,} products until every row is right. "
        f"Shop: a bridge with `BRIDGE_BACKLOG_THRESHOLD={LANE['BRIDGE_BACKLOG_THRESHOLD']}` and {WORKERS} workers. "
        "Direct batched: no Celery, one `UPDATE` for 500 messages, the newest of each product; then Kafka's commit."
    ),
    figures={RATE: "messages/s"},
    opened=_opened,
    goals=(
        Goal(RATE, "shop, backlog lane", "direct batched", "at least", 1.5),
        Goal(RATE, "shop, backlog lane", "direct batched, two", "at least", 1),
    ),
)
