"""Tasks counted as a worker counts them, on a real database; processes and ports are in the end-to-end tests."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from celery.signals import task_postrun, task_prerun
from flask import Flask
from prometheus_client import CollectorRegistry

from runtime.settings import MetricsSettings
from storefront import create_app, queue, task_metrics
from storefront.database import db
from storefront.models import Product
from storefront.task_metrics import OUTCOMES, TaskMetrics
from storefront.tasks import LoggedTask

FEED = {"topic": "stock", "partition": 1, "source": "topic-id-1"}
UPDATE, SETTLE = "storefront.update_inventory", "storefront.settle_updates"


@pytest.fixture
def registry() -> Iterator[CollectorRegistry]:
    made = CollectorRegistry()
    counting = TaskMetrics(made)
    counting.connect()
    yield made
    task_prerun.disconnect(counting._begin)
    task_postrun.disconnect(counting._enter)


@pytest.fixture
def celery(app: Flask) -> Celery:
    with app.app_context():
        db.session.add(Product(code="ABCD1234", name="Walnut Chair", price="47.53"))
        db.session.commit()
    return queue.make_celery(app, LoggedTask)


def record(value: str, offset: int = 0) -> dict[str, Any]:
    return {"offset": offset, "leader_epoch": 0, "broker_time": 1, "value": value}


def update(code: str, count: int) -> str:
    return json.dumps({"product_code": code, "inventory_count": count})


def run(celery: Celery, value: str, offset: int = 0) -> None:
    celery.tasks[UPDATE].apply(kwargs={"feed": FEED, "record": record(value, offset)}, task_id=f"stock-1-{offset}")


def outcomes(registry: CollectorRegistry, task: str = UPDATE) -> dict[str, float]:
    """How often each outcome of `task` was seen, without those that never were."""
    return {
        sample.labels["outcome"]: sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "storefront_worker_tasks_total" and sample.labels["task"] == task and sample.value
    }


def test_an_update_is_counted_by_what_became_of_it(celery: Celery, registry: CollectorRegistry) -> None:
    run(celery, update("ABCD1234", 23), offset=5)
    run(celery, update("ABCD1234", 7), offset=4)
    run(celery, update("NO-SUCH-CODE", 3))
    run(celery, update("ABCD1234", -1))
    run(celery, "not JSON")
    assert outcomes(registry) == {"applied": 1, "stale": 1, "unknown_product": 1, "bad": 2}


def test_an_unknown_product_is_counted_also_where_it_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, shop_environment: dict[str, str], registry: CollectorRegistry
) -> None:
    assert shop_environment
    monkeypatch.setenv("UNKNOWN_PRODUCTS", "keep")
    app = create_app()
    run(queue.make_celery(app, LoggedTask), update("NO-SUCH-CODE", 3))
    with app.app_context():
        db.engine.dispose()
    assert outcomes(registry) == {"unknown_product": 1}


def test_a_database_that_is_away_is_counted_as_tries_and_a_failure(
    monkeypatch: pytest.MonkeyPatch, shop_environment: dict[str, str], registry: CollectorRegistry
) -> None:
    assert shop_environment
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop@127.0.0.1:1/shop")
    celery = queue.make_celery(create_app(), LoggedTask)
    run(celery, update("ABCD1234", 23))
    assert outcomes(registry) == {"retried": celery.tasks[UPDATE].max_retries, "failed": 1}
    celery.tasks[SETTLE].apply(kwargs={"feed": FEED, "records": []})
    assert outcomes(registry, SETTLE) == {"failed": 1}


def test_settles_are_counted_and_every_task_is_timed(celery: Celery, registry: CollectorRegistry) -> None:
    celery.tasks[SETTLE].apply(kwargs={"feed": FEED, "records": [record(update("ABCD1234", 1))]})
    assert outcomes(registry, SETTLE) == {"succeeded": 1}
    seconds = "storefront_worker_task_duration_seconds"
    assert registry.get_sample_value(f"{seconds}_count", {"task": SETTLE}) == 1
    assert (registry.get_sample_value(f"{seconds}_sum", {"task": SETTLE}) or 0) > 0
    assert registry.get_sample_value(f"{seconds}_count", {"task": UPDATE}) == 0


def test_a_worker_without_work_shows_all_its_tasks_at_0(celery: Celery, registry: CollectorRegistry) -> None:
    shown = {
        (sample.labels["task"], sample.labels["outcome"])
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "storefront_worker_tasks_total"
    }
    assert shown == {(task, outcome) for task, known in OUTCOMES.items() for outcome in known}
    assert set(OUTCOMES) == {name for name in celery.tasks if name.startswith("storefront.")}


def test_nothing_is_counted_without_a_port() -> None:
    before = [*task_prerun.receivers, *task_postrun.receivers]
    task_metrics.start(MetricsSettings(), "solo")
    assert [*task_prerun.receivers, *task_postrun.receivers] == before
