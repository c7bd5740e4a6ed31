import pickle
import traceback
from typing import Any
from uuid import uuid4

import pytest
from billiard.einfo import ExceptionInfo, Traceback
from celery import Celery
from flask import Flask

from storefront import queue
from storefront.tasks import LoggedTask
from storefront.tracebacks import PlainCode, copy_plainly


@pytest.fixture
def celery(app: Flask) -> Celery:
    return queue.make_celery(app, LoggedTask)


def failed(celery: Celery, error: Exception, cause: Exception | None = None) -> str:
    """Return the traceback that Flower shows of a task that foresees a ValueError."""

    def find_it() -> None:
        raise error from cause

    task = celery.task(name=f"tests.find_it_{uuid4()}", throws=(ValueError,))(find_it)
    return str(task.apply().traceback)


def test_a_failure_that_was_foreseen_comes_without_where_it_was_raised(celery: Celery) -> None:
    shown = failed(celery, ValueError("the count is -1"))
    assert "the count is -1" in shown
    assert "find_it" not in shown


def test_an_error_behind_a_foreseen_failure_is_shown_with_where_it_was_raised(celery: Celery) -> None:
    shown = failed(celery, ValueError("our own code fails"), KeyError("a bug"))
    assert "KeyError: 'a bug'" in shown
    assert "find_it" in shown


def test_a_failure_that_nobody_foresaw_is_shown_with_where_it_was_raised(celery: Celery) -> None:
    assert "find_it" in failed(celery, KeyError("a bug"))


@pytest.fixture
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Traceback.Frame, "Code", Traceback.Frame.Code)  # to be put back
    copy_plainly()


def information() -> Any:
    try:
        int("a")
    except ValueError:
        return ExceptionInfo()


@pytest.mark.usefixtures("_plain")
def test_a_plain_copy_of_a_traceback_prints_as_the_traceback_does() -> None:
    tb = information().tb
    assert tb.tb_frame.f_code.co_name == "information"
    sent_by_a_child = pickle.loads(pickle.dumps(tb))  # noqa: S301  (our own)
    for copied in (tb, sent_by_a_child):
        assert copied.tb_frame.f_code.__reduce__()[1] == (PlainCode,)
        assert ', in information\n    int("a")\n' in traceback.format_tb(copied)[0]
