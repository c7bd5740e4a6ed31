"""The alert rules name metrics that exist, and whoever is called finds what to do."""

import re
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from runtime import metrics
from runtime.metrics import Metric

ROOT = Path(__file__).parents[1]
DIRECTORY = ROOT / "deploy" / "prometheus"
DOCS = ROOT / "docs" / "alerts.md"

LISTED = [metric for metric in vars(metrics).values() if isinstance(metric, Metric)]
SERIES = {
    name: metric
    for metric in LISTED
    for name in (
        [f"{metric.name}_{part}" for part in ("bucket", "count", "sum")]
        if metric.kind == "histogram"
        else [metric.name]
    )
}


def read(name: str) -> Any:
    return yaml.safe_load((DIRECTORY / name).read_text())


ALERTS: list[dict[str, Any]] = [rule for group in read("alerts.yml")["groups"] for rule in group["rules"]]


def metrics_in(text: str) -> set[str]:
    return set(re.findall(r"\bstorefront_\w+", text))


@pytest.fixture(params=ALERTS, ids=lambda rule: str(rule["alert"]))
def alert(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(request.param)


def test_it_asks_for_metrics_and_labels_that_are_listed(alert: dict[str, Any]) -> None:
    assert metrics_in(alert["expr"])
    assert metrics_in(alert["expr"]) <= set(SERIES)
    for name, matchers in re.findall(r"(storefront_\w+)\{([^}]*)\}", alert["expr"]):
        assert set(re.findall(r"(\w+)\s*[=!]~?", matchers)) <= set(SERIES[name].labels)


def test_its_expression_is_promql(alert: dict[str, Any]) -> None:
    promql_parser.parse(alert["expr"])
    with pytest.raises(ValueError, match="parenthesis"):
        promql_parser.parse(f"({alert['expr']}")


@pytest.mark.parametrize("expression", re.findall(r"^\| [^|]+\? .*$", DOCS.read_text(), re.MULTILINE))
def test_what_to_have_on_a_screen_is_promql(expression: str) -> None:
    for query in re.findall(r"`([^`]*\(.*?\))`", expression):
        promql_parser.parse(query)


def test_it_says_what_it_is_and_where_to_read_on(alert: dict[str, Any]) -> None:
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert re.fullmatch(r"\d+m", alert["for"])
    file, _, anchor = alert["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^## (\w+)$\n\n\w", (ROOT / file).read_text(), re.MULTILINE)
    assert alert["alert"] in headings
    assert anchor == alert["alert"].lower()


def test_it_has_a_test_in_which_it_fires(alert: dict[str, Any]) -> None:
    cases = [case for test in read("alerts_test.yml")["tests"] for case in test.get("alert_rule_test", [])]
    assert any(case["exp_alerts"] for case in cases if case["alertname"] == alert["alert"])


def test_no_paragraph_is_left_over() -> None:
    headings = set(re.findall(r"^## (Storefront\w+)$", DOCS.read_text(), re.MULTILINE))
    assert headings == {alert["alert"] for alert in ALERTS}


@pytest.mark.parametrize("file", [DOCS, DIRECTORY / "alerts_test.yml"], ids=lambda file: str(file.name))
def test_every_metric_that_is_named_elsewhere_is_listed(file: Path) -> None:
    assert metrics_in(file.read_text()) <= set(SERIES)


def test_the_example_finds_every_container_of_a_service_under_compose() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    text = (DIRECTORY / "prometheus.yml").read_text()
    under_compose = yaml.safe_load(re.sub(r"    static_configs:\n.*\n    # (.*)\n    # (.*)", r"    \1\n    \2", text))
    for job in under_compose["scrape_configs"]:
        [found] = job["dns_sd_configs"]
        [name] = found["names"]
        assert job["job_name"] == f"storefront-{name}"
        assert found["port"] == services[name]["environment"]["METRICS_PORT"]


def test_the_example_configuration_reads_the_rules() -> None:
    configured = read("prometheus.yml")
    assert [DIRECTORY / name for name in configured["rule_files"]] == [DIRECTORY / "alerts.yml"]
    assert {job["job_name"] for job in configured["scrape_configs"]} == {
        "storefront-bridge",
        "storefront-worker",
        "storefront-web",
    }
