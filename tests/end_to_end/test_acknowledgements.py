"""What a worker takes off the queue at a time, and what Redis remembers of it."""

import os

import pytest
import redis

from runtime.names import QUEUE
from storefront.queue import make_celery
from storefront.tasks import LoggedTask
from tests.end_to_end.conftest import Shop, eventually

pytestmark = pytest.mark.slow

TASKS = 60


@pytest.mark.parametrize(
    ("pool", "taken", "remembered"), [("solo", range(1, 2), range(1)), ("prefork", range(2, 20), range(2, 20))]
)
def test_a_worker_takes_what_it_can_do_soon_and_leaves_the_rest_to_others(
    whole_shop: Shop, pool: str, taken: range, remembered: range
) -> None:
    celery = make_celery(whole_shop.app, LoggedTask)
    for _ in range(TASKS):
        celery.send_task("tests.nap", (600,), queue=QUEUE)
    whole_shop.start("worker", options=["--include", "tests.end_to_end.slow_tasks", "-P", pool, "-c", "1"])
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        eventually(lambda: TASKS - int(client.llen(QUEUE)) in taken)
        eventually(lambda: int(client.hlen("unacked")) in remembered)


def test_a_solo_worker_keeps_nothing_of_what_it_has_done(whole_shop: Shop) -> None:
    celery = make_celery(whole_shop.app, LoggedTask)
    whole_shop.start("worker", options=["--include", "tests.end_to_end.slow_tasks", "-P", "solo"])
    for _ in range(TASKS):
        celery.send_task("tests.nap", (0,), queue=QUEUE)
    assert celery.send_task("tests.count_acknowledged", queue=QUEUE).get(timeout=40) == 0
