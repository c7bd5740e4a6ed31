import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import event

from storefront.catalog.orders import ORDERS
from storefront.database import db
from tests.storefront.web.conftest import Shop

STATUS = re.compile(r'data-shown="[^"]+">\s*<p class="stock [^>]+>([^<]+)<')
ODD_CODES = (
    "a/b", "/a", "a/", "a//b", "a/../b", "a b", " a ", "a\nb", "x" * 64,
    "é漢字🫖", "\"'<&>", "100%", "%2F", "a?b#c", "a+b", "a;b=c",
)  # fmt: skip


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, "Stock not known yet"),
        (0, "Out of stock"),
        (1, "Only 1 left!"),
        (10, "Only 10 left!"),
        (11, "In stock"),
    ],
)
def test_list_and_page_say_the_same_words(shop: Shop, count: int | None, words: str) -> None:
    shop.add(count=count)

    assert STATUS.findall(shop.page("/")) == [words]
    assert STATUS.findall(shop.page("/products/TEAS0001")) == [words]


def test_the_shop_decides_what_low_means(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = shop.app.config["SETTINGS"].model_copy(update={"low_stock_threshold": 2})
    monkeypatch.setitem(shop.app.config, "SETTINGS", settings)
    shop.add(count=3)

    assert STATUS.findall(shop.page("/")) == STATUS.findall(shop.page("/products/TEAS0001")) == ["In stock"]


def test_a_product_shows_name_code_price_and_picture(shop: Shop) -> None:
    shop.add("JANW7810", name="Walnut board", price="47.5")

    for page in (shop.page("/"), shop.page("/products/JANW7810")):
        for part in ("Walnut board", "JANW7810", "€47.50", '<svg class="picture"'):
            assert part in page


def test_the_list_leads_to_the_product(shop: Shop) -> None:
    shop.add("JANW7810")

    assert 'href="/products/JANW7810"' in shop.page("/")


def test_a_count_is_on_the_page_at_the_next_look(shop: Shop) -> None:
    shop.add(count=0)
    shop.page("/products/TEAS0001")
    with shop.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE stock_levels SET inventory = 3")

    response = shop.client.get("/products/TEAS0001")

    assert STATUS.findall(response.text) == ["Only 3 left!"]


@pytest.mark.parametrize("code", ODD_CODES)
def test_a_product_with_an_odd_code_is_reached_by_its_link(shop: Shop, code: str) -> None:
    shop.add(code, name="Odd one")
    link = re.search(r'href="(/products/[^"]+)"', shop.page("/"))

    assert link
    assert "<h1" in shop.page(link[1])


def test_slashes_of_a_code_may_stand_in_the_address_as_they_are(shop: Shop) -> None:
    shop.add("a//b/")

    assert "Tea" in shop.page("/products/a//b/")


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "{{ 7 * 7 }}"])
def test_markup_in_a_name_or_a_code_stays_text(shop: Shop, hostile: str) -> None:
    shop.add(hostile, name=hostile)

    for page in (shop.page("/"), shop.page(f"/products/{quote(hostile, safe='')}")):
        assert "<script>" not in page
        assert "<img" not in page
        assert "49" not in re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)


def test_a_shop_without_products_says_so(shop: Shop) -> None:
    assert "shelves are still empty" in shop.page("/")


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("/", 1),
        ("/?sort=price", 1),
        ("/products/TEAS1", 1),
        ("/products/TEAS1.json", 1),
        ("/products/NO-SUCH-CODE", 1),
        ("/readyz", 1),
        ("/healthz", 0),
        ("/static/shop.css", 0),
        ("/?q=tea", 1),
        ("/?q=teas59&in_stock=1", 2),
        ("/?sort=stock", 1),
        ("/?q=tea&sort=stock", 1),
        ("/?q=teas59&sort=stock", 3),
    ],
)
def test_a_page_asks_the_database_once_and_a_search_few_times(shop: Shop, address: str, number: int) -> None:
    for code in range(60):
        shop.add(f"TEAS{code}", count=code)

    with statements(shop.app) as seen:
        shop.client.get(address).close()

    assert len(seen) == number


def test_a_live_process_and_a_database_that_answers_are_healthy(shop: Shop) -> None:
    assert shop.client.get("/healthz").status_code == 200
    assert shop.client.get("/readyz").status_code == 200


def test_a_feed_that_is_lost_takes_the_numbers_off_the_pages_until_it_is_back(shop: Shop) -> None:
    shop.add("TEAS0001", count=3)
    shop.add("TEAS0002", count=0)
    back = "UPDATE feed_positions SET reported_at = now()"
    since = ', <time lang="en-GB" datetime="2026-03-01T14:05:09+00:00">14:05 UTC, 1 March 2026</time>'
    words = [f"In stock when last counted{since}", f"Out of stock when last counted{since}"]
    shop.lose_the_feed()

    for address in ("/", "/products/TEAS0001", "/products/TEAS0002"):
        assert any(each in shop.page(address) for each in words)
        assert "left!" not in shop.page(address)
    assert all(each in shop.page("/") for each in words)

    shop.execute(back)
    assert STATUS.findall(shop.page("/")) == ["Only 3 left!", "Out of stock"]


@pytest.mark.parametrize("address", ["/", "/?q=tea&in_stock=1", "/products/TEAS0001", "/products/TEAS0001.json"])
def test_a_page_that_shows_the_same_is_not_sent_again(shop: Shop, address: str) -> None:
    shop.add(count=3)
    first = shop.client.get(address)
    known = {"If-None-Match": first.headers["ETag"]}
    same = shop.client.get(address, headers=known)
    shop.execute("UPDATE stock_levels SET inventory = 2")
    other = shop.client.get(address, headers=known)
    shop.lose_the_feed()
    lost = shop.client.get(address, headers={"If-None-Match": other.headers["ETag"]})

    assert (first.headers["Cache-Control"], first.headers["Vary"]) == ("no-cache", "*")
    assert (same.status_code, same.text) == (304, "")
    assert "Content-Security-Policy" in same.headers
    assert (other.status_code, "Only 2 left!" in other.text) == (200, True)
    assert (lost.status_code, "left!" in lost.text) == (200, False)


@pytest.mark.parametrize("address", ["/nowhere", "/products/NO-SUCH-CODE", "/healthz", "/ops"])
def test_what_is_no_page_of_the_shop_is_not_kept(shop: Shop, address: str) -> None:
    assert shop.client.get(address).headers["Cache-Control"] == "no-store"


def test_no_page_and_no_machine_is_told_a_number_while_the_feed_is_lost(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = shop.app.config["SETTINGS"].model_copy(update={"low_stock_threshold": 100_000})
    monkeypatch.setitem(shop.app.config, "SETTINGS", settings)
    shop.add("TEAS0001", count=98765)
    addresses = (
        "/", "/?q=tea", "/?in_stock=1", *(f"/?sort={order}" for order in ORDERS),
        "/products/TEAS0001", "/products/TEAS0001.json",
    )  # fmt: skip
    assert all("98765" in shop.page(address) for address in addresses)

    shop.lose_the_feed()

    for address in addresses:
        response = shop.client.get(address)
        assert (response.status_code, "98765" in response.text, "98765" in str(response.headers)) == (200, False, False)
