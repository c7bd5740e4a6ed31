"""An open page stays true: without a reload, without a sound too many, without moving."""

import signal
import subprocess
import sys
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import Web, lose_the_feed
from tests.end_to_end.conftest import ROOT, Shop

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CODE = "WALN0001"
WATCH = """
window.moved = 0;
new PerformanceObserver((list) => { for (const each of list.getEntries()) window.moved += each.value; })
  .observe({ type: "layout-shift", buffered: true });
window.said = [];
new MutationObserver(() => window.said.push(document.getElementById("news").textContent))
  .observe(document.getElementById("news"), { childList: true });
"""


def publish(count: int) -> None:
    """Let the inventory stand-in say how many are left."""
    command = [sys.executable, "-m", "demo.inventory", "publish", CODE, str(count)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)


def stock(page: Page, code: str = CODE) -> Locator:
    """What a page says of a product's stock."""
    return page.locator(f".place[data-code='{code}'] .stock")


def watched(desk: BrowserContext, address: str) -> Page:
    """An open page that notes what is announced and how far its layout moves; a reload would forget it."""
    page = desk.new_page()
    page.goto(address)
    page.evaluate(WATCH)
    return page


def set_count(shop: Shop, count: int, code: str = CODE) -> None:
    """Write a count past the queue."""
    shop.connection.execute(
        "INSERT INTO stock_levels (product_code, inventory) VALUES (%s, %s)"
        " ON CONFLICT (product_code) DO UPDATE SET inventory = excluded.inventory",
        (code, count),
    )


def said(page: Page) -> list[str]:
    announced: list[str] = page.evaluate("window.said")
    return announced


def has_moved(page: Page) -> bool:
    return bool(page.evaluate("window.moved"))


def test_a_message_is_on_the_open_pages_and_said_once(whole_shop: Shop, desk: BrowserContext) -> None:
    whole_shop.add_products(CODE, "OTHER001")
    whole_shop.start("bridge", "worker")
    pages = [watched(desk, "/"), watched(desk, f"/products/{CODE}")]
    for count, words in ((3, "Only 3 left!"), (0, "Out of stock"), (50, "In stock")):
        publish(count)
        for page in pages:
            expect(stock(page)).to_have_text(words)

    for page in pages:
        assert said(page) == [f"Thing {CODE}: {words}" for words in ("Only 3 left!", "Out of stock", "In stock")]
        assert not has_moved(page)


def test_a_feed_that_is_lost_and_found(whole_shop: Shop, desk: BrowserContext) -> None:
    whole_shop.add_products(CODE)
    whole_shop.start("bridge", "worker")
    publish(3)
    pages = [watched(desk, "/"), watched(desk, f"/products/{CODE}")]
    for page in pages:
        expect(stock(page)).to_have_text("Only 3 left!")
    whole_shop.end("bridge", signal.SIGTERM)
    for page in pages:
        expect(stock(page)).to_contain_text("In stock when last counted, ")
        expect(stock(page).locator("time")).to_be_visible()
    whole_shop.start("bridge")
    for page in pages:
        expect(stock(page)).to_have_text("Only 3 left!")
        assert not has_moved(page)


def test_a_server_that_is_away_and_back(whole_shop: Shop, desk: BrowserContext, web: Web) -> None:
    whole_shop.add_products(CODE, "OTHER001")
    set_count(whole_shop, 3)
    pages = [watched(desk, "/"), watched(desk, f"/products/{CODE}")]
    web.end()
    for page in pages:
        expect(stock(page)).to_have_text("Reconnecting…")
        expect(page.locator("body")).not_to_contain_text("left!")
    set_count(whole_shop, 2)
    web.start()
    for page in pages:
        expect(stock(page)).to_have_text("Only 2 left!")
        assert said(page) == ["Reconnecting…", f"Connected again. Thing {CODE}: Only 2 left!"]
        assert not has_moved(page)
    expect(stock(pages[0], "OTHER001")).to_have_text("Stock not known yet")


def test_a_server_that_does_not_answer(whole_shop: Shop, desk: BrowserContext, web: Web) -> None:
    whole_shop.add_products(CODE)
    set_count(whole_shop, 3)
    page = watched(desk, f"/products/{CODE}")
    web.send(signal.SIGSTOP)
    expect(stock(page)).to_have_text("Reconnecting…")
    web.send(signal.SIGCONT)
    expect(stock(page)).to_have_text("Only 3 left!")
    assert said(page) == ["Reconnecting…", "Connected again"]


