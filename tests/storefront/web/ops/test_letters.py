import re

import pytest
from turbohtml import parse

from storefront.web.ops import letters
from tests.storefront.web.ops.conftest import Developer

HOSTILE = "<script>alert(1)</script>\u202e\x07\u200b'\"{{ 7*7 }}"


def numbers_on(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'class="title" href="/ops/letters/(\d+)"', page)]


def test_letters_are_listed_the_newest_first(developer: Developer) -> None:
    assert "No dead letters like that" in developer.get("/ops/letters")
    developer.bury(7, code="JANW7810")
    developer.bury(8)
    page = developer.get("/ops/letters")
    assert numbers_on(page) == [2, 1]
    for words in ("JANW7810", "updates", "partition 1, offset 7", "not JSON at character 1", "All that match: 2"):
        assert words in page


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("reason=KILLED", [2]),
        ("code=JANW7810", [1]),
        ("state=discarded", [3]),
        ("state=all", [3, 2, 1]),
        ("since=1h", [2, 1]),
        ("since=2999-01-01", []),
        ("reason=KILLED&code=JANW7810", []),
        ("up_to=1", [1]),
        ("above=1", [2]),
        ("code=%00", []),
    ],
)
def test_filters_choose(developer: Developer, query: str, numbers: list[int]) -> None:
    developer.bury(7, code="JANW7810")
    developer.bury(8, reason="it killed its worker 3 times")
    developer.bury(9, state="discarded")
    assert numbers_on(developer.get(f"/ops/letters?{query}")) == numbers


def test_the_filters_are_folded_until_one_is_set(developer: Developer) -> None:
    assert "<details>" in developer.get("/ops/letters")
    for query in ("reason=x", "code=x", "state=all", "since=1h"):
        assert "<details open>" in developer.get(f"/ops/letters?{query}")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=yesterday", "&#39;yesterday&#39; is no time; expected one like 2025-11-24"),
        ("state=shut", "&#39;shut&#39; is no state; expected open, replayed, discarded, all"),
        ("up_to=x", "&#39;x&#39; is no letter&#39;s number"),
        ("up_to=99999999999999999999", "is no letter&#39;s number"),
    ],
)
def test_a_filter_that_makes_no_sense_gets_a_sentence(developer: Developer, query: str, sentence: str) -> None:
    response = developer.client.get(f"/ops/letters?{query}")
    assert response.status_code == 400
    assert sentence in response.text


@pytest.mark.parametrize("name", ["1", "updates-1-7", "%20updates-1-7%20", "replay-1-0123456789ab"])
def test_a_number_and_the_task_id_that_flower_shows_lead_to_the_letter(developer: Developer, name: str) -> None:
    developer.bury(7)
    response = developer.client.get(f"/ops/letters?name={name}")
    assert (response.status_code, response.location) == (302, "/ops/letters/1")


def test_a_name_that_no_letter_has_gets_a_sentence(developer: Developer) -> None:
    response = developer.client.get("/ops/letters?name=updates-9-9%0A<b>")
    assert response.status_code == 404
    assert r"no dead letter is of a task &#39;updates-9-9\n&lt;b&gt;&#39;" in response.text


def test_many_letters_have_pages_that_stay_as_they_are(developer: Developer) -> None:
    for offset in range(letters.ON_A_PAGE + 3):
        developer.bury(offset)
    first = developer.get("/ops/letters")
    assert numbers_on(first) == list(range(53, 3, -1))
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    developer.bury(99)
    second = developer.get(older[1].replace("&amp;", "&"))
    assert numbers_on(second) == [3, 2, 1]
    assert 'rel="next"' not in second
    assert ">Newest</a>" in second


def test_one_letter_is_shown_whole(developer: Developer) -> None:
    developer.query("INSERT INTO products (name, code, price) VALUES ('Tea', 'JANW7810', 5)")
    developer.query("INSERT INTO stock_levels (product_code, inventory) VALUES ('JANW7810', 3)")
    developer.bury(7, b'{"product_code": "JANW7810", "inventory_count": -1}', code="JANW7810")
    developer.query("""UPDATE dead_letters SET key = 'k1', headers = '[["trace", "AP8="]]'""")
    page = developer.get("/ops/letters/1")
    for words in (
        "{&#34;product_code&#34;: &#34;JANW7810&#34;, &#34;inventory_count&#34;: -1}",
        "00000000  7b 22 70 72 6f 64 75 63",
        "updates, partition 1, offset 7",
        "id-1, leader epoch 0",
        "&#39;Only 3 left!&#39;; count 3",
        "&#39;k1&#39;",
        r"trace = &#39;\x00\xff&#39;",
        'href="http://flower.example:5555/task/updates-1-7"',
    ):
        assert words in page


