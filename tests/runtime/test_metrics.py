import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.request import urlopen
from wsgiref.simple_server import WSGIServer

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from devservices.processes import free_port
from runtime import metrics
from runtime.metrics import Metric
from runtime.settings import MetricsSettings

LISTED = [metric for metric in vars(metrics).values() if isinstance(metric, Metric)]

EXAMPLE = Metric("storefront_example_total", "counter", "An example.", ("outcome",))


@contextmanager
def served(registry: CollectorRegistry, port: int) -> Iterator[WSGIServer]:
    server = metrics.serve(MetricsSettings(metrics_port=port), registry)
    assert server
    with closing(server.socket):
        yield server
        server.shutdown()


def test_names_keep_to_the_conventions() -> None:
    assert len({metric.name for metric in LISTED}) == len(LISTED) > 15
    for metric in LISTED:
        assert re.fullmatch(r"storefront_(bridge|worker|web)_[a-z_]+", metric.name)
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert (metric.kind == "histogram") == bool(metric.buckets)
        assert not re.search(r"_(ms|milliseconds|minutes|mb|kb|megabytes|count|sum|bucket)$", metric.name)
        assert metric.meaning.endswith(".")


def test_a_histogram_is_in_seconds_with_bounds_that_rise() -> None:
    for metric in LISTED:
        if metric.kind == "histogram":
            assert metric.name.endswith("_seconds")
            assert list(metric.buckets) == sorted(set(metric.buckets))


def test_what_is_counted_is_served() -> None:
    registry = CollectorRegistry()
    metrics.counter(EXAMPLE, registry).labels("good").inc(3)
    port = free_port()
    with served(registry, port), urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        [family] = text_string_to_metric_families(answer.read().decode())
    assert (family.type, family.documentation) == ("counter", "An example.")
    assert [(sample.name, sample.labels, sample.value) for sample in family.samples] == [
        ("storefront_example_total", {"outcome": "good"}, 3)
    ]


def test_nothing_listens_without_a_port() -> None:
    assert metrics.serve(MetricsSettings(), CollectorRegistry()) is None


def test_a_port_that_is_taken_ends_the_start_with_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    with served(CollectorRegistry(), port), pytest.raises(SystemExit) as ended:
        metrics.serve(MetricsSettings(metrics_port=port), CollectorRegistry())
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        f"METRICS_PORT is {port} and METRICS_HOST is '127.0.0.1', which can't be listened on: Address already in use; "
        "expected a port that nobody else has, on an address of this machine. Example: METRICS_PORT=9464\n"
    )


@pytest.mark.parametrize("host", ["nowhere.invalid", ".."])
def test_a_host_that_is_not_here_ends_the_start_with_one_sentence(
    capsys: pytest.CaptureFixture[str], host: str
) -> None:
    with pytest.raises(SystemExit):
        metrics.serve(MetricsSettings(metrics_port=free_port(), metrics_host=host), CollectorRegistry())
    said = capsys.readouterr().err
    assert f"METRICS_HOST is '{host}', which can't be listened on: " in said
    assert said.count("\n") == 1
