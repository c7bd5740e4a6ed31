"""A worker in this process: its tasks meet what a test puts into the shop's modules."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from celery.contrib.testing import worker
from flask import Flask

from storefront.queue import make_celery
from storefront.tasks import LoggedTask

Working = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def working(app: Flask) -> Working:
    """Let a worker run while a test is inside `with working():`."""
    celery = make_celery(app, LoggedTask)

    @contextmanager
    def run() -> Iterator[None]:
        with worker.start_worker(celery, pool="solo", perform_ping_check=False, loglevel="error"):
            yield

    return run