def test_without_flowers_address_there_is_no_link_to_it(
    developer: Developer,
) -> None:
    developer.bury(7)
    developer.app.config["SETTINGS"] = developer.app.config["SETTINGS"].model_copy(update={"flower_url": None})
    assert "Flower" not in developer.get("/ops/letters/1")


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "The message: null (a tombstone)"), (b"", "The message: 0 bytes"), (b"\xff\xfe", r"\xff\xfe")],
)
def test_odd_messages_are_shown_too(developer: Developer, value: bytes | None, words: str) -> None:
    developer.bury(7, value)
    assert words in developer.get("/ops/letters/1")


def test_a_great_message_is_shown_in_pieces(developer: Developer) -> None:
    developer.bury(7, b"a" * letters.BYTES_SHOWN + b"zzz")
    first = developer.get("/ops/letters/1")
    assert "zzz" not in first
    after = re.search(r'rel="next" href="([^"#]+)', first)
    assert after
    second = developer.get(after[1])
    assert ">zzz<" in second
    assert "00000800  7a 7a 7a" in second
    assert 'rel="next"' not in second
    assert "Bytes 0 to" in developer.get("/ops/letters/1?from=-5")
    assert developer.get("/ops/letters/1?from=999999")


def test_nothing_of_a_message_gets_out_unescaped(developer: Developer) -> None:
    shown = HOSTILE.replace("\x07", "")
    developer.bury(7, HOSTILE.encode(), reason=f"{shown}, not JSON", code=shown)
    developer.query(
        "UPDATE dead_letters SET key = %s, headers = jsonb_build_array(jsonb_build_array(%s::text, 'PGI+')),"
        " because = %s, closed_by = %s, closed_at = now(), topic = %s, task_id = %s",
        HOSTILE.encode(),
        *[shown] * 5,
    )
    developer.query("INSERT INTO stock_levels (product_code, inventory, source) VALUES (%s, 1, %s)", shown[:64], shown)
    for address in ("/ops", "/ops/letters", "/ops/letters/1", "/ops/unknown"):
        page = developer.get(address)
        assert "<script" not in page
        assert "<b>&lt;" not in page
        assert not set("\u202e\u200b\x07") & set(re.sub(r'(href|value)="[^"]*"', "", page)), address
        ours = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d[^<]*|id=\S+|ops-\w+\.css|token\S+ \S+"
        assert "49" not in re.sub(ours, "", page)
        assert "\\u202e" in page


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("/ops/letters/2", "There is no dead letter 2; it was purged, or never was."),
        ("/ops/letters/99999999999999999999", "There is no dead letter 99999999999999999999; it was"),
        ("/ops/replays/3", "There is no replay 3; it was purged, or never was."),
        ("/ops/letters/x", "There is no such page here."),
        ("/ops/nowhere", "There is no such page here."),
        ("/ops/letters/replay", "There is no such page here."),
    ],
)
def test_what_is_not_there_is_a_404_that_says_where_to_go(developer: Developer, address: str, why: str) -> None:
    developer.bury(7)
    response = developer.client.get(address)
    assert response.status_code == 404
    assert why in response.text
    assert "Stock operations" in response.text
    assert 'href="/ops/letters"' in response.text


def test_a_form_that_makes_no_sense_changes_nothing(developer: Developer) -> None:
    developer.bury(7)
    for action in ("discard", "replay"):
        done = developer.post(f"/ops/letters/{action}", seen_on="/ops/letters", because="x", up_to="all")
        assert done.status_code == 400
        assert "is no letter&#39;s number" in done.text
    assert developer.query("SELECT state, tries FROM dead_letters") == [("open", 1)]


@pytest.mark.parametrize(
    "address",
    [
        "/ops",
        "/ops/letters",
        "/ops/letters?since=never",
        "/ops/letters/1",
        "/ops/letters/2",
        "/ops/letters/3",
        "/ops/replays",
        "/ops/unknown",
    ],
)
def test_every_page_is_valid_html_without_scripts_or_inline_styles(developer: Developer, address: str) -> None:
    developer.bury(7, HOSTILE.encode(), reason=f"{HOSTILE!r}, not JSON")
    developer.bury(8, b"x" * 9_999, state="discarded")
    elements = list(parse(developer.client.get(address).text, strict=True).iter_elements())  # raises at an error
    assert not {element.tag for element in elements} & {"script", "style", "iframe", "object"}
    names = {name for element in elements for name in element.attrs}
    assert not [name for name in names if name == "style" or name.startswith("on")]


def test_the_pages_for_strangers_are_valid_html(stranger: Developer) -> None:
    for page in (stranger.client.get("/ops/sign-in").text, stranger.sign_in("wrong").text):
        parse(page, strict=True)  # raises at the first parse error
