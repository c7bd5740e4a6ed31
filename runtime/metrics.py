"""Every metric of the product, by Prometheus's naming conventions, and how a process serves its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from runtime.settings import MetricsSettings, give_up


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as Prometheus knows it; `buckets` are a histogram's upper bounds."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


# The bridge. A partition's gauges are there while this bridge reads it.

MESSAGES_READ = Metric("storefront_bridge_messages_read_total", "counter", "Messages read from Kafka.")
TASKS_ENQUEUED = Metric("storefront_bridge_tasks_enqueued_total", "counter", "Tasks of one message that Redis took.")
MESSAGES_SETTLED = Metric(
    "storefront_bridge_messages_settled_total", "counter", "Messages that a settle has answered for."
)
MESSAGES_REPAIRED = Metric(
    "storefront_bridge_messages_repaired_total",
    "counter",
    "Counts that a settle had to apply: their own tasks were lost, failed, or came later.",
)
MESSAGES_BAD = Metric("storefront_bridge_messages_bad_total", "counter", "Messages that a settle found to be bad.")
SETTLES_SENT_AGAIN = Metric(
    "storefront_bridge_settles_sent_again_total", "counter", "Settles sent once more, since no good answer came."
)
PARTITIONS = Metric("storefront_bridge_partitions", "gauge", "Partitions that this bridge reads.")
BACKLOG_LANE = Metric(
    "storefront_bridge_backlog_lane",
    "gauge",
    "1 while the bridge is more than BRIDGE_BACKLOG_THRESHOLD behind and sends settles alone; else 0.",
)
WAITING = Metric(
    "storefront_bridge_waiting",
    "gauge",
    "1 while the bridge waits for Kafka, Redis, partitions to read, workers that settle, or a start with a higher "
    "limit of bad messages; else 0.",
    ("what",),
)

_PARTITION = ("topic", "partition")

OPEN_CHUNKS = Metric("storefront_bridge_open_chunks", "gauge", "Chunks that no settle has answered for.", _PARTITION)
OPEN_MESSAGES = Metric(
    "storefront_bridge_open_messages", "gauge", "Messages read that no settle has answered for.", _PARTITION
)
OPEN_BYTES = Metric("storefront_bridge_open_bytes", "gauge", "What those messages weigh.", _PARTITION)
UNANSWERED_SECONDS = Metric(
    "storefront_bridge_unanswered_seconds",
    "gauge",
    "Age of the oldest question, settle or place, that no worker has answered well; 0 where none is open.",
    _PARTITION,
)
BEHIND_MESSAGES = Metric(
    "storefront_bridge_behind_messages", "gauge", "How far the shop is behind the log's end.", _PARTITION
)
BEHIND_SECONDS = Metric(
    "storefront_bridge_behind_seconds",
    "gauge",
    "Age of the oldest message that the shop hasn't dealt with, by the broker's clock; 0 where there is none.",
    _PARTITION,
)
PLACE_OFFSET = Metric(
    "storefront_bridge_place_offset", "gauge", "The offset before which all is dealt with.", _PARTITION
)
LOG_BEGIN_OFFSET = Metric(
    "storefront_bridge_log_begin_offset", "gauge", "The first offset that the log still has.", _PARTITION
)
LOG_END_OFFSET = Metric(
    "storefront_bridge_log_end_offset", "gauge", "The offset that the log's next message gets.", _PARTITION
)

# A worker.

TASKS = Metric(
    "storefront_worker_tasks_total",
    "counter",
    "Tasks run. Of update_inventory: applied, stale, unknown_product, discarded, bad, retried or failed; of others: "
    "succeeded or failed.",
    ("task", "outcome"),
)
TASK_SECONDS = Metric(
    "storefront_worker_task_duration_seconds",
    "histogram",
    "From a task's start until its answer is stored.",
    ("task",),
    (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25),
)

# The web.

REQUEST_SECONDS = Metric(
    "storefront_web_request_duration_seconds",
    "histogram",
    "From a request's arrival in the application until its response is made; route none: no page has such an address.",
    ("route", "method", "status"),
    (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


def counter(metric: Metric, registry: CollectorRegistry | None) -> Counter:
    """Return a counter that the program counts with."""
    return Counter(metric.name, metric.meaning, metric.labels, registry=registry)


def histogram(metric: Metric, registry: CollectorRegistry | None) -> Histogram:
    """Return a histogram that the program enters durations into."""
    return Histogram(metric.name, metric.meaning, metric.labels, buckets=metric.buckets, registry=registry)


def family(metric: Metric, samples: Iterable[tuple[Sequence[str], float]]) -> CounterMetricFamily | GaugeMetricFamily:
    """Return a counter or gauge as a collector gives it: its values, each behind the values of its labels."""
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    made = kind(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in samples:
        made.add_metric(labels, value)
    return made


def serve(settings: MetricsSettings, collector: Collector) -> WSGIServer | None:
    """Serve what `collector` gives on METRICS_HOST:METRICS_PORT, from a thread; nothing where the port is 0.

    Ends the process with one sentence where that address can't be had.
    """
    host, port = settings.metrics_host, settings.metrics_port
    if not port:
        return None
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, that no rule asks for
    registry = CollectorRegistry()
    registry.register(collector)
    try:
        server, _ = start_http_server(port, host, registry)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        give_up(
            f"METRICS_PORT is {port} and METRICS_HOST is {host!r}, which can't be listened on: {reason}; expected "
            "a port that nobody else has, on an address of this machine. Example: METRICS_PORT=9464"
        )
    return server
