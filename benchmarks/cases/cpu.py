"""Whose CPU time a message takes: what saturates first, wherever each process runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from benchmarks import programs, rows, traffic
from benchmarks.case import Case, Contender, Figures
from benchmarks.job import Job, new_job, new_topic
from benchmarks.processes import cpu_seconds
from benchmarks.servers import Servers
from chaos.topic import Topic

MESSAGES = 6_000
BACKLOG_MESSAGES = 200_000
WARM_SHARE = 0.1
WORKERS = 2
SETTINGS = {"BRIDGE_MAX_IN_FLIGHT": str(2 * MESSAGES)}
BACKLOG_LANE = {"BRIDGE_BACKLOG_THRESHOLD": "1000"}

BRIDGE, WORKER, REDIS, POSTGRES, KAFKA = "bridge", "workers", "Redis", "PostgreSQL", "Kafka"


@contextmanager
def _opened(servers: Servers) -> Iterator[Mapping[str, Contender]]:
    with (
        new_topic(servers, "cpu", traffic.PARTITIONS) as topic,
        new_topic(servers, "cpu-backlog", traffic.PARTITIONS) as backlog,
        new_topic(servers, "cpu-dressed", traffic.PARTITIONS) as dressed,
    ):
        traffic.write(topic, traffic.messages(MESSAGES))
        traffic.write(backlog, traffic.messages(BACKLOG_MESSAGES))
        traffic.write(dressed, traffic.with_a_field_more(traffic.messages(BACKLOG_MESSAGES)))
        yield {
            "one task each": partial(_microseconds, servers, topic, MESSAGES, SETTINGS),
            "backlog lane": partial(_microseconds, servers, backlog, BACKLOG_MESSAGES, BACKLOG_LANE),
            "backlog lane, a field more": partial(_microseconds, servers, dressed, BACKLOG_MESSAGES, BACKLOG_LANE),
        }


def _microseconds(servers: Servers, topic: Topic, messages: int, settings: Mapping[str, str]) -> Figures:
    """Return the CPU time of each part for one message; from a tenth of them on, so that no start-up counts."""
    warm = round(messages * WARM_SHARE)
    with new_job(servers, topic) as job:
        job.start({"bridge": programs.bridge(**settings), **programs.workers(WORKERS)})
        begun = rows.wait_about(job, warm)
        before = _taken(job)
        rows.wait(job, messages)
        after = _taken(job)
    return {part: (after[part] - before[part]) * 1_000_000 / (messages - begun) for part in before}


def _taken(job: Job) -> dict[str, float]:
    pids = {name: process.pid for name, process in job.processes.items()}
    workers = sum(cpu_seconds(pid) for name, pid in pids.items() if name.startswith("worker"))
    servers = {REDIS: job.servers.redis, POSTGRES: job.servers.postgres, KAFKA: job.servers.kafka}
    taken = {name: cpu_seconds(server.process.pid) for name, server in servers.items() if server.process}
    return {BRIDGE: cpu_seconds(pids["bridge"]), WORKER: workers, **taken}


CASE = Case(
    name="cpu",
    title="Whose CPU time a message takes",
    how=(
        f"User and system time as Linux counts it, over {MESSAGES:,} messages with a task each and "
        f"{BACKLOG_MESSAGES:,} in the backlog lane, by {WORKERS} workers. A process that takes 50 µs for a message "
        "can't do more than 20,000 a second on one core. Messages of the two fields alone are read in a shorter way; "
        "the last row's have a third."
    ),
    figures=dict.fromkeys((BRIDGE, WORKER, REDIS, POSTGRES, KAFKA), "µs"),
    opened=_opened,
)
