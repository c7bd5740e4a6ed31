import re
import time
from datetime import UTC, datetime

import pytest

from storefront import create_app
from storefront.web.ops.kinds import Kind, grouped, piece_of
from storefront.web.ops.shown import duration, plain
from tests.storefront.web.conftest import NOBODY_LISTENS
from tests.storefront.web.ops.conftest import Developer


def report(developer: Developer, partition: int = 0, source: str = "id", **columns: object) -> None:
    """Write what a bridge reported: `columns` instead of a place with nothing behind, `seconds_ago` when."""
    values = {"end_offset": 100, "dealt_until": 0, "stopped_at": None, "seconds_ago": 0, **columns}
    developer.query(
        "INSERT INTO feed_positions"
        " (source, topic, partition, next_offset, end_offset, dealt_until, stopped_at, reported_at)"
        " VALUES (%s, 'updates', %s, 100, %s, %s, %s, now() - make_interval(secs => %s))",
        f"{source}-{partition}",
        partition,
        *values.values(),
    )


def test_it_says_by_partition_how_far_the_shop_is_behind_and_since_when_that_is_known(developer: Developer) -> None:
    report(developer, 0)
    report(developer, 1, end_offset=1_334, dealt_until=int((time.time() - 300) * 1_000))
    report(developer, 2, end_offset=None)
    page = " ".join(developer.get("/ops").split())
    for row in ("0</th> <td>0</td> <td>now<", "1</th> <td>1,234</td> <td>5 min ago<", "2</th> <td>not known yet<"):
        assert row in page
    assert page.count(f"{datetime.now(UTC):%Y-%m-%d %H:}") >= 3
    assert "stand still" not in page
    assert 'role="alert"' not in page


def test_what_has_not_reported_for_long_is_said(developer: Developer) -> None:
    report(developer, 3, seconds_ago=60)
    [(reported_at,)] = developer.query("SELECT reported_at FROM feed_positions")
    page = " ".join(developer.get("/ops").split())
    since = f"{reported_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    assert f"3</th> <td>not known since {since}</td> <td>not known</td>" in page
    assert "Nothing new of partition 3 for more than 10 s" in page
    assert "60 s ago" in page


def test_before_the_first_report_it_says_how_to_start(developer: Developer) -> None:
    assert "No bridge has reported yet" in developer.get("/ops")


def test_a_stopped_bridge_is_said_loudly_with_what_to_do(developer: Developer) -> None:
    report(developer, 1, stopped_at=0.37)
    page = developer.get("/ops")
    assert 'role="alert"' in page
    assert "The bridge stopped reading" in page
    assert "more than 37 % of the messages of its bridge" in page
    assert "BRIDGE_BAD_SHARE_LIMIT=1" in page


def test_partitions_that_stopped_at_once_are_one_stop(developer: Developer) -> None:
    for partition, limit in enumerate((0.2, None, 0.2, 0.3)):
        report(developer, partition, stopped_at=limit)
    page = developer.get("/ops")
    assert "Partitions 0, 2 of <bdi>" in page
    assert "Partition 3 of <bdi>" in page
    assert page.count("of the messages of its bridge") == 2


def test_of_a_topic_that_was_made_anew_only_the_new_one_is_shown(developer: Developer) -> None:
    report(developer, 0, source="old", end_offset=177, stopped_at=0.5, seconds_ago=9_999)
    report(developer, 1, source="old-1", end_offset=177, stopped_at=0.5, seconds_ago=9_999)
    report(developer, 0, source="new", end_offset=105)
    page = developer.get("/ops")
    assert "<td>5</td>" in page
    assert "<td>77</td>" not in page
    assert "stopped reading" not in page
    assert "Nothing new of partition" not in page


def test_bad_messages_are_grouped_by_reason_and_lead_to_their_letters(developer: Developer) -> None:
    for offset in range(3):
        developer.bury(offset, reason=f"inventory_count is -{offset}; expected a whole number from 0 to 2147483647")
    developer.bury(9)
    developer.bury(10, state="discarded")
    page = developer.get("/ops")
    shown = re.findall(r"<b>(\d+)</b> . <bdi>([^<]+)<", page)
    assert shown == [("3", "inventory_count has a value that is not allowed"), ("1", "the message is not JSON")]
    assert 'href="/ops/letters?reason=inventory_count+is"' in page
    assert developer.get("/ops/letters?reason=inventory_count+is").count('class="title"') == 3
    assert 'href="http://flower.example:5555/tasks?state=FAILURE"' in page
    assert "4 open" in page
    assert "1 discarded" in page


