"""What a shopper's browser does with the pages: magnified, gone back to, on a slow line, in another time zone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, ViewportSize, expect

from tests.browser.conftest import Web, lose_the_feed
from tests.end_to_end.conftest import Shop

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTH = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
ADDRESSES = ("/", "/?q=nothing", "/products/TEAS0001", "/nowhere")
LONGEST = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2


@pytest.fixture
def shelves(whole_shop: Shop) -> Shop:
    whole_shop.add_products("TEAS0001", *(f"MORE{number:02}" for number in range(60)))
    whole_shop.connection.execute("INSERT INTO stock_levels (product_code, inventory) VALUES ('TEAS0001', 3)")
    whole_shop.connection.execute("UPDATE products SET name = %s WHERE code = 'MORE01'", (LONGEST,))
    return whole_shop


@pytest.fixture
def reader(chromium: Browser, web: Web) -> Iterator[BrowserContext]:
    """A browser in New York."""
    context = chromium.new_context(base_url=web.address, timezone_id="America/New_York")
    context.set_default_timeout(40_000)
    yield context
    context.close()


@pytest.fixture
def forgetful(chromium: Browser, pytestconfig: pytest.Config) -> Iterator[Browser]:
    """Chromium without a back/forward cache: going back, it loads the page again."""
    program = pytestconfig.getoption("--chromium")
    browser = chromium.browser_type.launch(
        executable_path=program, args=["--no-sandbox", "--disable-back-forward-cache"]
    )
    yield browser
    browser.close()


@pytest.mark.parametrize(("width", "zoom"), [(1280, 2), (640, 2), (320, 1)])
def test_no_page_is_wider_than_the_screen_at_200_percent_or_on_320_pixels(
    shelves: Shop, chromium: Browser, web: Web, width: int, zoom: int
) -> None:
    """A browser's zoom of 200 % gives a page half the pixels, each twice as large."""
    viewport: ViewportSize = {"width": width // zoom, "height": 800 // zoom}
    assert shelves
    with chromium.new_context(base_url=web.address, viewport=viewport, device_scale_factor=zoom) as context:
        page = context.new_page()
        for address in (*ADDRESSES, "/products/MORE01"):
            page.goto(address)
            content, window = page.evaluate(WIDTH)
            assert content <= window, address


def bytes_received(session: CDPSession) -> list[int]:
    """Collect, for each answer from now on, its size on the wire."""
    sizes: list[int] = []
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    return sizes


def test_a_product_page_is_under_30_kilobytes_and_the_next_one_far_less(shelves: Shop, reader: BrowserContext) -> None:
    assert shelves
    page = reader.new_page()
    sizes = bytes_received(reader.new_cdp_session(page))
    page.goto("/products/TEAS0001", wait_until="networkidle")
    first = sum(sizes)
    sizes.clear()
    page.goto("/products/MORE02", wait_until="networkidle")

    assert 2_000 < first < 30_000
    assert sum(sizes) < first / 2


@pytest.mark.parametrize("scripted", [True, False])
def test_going_back_shows_what_is_true_now(
    shelves: Shop, chromium: Browser, forgetful: Browser, web: Web, *, scripted: bool
) -> None:
    """By the script where the browser has kept the page as it was left, else by its asking us."""
    browser = chromium if scripted else forgetful
    with browser.new_context(base_url=web.address, java_script_enabled=scripted) as context:
        page = context.new_page()
        page.goto("/products/TEAS0001")
        page.get_by_role("link", name="All products").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("All products")
        shelves.connection.execute("UPDATE stock_levels SET inventory = 2")
        page.go_back(wait_until="commit")
        expect(page.locator(".stock")).to_have_text("Only 2 left!")


@pytest.mark.parametrize("kept", [True, False])
def test_gone_back_to_the_form_says_what_the_list_shows(
    shelves: Shop, chromium: Browser, forgetful: Browser, web: Web, *, kept: bool
) -> None:
    assert shelves
    with (chromium if kept else forgetful).new_context(base_url=web.address) as context:
        page = context.new_page()
        page.goto("/?sort=price")
        page.evaluate("addEventListener('pageshow', ({ persisted }) => { window.kept = persisted })")
        page.get_by_label("Name or code").fill("more")
        page.get_by_label("Sort by").select_option("Newest")
        page.get_by_role("link", name="Next").click()
        expect(page.get_by_role("link", name="Back to the start")).to_be_visible()
        page.go_back(wait_until="commit")
        expect(page.get_by_role("link", name="Back to the start")).to_be_hidden()
        expect(page.get_by_label("Sort by")).to_have_value("price")
        expect(page.get_by_label("Name or code")).to_have_value("")
        assert page.evaluate("window.kept ?? false") is kept


def test_a_page_that_is_the_same_is_not_sent_again(shelves: Shop, reader: BrowserContext) -> None:
    assert shelves
    page = reader.new_page()
    page.goto("/products/TEAS0001")
    again = page.goto("/products/TEAS0001")

    assert again
    sizes = again.request.sizes()
    assert sizes["responseBodySize"] == 0
    expect(page.get_by_text("Only 3 left!")).to_be_visible()


def test_times_are_the_readers(shelves: Shop, reader: BrowserContext, page: Page) -> None:
    lose_the_feed(shelves)
    here = reader.new_page()
    here.goto("/products/TEAS0001")
    expect(here.locator("time")).to_have_text("1 March 2026 at 9:05")
    expect(here.locator("time")).to_have_attribute("title", "14:05 UTC, 1 March 2026")
    page.goto("/products/TEAS0001")  # no JavaScript
    expect(page.locator("time")).to_have_text("14:05 UTC, 1 March 2026")


def test_a_time_of_today_gains_its_day_at_midnight_and_is_written_only_then(
    shelves: Shop, reader: BrowserContext
) -> None:
    lose_the_feed(shelves)
    page = reader.new_page()
    page.route("**/static/live*", lambda route: route.abort())  # what it changes has all times shown again, too
    page.clock.install(time="2026-03-01T23:57:30-05:00")
    page.goto("/products/TEAS0001")
    time = page.locator("time")
    expect(time).to_have_text("9:05")
    page.evaluate(
        "window.writes = 0;"
        "new MutationObserver(() => writes++).observe(document.querySelector('time'), { childList: true })"
    )
    page.clock.run_for(120_000)
    expect(time).to_have_text("9:05")
    assert page.evaluate("writes") == 0
    page.clock.run_for(120_000)
    expect(time).to_have_text("1 March 2026 at 9:05")
    expect(time).to_have_attribute("title", "14:05 UTC, 1 March 2026")
    assert page.evaluate("writes") == 1
