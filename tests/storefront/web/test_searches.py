"""The catalogue by its address: search, filter, order, pages."""

import re
from base64 import urlsafe_b64encode
from html import unescape
from urllib.parse import quote

import pytest

from storefront import catalog
from storefront.catalog.orders import ORDERS
from tests.storefront.web.conftest import Shop

NAMES = re.compile(r'<h2 class="name"[^>]*><a[^>]*>([^<]*)<')
NEXT = re.compile(r'rel="next" href="([^"]+)"')


def place(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


BAD_PLACES = (
    "x", "%00", "é", "a" * 10_000, "=" * 9, "_" * 1_000, place(""), place("[]"), place("{}"), place("7"), place("[7]"),
    place('["a"]'), place('["a","b","c"]'), place('["a",null]'), place('["\\u0000","b"]'), place('["\\ud800","b"]'),
    place("[" * 1_400), place('["NaN","b"]'), place('["Infinity","b"]'), place('["1E-999999","b"]'),
    place('["1E999999","b"]'), place('["1","99999999999999999999"]'), place('["9999999999","9999999999"]'),
    place('["99999999999999999999"]'), place('["sNaN","b"]'), place('["1.5","b"]'), place('["-1"]'),
)  # fmt: skip


@pytest.fixture
def furnished(shop: Shop) -> Shop:
    shop.add("WALN-0001", name="Walnut chair", price="47.53", count=3)
    shop.add("OAKT/0002", name="Oak table (round)", price="120", count=0)
    shop.add("LAMP.0003", name="Café lamp", price="9.90", count=50)
    shop.add("WALN-0004", name="Walnut shelf", price="80")
    shop.add("HIDN-0005", name="Walnut bed", price="1", count=9, active=False)
    return shop


def names(page: str) -> list[str]:
    return [unescape(name) for name in NAMES.findall(page)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("walnut", ["Walnut chair", "Walnut shelf"]),
        ("WAL", ["Walnut chair", "Walnut shelf"]),
        ("chair walnut", ["Walnut chair"]),
        ("0002", ["Oak table (round)"]),
        ("OAKT/0002", ["Oak table (round)"]),
        ("oakt-00", ["Oak table (round)"]),
        ("(round", ["Oak table (round)"]),
        ("café", ["Café lamp"]),
        ("lamp.0003", ["Café lamp"]),
        ("alnut", []),
        ("walnut table", []),
        ("🫖", []),
        ("'", []),
    ],
)
def test_words_of_name_and_code_are_found_by_how_they_begin(furnished: Shop, text: str, found: list[str]) -> None:
    assert names(furnished.page(f"/?q={quote(text)}")) == found


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("name", ["Café lamp", "Oak table (round)", "Walnut chair", "Walnut shelf"]),
        ("price", ["Café lamp", "Walnut chair", "Walnut shelf", "Oak table (round)"]),
        ("newest", ["Walnut shelf", "Café lamp", "Oak table (round)", "Walnut chair"]),
        ("stock", ["Café lamp", "Walnut chair", "Oak table (round)", "Walnut shelf"]),
    ],
)
def test_the_catalogue_has_four_orders(furnished: Shop, sort: str, found: list[str]) -> None:
    page = furnished.page(f"/?sort={sort}")

    assert names(page) == found
    assert f'<option value="{sort}" selected>' in page


def test_only_what_is_in_stock(furnished: Shop) -> None:
    page = furnished.page("/?q=wal&in_stock=1")

    assert names(page) == ["Walnut chair"]
    assert 'value="wal"' in page
    assert 'value="1" checked' in page


@pytest.mark.parametrize(
    ("address", "title"),
    [("/", "All products"), ("/?in_stock=1", "Products in stock"), ("/?in_stock=1&q=wal", "Search: wal")],
)
def test_a_list_is_called_what_it_shows(furnished: Shop, address: str, title: str) -> None:
    page = furnished.page(address)

    assert f'<h1 dir="auto">{title}</h1>' in page
    assert f"<title>{title} · Storefront</title>" in page


def test_what_is_in_stock_is_not_claimed_of_old_counts(furnished: Shop) -> None:
    furnished.lose_the_feed()

    assert '<h1 dir="auto">Products in stock when last counted</h1>' in furnished.page("/?in_stock=1")


@pytest.mark.parametrize("sort", sorted(ORDERS))
def test_the_pages_of_each_order_show_each_product_once(shop: Shop, monkeypatch: pytest.MonkeyPatch, sort: str) -> None:
    monkeypatch.setattr(catalog, "PAGE_SIZE", 2)
    for number in range(7):
        shop.add(f"T{number}", name=f"Tea {number // 3} é'", price=f"{number // 2}.50", count=number % 3 or None)
    shop.add("OTHER", name="Coffee")
    whole = names(shop.page(f"/?q=tea&sort={sort}"))

    address, found = f"/?q=tea&sort={sort}", []
    for turn in range(4):
        page = shop.page(address)
        codes = re.findall(r'<p class="code">([^<]+)<', page)
        assert ("Back to the start" in page) == (turn > 0)
        found += codes
        following = NEXT.search(page)
        address = unescape(following[1]) if following else ""

    assert whole
    assert address == ""
    assert len(found) == 7
    assert set(found) == {f"T{number}" for number in range(7)}


def test_a_product_that_was_added_meanwhile_shifts_no_page(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "PAGE_SIZE", 2)
    for name in ("B", "C", "D"):
        shop.add(name, name=name)
    following = NEXT.search(shop.page("/"))
    shop.add("A", name="A")

    assert following
    assert names(shop.page(unescape(following[1]))) == ["D"]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/?q=sofa", "Try fewer or shorter ones"),
        ("/?q=shelf&in_stock=1", 'href="/?q=shelf">Look at what is out of stock, too'),
        ("/?q=sofa", 'href="/">See all products'),
        ("/?after=" + place('["Zebra","Z"]'), 'href="/">Back to the start'),
    ],
)
def test_an_empty_result_says_what_to_do(furnished: Shop, address: str, says: str) -> None:
    page = furnished.page(address)

    assert names(page) == []
    assert says in page


@pytest.mark.parametrize("sort", [*ORDERS, "", "nothing", "%00", "a" * 10_000])
def test_a_place_that_no_page_begins_behind_still_gets_a_page(furnished: Shop, sort: str) -> None:
    for bad in BAD_PLACES:
        furnished.page(f"/?sort={sort}&after={quote(bad, safe='%')}")


@pytest.mark.parametrize(
    "text",
    [
        "%00", "a%00b", "%ff%fe", "%ED%A0%80", "a" * 10_000, "%27%22%3C%3E", "a%20%26%20b%7C!", "%5C", "%5C%27", ":*",
        "%0A", "%E2%80%AE", "a:*", "(((", "!", "-1", "1e5", "%F0%9F%AB%96", "a%20" * 3_000, "%25",
    ],
)  # fmt: skip
def test_whatever_is_searched_for_there_is_a_page(furnished: Shop, text: str) -> None:
    furnished.page(f"/?q={text}&in_stock={text}")


def test_a_search_of_only_blanks_is_none(furnished: Shop) -> None:
    assert len(names(furnished.page("/?q=%20%0A%00&in_stock=&sort="))) == 4