def test_a_list_whose_codes_are_longer_than_one_address(whole_shop: Shop, desk: BrowserContext) -> None:
    codes = [f"{'茶' * 62}{number}" for number in range(10, 40)]
    whole_shop.add_products(*codes)
    page = watched(desk, "/")
    for code in (codes[0], codes[-1]):
        set_count(whole_shop, 3, code)
        expect(stock(page, quote(code))).to_have_text("Only 3 left!")


def questions(page: Page) -> list[str]:
    """What the page asks the server of its stock from now on; the browser may fetch an icon whenever it likes."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/live?" in request.url else None)
    return asked


def hide(page: Page, *, hidden: bool) -> None:
    """Tell the page what a browser tells it of its tab; without a screen, no tab is ever hidden."""
    page.evaluate(
        "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_a_hidden_page_asks_nothing_and_catches_up_when_it_is_shown(whole_shop: Shop, desk: BrowserContext) -> None:
    whole_shop.add_products(CODE)
    set_count(whole_shop, 3)
    page = watched(desk, f"/products/{CODE}")
    with page.expect_request("**/live?*"):
        pass
    hide(page, hidden=True)
    asked = questions(page)
    set_count(whole_shop, 2)
    page.wait_for_timeout(5_000)
    assert asked == []
    expect(stock(page)).to_have_text("Only 3 left!")
    hide(page, hidden=False)
    expect(stock(page)).to_have_text("Only 2 left!")


def test_a_page_asks_no_sooner_than_each_process_knows_what_it_shows(whole_shop: Shop, desk: BrowserContext) -> None:
    whole_shop.add_products(CODE)
    page = desk.new_page()
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    page.goto("/")
    asked = questions(page)
    hide(page, hidden=False)
    page.clock.run_for(500)
    page.wait_for_timeout(300)
    assert asked == []
    with page.expect_request("**/live?*"):
        page.clock.run_for(200)


def test_a_browser_that_knows_no_navigation_keeps_its_pages_true(whole_shop: Shop, desk: BrowserContext) -> None:
    whole_shop.add_products(CODE)
    desk.add_init_script("performance.getEntriesByType = () => []")
    page = watched(desk, f"/products/{CODE}")
    set_count(whole_shop, 3)
    expect(stock(page)).to_have_text("Only 3 left!")


def test_a_time_is_said_as_it_is_shown(whole_shop: Shop, web: Web, chromium: Browser) -> None:
    whole_shop.add_products(CODE)
    set_count(whole_shop, 3)
    with chromium.new_context(base_url=web.address, timezone_id="Pacific/Auckland") as abroad:
        page = watched(abroad, f"/products/{CODE}")
        lose_the_feed(whole_shop)
        time = stock(page).locator("time[title]")
        expect(time).to_be_visible()
        assert time.get_attribute("title") != time.inner_text()
        assert said(page) == [f"Thing {CODE}: {stock(page).inner_text()}"]


def test_a_product_that_is_no_longer_sold_and_sold_again(whole_shop: Shop, desk: BrowserContext) -> None:
    whole_shop.add_products(CODE)
    set_count(whole_shop, 3)
    pages = [watched(desk, "/"), watched(desk, f"/products/{CODE}")]
    for active, words in ((False, "No longer sold here"), (True, "Only 3 left!")):
        whole_shop.connection.execute("UPDATE products SET active = %s", [active])
        for page in pages:
            expect(stock(page)).to_have_text(words)
            assert not has_moved(page)


def test_what_has_changed_shines_only_for_those_who_like_motion(
    whole_shop: Shop, desk: BrowserContext, phone: BrowserContext
) -> None:
    whole_shop.add_products(CODE)
    pages = [watched(context, f"/products/{CODE}") for context in (desk, phone)]
    pages[1].emulate_media(reduced_motion="reduce")
    set_count(whole_shop, 3)
    for page, animation in zip(pages, ("fresh", "none"), strict=True):
        expect(stock(page)).to_have_text("Only 3 left!")
        expect(stock(page)).to_have_css("animation-name", animation)
