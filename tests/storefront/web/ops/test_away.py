"""What a developer is told where the database is busy, or goes away while a form is dealt with."""

import re

import psycopg
import pytest
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled
from sqlalchemy.exc import OperationalError

from storefront import dead_letters, replay_runs
from tests.storefront.web.ops.conftest import Developer


def button(page: str) -> str:
    """The address that the page's one button leads to."""
    found = re.findall(r'class="button" href="([^"]*)"', page)
    assert len(found) == 1, page
    return str(found[0])


def test_a_form_that_meets_a_lock_is_told_so_and_led_to_a_page_that_is_there(
    developer: Developer, database_url: str
) -> None:
    developer.bury(7)
    token = developer.token("/ops/letters/1")
    with psycopg.connect(database_url) as other:
        other.execute("SELECT FROM dead_letters FOR UPDATE")
        done = developer.client.post("/ops/letters/1/discard", data={"csrf_token": token, "because": "junk"})
    assert done.status_code == 503
    assert "The database is busy" in done.text
    assert "lock timeout" in done.text
    assert "Bring PostgreSQL back" not in done.text
    assert "look before you send it again" in done.text
    assert "Stock operations" in developer.get(button(done.text))


@pytest.mark.parametrize("error", [LockNotAvailable, DeadlockDetected, QueryCanceled])
def test_a_page_that_meets_a_busy_database_is_to_be_tried_again(
    developer: Developer, monkeypatch: pytest.MonkeyPatch, error: type[psycopg.Error]
) -> None:
    def wait(*_: object) -> None:
        raise OperationalError("SELECT", {}, error("it waits"))

    monkeypatch.setattr(replay_runs, "newest", wait)
    response = developer.client.get("/ops/replays")
    assert response.status_code == 503
    assert "The database is busy" in response.text
    assert "Part of what you sent" not in response.text
    assert button(response.text) == ""


def test_a_form_whose_database_goes_away_may_be_done_in_part(
    developer: Developer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object, **__: object) -> None:
        raise OperationalError("UPDATE", {}, psycopg.OperationalError("server closed the connection"))

    developer.bury(7)
    monkeypatch.setattr(dead_letters, "discard", lose)
    done = developer.post("/ops/letters/1/discard", seen_on="/ops/letters/1", because="junk")
    assert done.status_code == 503
    assert "Bring PostgreSQL back" in done.text
    assert "look before you send it again" in done.text
    assert button(done.text) == "/ops"