@pytest.mark.parametrize(
    ("reason", "piece"),
    [
        ("our own code fails on it, ZeroDivisionError: by zero", "our own code fails on it, ZeroDivisionError"),
        ("product_code is missing in {}; expected …", "product_code is missing"),
        ("product_code stands twice, as 1 and as 2", "product_code stands"),
        ("it killed its worker 3 times", "it killed its worker"),
        ("the message is null, it has no value (a tombstone); expected …", "the message is null"),
        ("the message is [1], not an object; expected …", "not an object"),
        (r"the message is \xff, not UTF-8 at byte 1 of 1; expected …", "not UTF-8"),
        ("x" * 99, "x" * 60),
    ],
)
def test_a_piece_is_what_all_of_a_kind_have_so_that_it_can_be_searched_for(reason: str, piece: str) -> None:
    assert piece_of(reason) == piece
    assert piece in reason


@pytest.mark.parametrize(
    ("piece", "name"),
    [
        ("product_code is missing", "product_code is missing"),
        ("product_code is", "product_code has a value that is not allowed"),
        ("inventory_count stands", "inventory_count stands there more than once"),
        ("it killed its worker", "the message killed its worker"),
        ("it goes on after its end", "the message goes on after its end"),
        ("not an object", "the message is not an object"),
        ("nested too deep", "the message is nested too deep"),
        ("x" * 60, "x" * 60 + "…"),
    ],
)
def test_the_name_of_a_kind_can_stand_alone(piece: str, name: str) -> None:
    assert Kind(piece, 1, 9, datetime(2025, 11, 24, 12, tzinfo=UTC), piece).name == name


def test_of_each_kind_the_newest_is_the_example() -> None:
    noon = datetime(2025, 11, 24, 12, tzinfo=UTC)
    kinds = grouped([(9, noon, "product_code is 1"), (8, noon, "product_code is 2"), (7, noon, "it killed its worker")])
    assert [(kind.letters, kind.newest, kind.example) for kind in kinds] == [
        (2, 9, "product_code is 1"),
        (1, 7, "it killed its worker"),
    ]


def test_unknown_products_are_listed_with_their_counts(developer: Developer) -> None:
    for address in ("/ops", "/ops/unknown"):
        assert "Every code that has a count has a product." in developer.get(address)
    developer.query("INSERT INTO stock_levels (product_code, inventory) VALUES ('NO-SUCH-CODE', 1203)")
    assert "1 code has" in developer.get("/ops")
    page = developer.get("/ops/unknown")
    assert "<bdi>NO-SUCH-CODE</bdi>" in page
    assert f"<td>1,203</td><td>{datetime.now(UTC):%Y-%m-%d %H:}" in page
    developer.query("""UPDATE stock_levels SET first_at = NULL, source = 'topic-id-1', "offset" = 2""")
    assert ">partition 1, offset 2</span>" in developer.get("/ops/unknown")
    assert "<td>1,203</td><td>not known</td>" in developer.get("/ops/unknown")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "not known"), (-1, "0 s"), (7.4, "7 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (200_000, "2 d")],
)
def test_durations_are_said_as_a_person_does(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


def test_what_reorders_or_hides_text_is_shown_by_its_number() -> None:
    assert plain("a\u202eb\x00\n\u200b") == r"a\u202eb\x00\n\u200b"
    assert plain(None) == plain("") == "-"


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("address", ["/ops", "/ops/letters", "/ops/letters/1", "/ops/replays", "/ops/unknown"])
def test_without_a_database_one_can_sign_in_and_is_told_to_try_again(
    address: str, monkeypatch: pytest.MonkeyPatch, developer: Developer
) -> None:
    monkeypatch.setenv("DATABASE_URL", NOBODY_LISTENS)
    lost = Developer(create_app(), developer.connection)
    assert lost.sign_in().status_code == 302
    response = lost.client.get(address)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "Stock operations" in response.text
    assert "Connection refused" in response.text
    assert "Then try again" in response.text
    assert "secret" not in response.text
