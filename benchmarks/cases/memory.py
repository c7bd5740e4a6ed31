"""Whether memory grows with what went through."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from benchmarks import processes, programs, rows, traffic
from benchmarks.case import Case, Contender, Figures, Goal
from benchmarks.job import Job, new_job, new_topic
from benchmarks.servers import Servers
from chaos.topic import Topic

MESSAGES = 5_000_000
EARLY = 100_000
WORKERS = 2
LANE = {"BRIDGE_BACKLOG_THRESHOLD": "10000"}
SECONDS = 1_200

BRIDGE_EARLY, BRIDGE_LATE = f"bridge after {EARLY:,}", f"bridge after {MESSAGES:,}"
WORKER_EARLY, WORKER_LATE = f"worker after {EARLY:,}", f"worker after {MESSAGES:,}"

SHOP = "shop, backlog lane"


@contextmanager
def _opened(servers: Servers) -> Iterator[Mapping[str, Contender]]:
    with new_topic(servers, "memory", traffic.PARTITIONS) as topic:
        traffic.write(topic, traffic.messages(MESSAGES))
        yield {SHOP: partial(_memory, servers, topic)}


def _memory(servers: Servers, topic: Topic) -> Figures:
    with new_job(servers, topic) as job:
        job.start({"bridge": programs.bridge(**LANE), **programs.workers(WORKERS)})
        rows.wait_about(job, EARLY)
        early = _mebibytes(job)
        rows.wait(job, MESSAGES, SECONDS)
        late = _mebibytes(job)
    return {
        BRIDGE_EARLY: early["bridge"],
        BRIDGE_LATE: late["bridge"],
        WORKER_EARLY: early["worker-1"],
        WORKER_LATE: late["worker-1"],
    }


def _mebibytes(job: Job) -> dict[str, float]:
    """Return by name how much memory each process holds now."""
    return {name: processes.resident_mebibytes(process.pid) for name, process in job.processes.items()}


CASE = Case(
    name="memory",
    title="Memory over five million messages",
    how=f"One bridge and {WORKERS} workers in the backlog lane; the resident memory of each process.",
    figures=dict.fromkeys((BRIDGE_EARLY, BRIDGE_LATE, WORKER_EARLY, WORKER_LATE), "MiB"),
    opened=_opened,
    goals=(
        Goal(BRIDGE_LATE, SHOP, SHOP, "at most", 1.1, of=BRIDGE_EARLY),
        Goal(WORKER_LATE, SHOP, SHOP, "at most", 1.1, of=WORKER_EARLY),
    ),
    rounds=1,
    on_request=True,
)
