import re
from urllib.parse import quote

import pytest

from storefront import catalog
from storefront.database import db
from storefront.web import live, watched
from tests.storefront.web.conftest import Shop
from tests.storefront.web.test_pages import ODD_CODES, STATUS, statements

SHOWN = re.compile(r'data-code="([^"]+)" data-shown="([^"]+)"')


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each question see what was written a moment ago."""
    monkeypatch.setattr(watched, "FRESH_SECONDS", 0)
    monkeypatch.setattr(watched, "SLOW_FRESH", 0)
    monkeypatch.setattr(watched, "REST_SECONDS", 0)


def change(shop: Shop, statement: str) -> None:
    with shop.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def question(shop: Shop, address: str) -> str:
    """What the script of that page asks."""
    return "/live?" + "".join(f"&{code}={shown}" for code, shown in SHOWN.findall(shop.page(address)))


@pytest.mark.parametrize("address", ["/", "/products/TEAS0001"])
def test_a_page_that_is_still_true_gets_an_empty_answer(shop: Shop, address: str) -> None:
    shop.add("TEAS0001", count=3)
    shop.add("TEAS0002")
    response = shop.client.get(question(shop, address))

    assert (response.status_code, response.data) == (204, b"")
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE stock_levels SET inventory = 2", "Only 2 left!"),
        ("UPDATE stock_levels SET inventory = 11", "In stock"),
        ("UPDATE stock_levels SET inventory = 0", "Out of stock"),
        ("DELETE FROM stock_levels", "Stock not known yet"),
        ("UPDATE products SET active = false", "No longer sold here"),
        ("DELETE FROM products", "No longer sold here"),
    ],
)
def test_a_page_is_told_what_has_changed_in_the_words_of_a_new_one(shop: Shop, statement: str, words: str) -> None:
    shop.add("TEAS0001", count=3)
    asked = question(shop, "/products/TEAS0001")
    change(shop, statement)
    answer = shop.page(asked)

    assert STATUS.findall(answer) == [words]
    again = "/live?" + "=".join(SHOWN.findall(answer)[0])
    assert shop.client.get(again).status_code == 204
    if "sold" not in words:
        [place] = re.findall(r'<div class="place".*?</div>', answer, re.DOTALL)
        assert place in shop.page("/products/TEAS0001")


def test_only_what_has_changed_is_sent(shop: Shop) -> None:
    for number in range(4):
        shop.add(f"TEAS{number}", count=number)
    asked = question(shop, "/")
    change(shop, "UPDATE stock_levels SET inventory = 9 WHERE product_code = 'TEAS2'")

    assert SHOWN.findall(shop.page(asked)) == [("TEAS2", "low-9")]


def test_a_count_that_changes_no_word_is_no_change(shop: Shop) -> None:
    shop.add(count=50)
    asked = question(shop, "/")
    change(shop, "UPDATE stock_levels SET inventory = 40")

    assert shop.client.get(asked).status_code == 204


def test_a_feed_that_is_lost_and_found_is_told_to_open_pages(shop: Shop) -> None:
    shop.add("TEAS0001", count=3)
    shop.add("TEAS0002", count=0)
    asked = question(shop, "/")
    shop.lose_the_feed()
    answer = shop.page(asked)

    assert "In stock when last counted, <time" in answer
    assert "Out of stock when last counted, <time" in answer
    change(shop, "UPDATE feed_positions SET reported_at = now()")
    asked = "/live?" + "".join(f"&{code}={shown}" for code, shown in SHOWN.findall(answer))
    assert STATUS.findall(shop.page(asked)) == ["Only 3 left!", "Out of stock"]


@pytest.mark.parametrize("code", [*ODD_CODES, "a\r\nb", "a&b=c", "ü" * 64])
def test_an_odd_code_comes_back_as_it_was(shop: Shop, code: str) -> None:
    shop.add(code, count=3)

    assert shop.client.get(question(shop, "/")).status_code == 204


@pytest.mark.parametrize("code", ["NO-SUCH-CODE", "\x00", "x" * 65, "%ff", "\ud800"])
def test_what_can_be_no_product_is_not_sold(shop: Shop, code: str) -> None:
    asked = f"/live?{quote(code, safe='%', errors='surrogatepass')}=low-3"

    assert STATUS.findall(shop.page(asked)) == ["No longer sold here"]


def test_many_pages_cost_one_statement(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        shop.add(f"TEAS{number}", count=number)
    asked = question(shop, "/")
    monkeypatch.setattr(watched, "FRESH_SECONDS", 600)
    with statements(shop.app) as seen:
        for _ in range(20):
            shop.client.get(asked)

    assert len(seen) == 1


def test_nobody_asks_for_more_than_a_page_shows(shop: Shop) -> None:
    response = shop.client.get("/live?" + "&".join(f"C{number}=out" for number in range(101)))

    assert (response.status_code, response.text) == (400, "101 products; expected 100 at most\n")


def test_a_database_that_is_away_is_a_503_and_is_asked_once(
    shop_without_database: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watched, "REST_SECONDS", 600)
    for _ in range(10):
        assert shop_without_database.client.get("/live?TEAS0001=out").status_code == 503

    assert [record.message[:31] for record in caplog.records] == ["the database can't be asked: Op"]


def test_a_question_that_the_database_refuses_is_a_bug_of_ours(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "counts", lambda *_: db.session.execute(db.text("SELECT 1/0")))
    shop.app.testing = False

    assert shop.client.get("/live?TEAS0001=out").status_code == 500


def test_it_waits_for_the_database_no_longer_than_a_second(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(catalog, "counts", lambda *_: db.session.execute(db.text("SELECT pg_sleep(5)")))

    assert shop.client.get("/live?TEAS0001=out").status_code == 503
