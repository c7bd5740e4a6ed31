"""The tasks as the bridge sends them, run in this process on a real database."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import Celery
from flask import Flask

from bridge.envelope import Feed
from bridge.partition import Partition
from bridge.publisher import Task
from bridge.request import Traffic
from runtime.names import QUEUE
from storefront import create_app, queue
from storefront.database import db
from storefront.models import Product
from storefront.stock.failures import WorldBroken
from storefront.stock.message import BadMessage
from storefront.stock.rules import UnknownProduct
from storefront.tasks import LoggedTask
from tests.bridge.records import records

FEED = {"topic": "stock", "partition": 1, "source": "topic-id-1"}


@pytest.fixture
def celery(app: Flask) -> Celery:
    return queue.make_celery(app, LoggedTask)


@pytest.fixture
def make_worker(shop_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Celery]]:
    """A worker with other settings than the tests'."""
    apps: list[Flask] = []

    def make(**environment: str) -> Celery:
        for name, value in (shop_environment | environment).items():
            monkeypatch.setenv(name, value)
        apps.append(create_app())
        return queue.make_celery(apps[-1], LoggedTask)

    yield make
    for app in apps:
        with app.app_context():
            db.engine.dispose()


def add_product(app: Flask, *, active: bool = True) -> None:
    with app.app_context():
        db.session.add(Product(code="ABCD1234", name="Walnut Chair", price="47.53", active=active))
        db.session.commit()


def record(value: str, offset: int = 0) -> dict[str, Any]:
    return {"offset": offset, "leader_epoch": 0, "broker_time": 1, "value": value}


def tasks_of_the_bridge() -> list[Task]:
    """One of each kind that the bridge sends."""
    partition = Partition(Feed(**FEED), chunk_messages=1)  # type: ignore[arg-type]
    [(_, find)] = partition.due(Traffic(0, queue_empty=True, last_answered_at=0))
    partition.hear_place({"next_offset": None, "moved": False}, 0)
    partition.begin(0)
    singles = map(partition.single, partition.take(records(0, 1), 0))
    due = [task for _, task in partition.due(Traffic(10, queue_empty=True, last_answered_at=0))]
    return [find, *singles, *due]


@pytest.mark.usefixtures("app")
def test_what_the_bridge_sends_is_what_the_workers_know(celery: Celery) -> None:
    names = set()
    for task in tasks_of_the_bridge():
        result = celery.tasks[task.name].apply(kwargs=task.arguments, task_id=task.id)
        names.add(task.name)
        assert result.failed() == (task.name == "storefront.update_inventory"), result.result  # no such product
    assert names == {name for name in celery.tasks if name.startswith("storefront.")}
    assert celery.conf.task_default_queue == QUEUE


def run(celery: Celery, value: str, offset: int = 0) -> Any:
    return celery.tasks["storefront.update_inventory"].apply(
        kwargs={"feed": FEED, "record": record(value, offset)}, task_id=f"stock-1-{offset}"
    )


def test_a_good_message_is_applied_and_said_so(celery: Celery, caplog: pytest.LogCaptureFixture, app: Flask) -> None:
    add_product(app)
    caplog.set_level(logging.INFO)
    result = run(celery, '{"product_code": "ABCD1234", "inventory_count": 23}')
    assert result.get() == "applied: ABCD1234 → 23"
    [line] = [line for line in caplog.records if line.name == "storefront.tasks"]
    assert line.getMessage() == "stock-1-0 applied: ABCD1234 → 23"
    assert vars(line)["task_id"] == "stock-1-0"


def test_a_stale_message_is_a_success(celery: Celery, app: Flask) -> None:
    add_product(app)
    run(celery, '{"product_code": "ABCD1234", "inventory_count": 23}', offset=5)
    result = run(celery, '{"product_code": "ABCD1234", "inventory_count": 7}', offset=4)
    assert result.get() == "stale: ABCD1234 → 7, this or a newer count is there"


def test_an_inactive_product_is_counted_and_said_so(celery: Celery, app: Flask) -> None:
    add_product(app, active=False)
    result = run(celery, '{"product_code": "ABCD1234", "inventory_count": 23}')
    assert result.get() == "applied: ABCD1234 → 23, the product is inactive"


def test_an_unknown_product_fails_with_a_sentence_stale_or_not(celery: Celery) -> None:
    for offset in (5, 4):
        result = run(celery, '{"product_code": "NO-SUCH-CODE", "inventory_count": 3}', offset)
        assert isinstance(result.result, UnknownProduct)
        assert str(result.result) == "no product has code 'NO-SUCH-CODE'; its count 3 is kept"


def test_unknown_products_can_be_kept_without_a_failure(make_worker: Callable[..., Celery]) -> None:
    result = run(make_worker(UNKNOWN_PRODUCTS="keep"), '{"product_code": "NO-SUCH-CODE", "inventory_count": 3}')
    assert result.get() == "no product has code 'NO-SUCH-CODE'; its count 3 is kept"


def test_a_bad_message_fails_at_once_with_one_sentence_and_no_traceback_in_the_log(
    celery: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    result = run(celery, '{"product_code": "ABCD1234", "inventory_count": -1}')
    assert isinstance(result.result, BadMessage)
    [line] = [line for line in caplog.records if line.name == "storefront.tasks"]
    assert line.getMessage().startswith("stock-1-0 failed: inventory_count is -1; expected a whole number")
    assert line.exc_info is None


def test_a_database_that_is_away_is_tried_again_and_then_given_up(
    make_worker: Callable[..., Celery], monkeypatch: pytest.MonkeyPatch
) -> None:
    celery = make_worker(DATABASE_URL="postgresql://shop@127.0.0.1:1/shop")
    task = celery.tasks["storefront.update_inventory"]
    tries: list[str] = []
    monkeypatch.setattr(type(task), "on_retry", lambda _task, error, *_: tries.append(str(error)))
    result = run(celery, '{"product_code": "ABCD1234", "inventory_count": 23}')
    assert isinstance(result.result, WorldBroken)
    assert len(tries) == task.max_retries
    assert tries[0].startswith("the database can't take it now")


@pytest.mark.parametrize(
    ("name", "arguments"), [("settle_updates", {"records": []}), ("record_place", {})], ids=["settle", "place"]
)
def test_a_settle_or_place_that_can_not_be_done_now_says_so_and_is_not_red(
    make_worker: Callable[..., Celery], name: str, arguments: dict[str, Any]
) -> None:
    celery = make_worker(DATABASE_URL="postgresql://shop@127.0.0.1:1/shop")
    result = celery.tasks[f"storefront.{name}"].apply(kwargs={"feed": FEED, **arguments})
    assert result.successful()
    assert result.get()["not_now"].startswith("the database can't take it now")


@pytest.mark.usefixtures("app")
def test_a_bridge_of_the_version_before_is_told_to_wait_and_can_read_each_answer(celery: Celery) -> None:
    def ask(name: str, **arguments: Any) -> dict[str, Any]:
        answer: dict[str, Any] = celery.tasks[f"storefront.{name}"].apply(kwargs={"feed": FEED, **arguments}).get()
        return answer

    settles = {ask("settle_updates", records=[record("1", offset)])["settles"] for offset in (0, 1)}
    assert len(settles) == 2
    assert ask("record_place")["settles"] == 0
    move = {"known": None, "next_offset": 2, "settles": max(settles), "dealt_until": 1, "end_offset": 2}
    assert ask("record_place", move=move)["not_now"].startswith("the bridge is of an older version")
    assert ask("record_place")["next_offset"] is None
