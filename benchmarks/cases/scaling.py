"""What one more worker, or one more bridge, buys."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from benchmarks import programs, rows, traffic
from benchmarks.case import Case, Contender, Figures
from benchmarks.job import new_job, new_topic
from benchmarks.servers import Servers
from chaos.supervisor import Program
from chaos.topic import Topic

MESSAGES = 4_000
BACKLOG_MESSAGES = 120_000
SETTINGS = {"BRIDGE_MAX_IN_FLIGHT": str(2 * MESSAGES)}
BACKLOG_LANE = {"BRIDGE_BACKLOG_THRESHOLD": "1000"}

RATE, BACKLOG_RATE = "one task each", "backlog lane"


@contextmanager
def _opened(servers: Servers) -> Iterator[Mapping[str, Contender]]:
    with (
        new_topic(servers, "scaling", traffic.PARTITIONS) as topic,
        new_topic(servers, "scaling-backlog", traffic.PARTITIONS) as backlog,
    ):
        traffic.write(topic, traffic.messages(MESSAGES))
        traffic.write(backlog, traffic.messages(BACKLOG_MESSAGES))
        sizes = {"1 worker": (1, 1), "2 workers": (2, 1), "4 workers": (4, 1), "2 workers, 2 bridges": (2, 2)}
        yield {name: partial(_both, servers, topic, backlog, *size) for name, size in sizes.items()}


def _both(servers: Servers, topic: Topic, backlog: Topic, workers: int, bridges: int) -> Figures:
    singly, lane = (_programs(workers, bridges, settings) for settings in (SETTINGS, BACKLOG_LANE))
    return {
        RATE: _rate(servers, topic, MESSAGES, singly),
        BACKLOG_RATE: _rate(servers, backlog, BACKLOG_MESSAGES, lane),
    }


def _programs(workers: int, bridges: int, settings: Mapping[str, str]) -> dict[str, Program]:
    several = {f"bridge-{number}": programs.bridge(**settings) for number in range(1, bridges + 1)}
    return {**several, **programs.workers(workers)}


def _rate(servers: Servers, topic: Topic, messages: int, started: Mapping[str, Program]) -> float:
    with new_job(servers, topic) as job:
        job.start(started)
        return rows.rate(job, messages, settled=messages)


CASE = Case(
    name="scaling",
    title="More workers, more bridges",
    how=(
        f"{MESSAGES:,} messages with a task each, {BACKLOG_MESSAGES:,} in the backlog lane, {traffic.PARTITIONS} "
        "partitions. Kafka, PostgreSQL, Valkey and all processes share the machine's cores, so that this shows what "
        "one machine gives, not what several would."
    ),
    figures={RATE: "messages/s", BACKLOG_RATE: "messages/s"},
    opened=_opened,
)
