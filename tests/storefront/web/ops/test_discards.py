"""Closing letters without applying them, from the page."""

import re

import pytest

from storefront.web.ops import letters
from tests.storefront.web.ops.conftest import Developer


def test_one_is_discarded_with_a_reason_and_who_did_it(developer: Developer) -> None:
    developer.bury(7)
    seen_on = "/ops/letters/1"
    done = developer.post("/ops/letters/1/discard", seen_on=seen_on, because="their test\x00 message")
    assert (done.status_code, done.location) == (302, seen_on)
    assert "Dead letter 1 is discarded" in developer.get(seen_on)
    assert developer.query("SELECT state, because, closed_by FROM dead_letters") == [
        ("discarded", r"their test\x00 message", "dev")
    ]
    developer.post("/ops/letters/1/discard", seen_on=seen_on, because="again")
    assert "was not open; nothing was changed" in developer.get(seen_on)


def test_without_a_reason_nothing_is_discarded(developer: Developer) -> None:
    developer.bury(7)
    developer.post("/ops/letters/1/discard", seen_on="/ops/letters/1", because=" ")
    page = developer.get("/ops/letters/1")
    field = page.partition('class="fields"')[2]
    assert '<p class="alarm" role="alert" id="because-refused">Nothing was discarded: say why' in field
    assert 'aria-describedby="because-refused"' in field
    developer.post("/ops/letters/discard", seen_on="/ops/letters", state="open")
    assert "say why" in developer.get("/ops/letters").partition('id="all"')[2]
    assert developer.query("SELECT state FROM dead_letters") == [("open",)]


def test_all_that_match_are_discarded_only_where_a_box_is_ticked(developer: Developer) -> None:
    developer.bury(7)
    done = developer.post("/ops/letters/discard", seen_on="/ops/letters", because="a test")
    assert done.location.endswith("#because")
    page = developer.get("/ops/letters")
    assert "tick the box before the button" in page
    assert 'name="because" size="30" maxlength="500" value="a test"' in page
    assert developer.query("SELECT state FROM dead_letters") == [("open",)]


def test_all_that_match_are_discarded_and_none_that_came_later(developer: Developer) -> None:
    for offset in range(3):
        developer.bury(offset)
    developer.bury(3, reason="it killed its worker 3 times")
    page = developer.get("/ops/letters?reason=not+JSON")
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.partition('id="all"')[2]))
    developer.bury(4)
    done = developer.client.post("/ops/letters/discard", data={**fields, "because": "a test", "sure": "yes"})
    assert done.status_code == 302
    assert "3 discarded." in developer.get(done.location)
    assert developer.query("SELECT state FROM dead_letters ORDER BY id") == [
        *[("discarded",)] * 3,
        ("open",),
        ("open",),
    ]


def test_one_request_discards_a_bounded_number_and_says_so(
    developer: Developer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "MOST_DISCARDED", 2)
    for offset in range(3):
        developer.bury(offset)
    done = developer.post("/ops/letters/discard", seen_on="/ops/letters", sure="yes", because="a test")
    assert "2 discarded. That is as many as one request takes" in developer.get(done.location)


def test_closed_letters_dont_keep_one_request_from_the_open_ones(
    developer: Developer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "MOST_DISCARDED", 2)
    for offset, state in enumerate(["discarded", "replayed", "open"]):
        developer.bury(offset, state=state)
    for state, number in (("replayed", 0), ("all", 1)):
        done = developer.post("/ops/letters/discard", seen_on="/ops/letters", sure="yes", because="a test", state=state)
        assert f"{number} discarded.</" in " ".join(developer.get(done.location).split())
    assert [state for (state,) in developer.query("SELECT state FROM dead_letters ORDER BY id")][2] == "discarded"
