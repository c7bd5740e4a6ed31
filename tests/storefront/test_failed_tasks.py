"""What a developer reads in Flower of a task that failed, by what Celery's events say of it."""

from types import SimpleNamespace

import pytest
from celery.exceptions import Retry
from celery.utils.saferepr import saferepr

from storefront.failed_tasks import REPLAY_AGAIN, SETTLED, TRIED_AGAIN, TRIED_CAREFULLY, make_readable
from storefront.stock.failures import Overwhelmed, WorldBroken
from storefront.stock.message import BadMessage
from storefront.stock.rules import UnknownProduct

REPLAY = "replay-3-0123456789ab"
AWAY = WorldBroken('the database can\'t take it now: connection to "db" refused')


@pytest.mark.parametrize(
    ("error", "state", "task_id", "said", "page"),
    [
        (BadMessage("it's bad"), "FAILURE", "stock-1-7", "it's bad", "letters?name=stock-1-7"),
        (UnknownProduct("no product"), "FAILURE", "stock-1-7", "no product", "unknown"),
        (AWAY, "FAILURE", "stock-1-7", f"{AWAY}; {SETTLED}", None),
        (Retry(exc=AWAY, when=6), "RETRY", "stock-1-7", f"{AWAY}; {TRIED_AGAIN}", None),
        (Retry(exc=AWAY, when=6), "RECEIVED", "stock-1-7", f"{AWAY}; {TRIED_AGAIN}", None),
        (Retry(exc=AWAY, when=6), "SUCCESS", "stock-1-7", str(AWAY), None),
        (AWAY, "FAILURE", REPLAY, f"{AWAY}; {REPLAY_AGAIN}", f"letters?name={REPLAY}"),
        (Overwhelmed("it takes long"), "FAILURE", "stock-1-7", f"it takes long; {TRIED_CAREFULLY}", None),
    ],
)
def test_it_is_a_sentence_that_says_how_it_goes_on(
    error: Exception, state: str, task_id: str, said: str, page: str | None
) -> None:
    task = SimpleNamespace(exception=saferepr(error), state=state, uuid=task_id, result=None)
    make_readable(task, "http://shop.example/ops/")
    assert task.exception == said
    assert task.result == (page and f"http://shop.example/ops/{page}")


@pytest.mark.parametrize("exception", [None, "KeyError('code')"])
def test_what_nobody_foresaw_stays_as_it_is(exception: str | None) -> None:
    task = SimpleNamespace(exception=exception, state="FAILURE", uuid="stock-1-7", result=None)
    make_readable(task, "http://shop.example/ops")
    assert (task.exception, task.result) == (exception, None)
