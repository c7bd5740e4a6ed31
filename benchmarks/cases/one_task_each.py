"""A message to its committed row, by a task of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks import programs, rows, traffic
from benchmarks.case import Case, Contender, Figures, Goal
from benchmarks.job import new_job, new_topic
from benchmarks.servers import Servers
from chaos.topic import Topic

MESSAGES = 4_000
USUAL_MESSAGES = 2_000
WORKERS = 2
LONG_QUEUE = {"BRIDGE_MAX_IN_FLIGHT": str(2 * MESSAGES)}

RATE = "messages"


@contextmanager
def _opened(servers: Servers) -> Iterator[Mapping[str, Contender]]:
    with (
        new_topic(servers, "one-task-each", traffic.PARTITIONS) as topic,
        new_topic(servers, "one-task-each-usual", traffic.PARTITIONS) as shorter,
    ):
        traffic.write(topic, traffic.messages(MESSAGES))
        traffic.write(shorter, traffic.messages(USUAL_MESSAGES))
        yield {
            "shop": partial(_shop, servers, topic),
            "usual bridge": partial(_usual, servers, shorter),
            "direct, without Celery": partial(_direct, servers, topic),
            "no-op": partial(_noop, servers, topic),
            "shop without settles": partial(_without_settles, servers, topic),
        }


def _shop(servers: Servers, topic: Topic) -> Figures:
    with new_job(servers, topic) as job:
        job.start({"bridge": programs.bridge(**LONG_QUEUE), **programs.workers(WORKERS)})
        return {RATE: rows.rate(job, MESSAGES, settled=MESSAGES)}


def _without_settles(servers: Servers, topic: Topic) -> Figures:
    with new_job(servers, topic) as job:
        job.start({"bridge": programs.bridge_without_settles(**LONG_QUEUE), **programs.workers(WORKERS)})
        return {RATE: rows.rate(job, MESSAGES)}


def _usual(servers: Servers, topic: Topic) -> Figures:
    with new_job(servers, topic) as job:
        job.start({"bridge": programs.usual_bridge(), **programs.usual_worker(WORKERS)})
        return {RATE: rows.rate(job, USUAL_MESSAGES)}


def _direct(servers: Servers, topic: Topic) -> Figures:
    with new_job(servers, topic) as job:
        job.start({"reader": programs.direct()})
        return {RATE: rows.rate(job, MESSAGES)}


def _noop(servers: Servers, topic: Topic) -> Figures:
    with new_job(servers, topic) as job:
        counts = job.folder / "counts"
        counts.mkdir()
        job.start({"bridge": programs.bridge(**LONG_QUEUE), **programs.noop_workers(WORKERS, str(counts))})
        return {RATE: job.rate(lambda: _counted(counts), MESSAGES)}


def _counted(folder: Path) -> int:
    return sum(int.from_bytes(file.read_bytes(), "little") for file in folder.iterdir())


CASE = Case(
    name="one-task-each",
    title="A message to its committed row, one task each",
    how=(
        f"From a topic of {MESSAGES:,} messages ({USUAL_MESSAGES:,} for the usual bridge) until every row is right; "
        f"the shop's settles are answered, too. {WORKERS} worker processes. No-op: the same bridge and tasks, which "
        "do nothing, in workers with Celery's default settings."
    ),
    figures={RATE: "messages/s"},
    opened=_opened,
    goals=(
        Goal(RATE, "shop", "usual bridge", "at least", 3),
        Goal(RATE, "shop", "no-op", "at least", 0.75),
        Goal(RATE, "shop", "shop without settles", "at least", 0.9),
    ),
)
