"""How old a count is when its row is there, on a quiet day."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from statistics import quantiles

from confluent_kafka import Producer

from benchmarks import programs, rows, traffic
from benchmarks.case import Case, Contender, Figures, Goal
from benchmarks.job import new_job, new_topic
from benchmarks.servers import Servers
from chaos.supervisor import Program
from chaos.topic import Topic

PER_SECOND = 100
MESSAGES = len(traffic.codes())  # one about each product, so that its row tells when it was committed
WARM_MESSAGES = 200
WORKERS = 2

P50, P99 = "p50", "p99"

_COMMITTED = "SELECT product_code, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float FROM stock_levels"


@contextmanager
def _opened(servers: Servers) -> Iterator[Mapping[str, Contender]]:
    yield {
        "shop": partial(_fresh, servers, {"bridge": programs.bridge(), **programs.workers(WORKERS)}),
        "usual bridge": partial(_fresh, servers, {"bridge": programs.usual_bridge(), **programs.usual_worker(WORKERS)}),
    }


def _fresh(servers: Servers, started: Mapping[str, Program]) -> Figures:
    with new_topic(servers, "freshness", traffic.PARTITIONS) as topic, new_job(servers, topic) as job:
        job.start(started)
        messages = list(traffic.messages(WARM_MESSAGES + MESSAGES))
        writer = traffic.producer(topic, linger_ms=0)
        traffic.send(writer, topic, messages[:WARM_MESSAGES])  # it gets its number from the broker: half a second
        rows.wait(job, WARM_MESSAGES)
        produced = _write_steadily(writer, topic, messages[WARM_MESSAGES:])
        rows.wait(job, WARM_MESSAGES + MESSAGES)
        committed: dict[str, float] = dict(job.database.query(_COMMITTED))
    ages = [(committed[code] - at) * 1000 for code, at in produced.items()]
    hundredths = quantiles(ages, n=100)
    return {P50: hundredths[49], P99: hundredths[98]}


def _write_steadily(writer: Producer, topic: Topic, messages: list[traffic.Message]) -> dict[str, float]:
    """Write `messages` at a steady rate; return by product code when, in seconds since 1970."""
    produced = {}
    next_at = time.monotonic()
    for message in messages:
        time.sleep(max(0.0, next_at - time.monotonic()))
        next_at += 1 / PER_SECOND
        produced[message.key.decode()] = time.time()
        writer.produce(topic.name, message.value, message.key, message.partition)
        writer.poll(0)
    writer.flush(traffic.FLUSH_SECONDS)
    return produced


CASE = Case(
    name="freshness",
    title="Freshness: from the producer to the committed row",
    how=(
        f"{PER_SECOND} messages a second for {MESSAGES // PER_SECOND} s, {WORKERS} worker processes. From the moment "
        "before the producer's call until the commit, as PostgreSQL noted it (`track_commit_timestamp`)."
    ),
    figures={P50: "ms", P99: "ms"},
    opened=_opened,
    goals=(
        Goal(P50, "shop", "usual bridge", "at most", 1),
        Goal(P99, "shop", "usual bridge", "at most", 0.5),
    ),
)
