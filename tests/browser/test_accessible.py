"""axe-core, the checker of WCAG that the browsers' own tools use, finds nothing on any page, light or dark."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OPS_PAGES, PASSWORD, USER, Web, lose_the_feed
from tests.end_to_end.conftest import Shop

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# WCAG 2.0 to 2.2, A and AA, and what axe calls good practice.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
COUNTS = {"NONE": None, "ZERO": 0, "THREE": 3, "MANY": 50}
SHOP = (
    "/", "/?q=thing&in_stock=1&sort=price", "/?q=nothing", "/?in_stock=1&q=none", "/nowhere",
    *(f"/products/{code}" for code in COUNTS),
)  # fmt: skip


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, chromium: Browser, web: Web) -> Iterator[Page]:
    context = chromium.new_context(base_url=web.address, color_scheme=request.param)
    context.set_default_timeout(40_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def shelves(whole_shop: Shop) -> Shop:
    whole_shop.add_products(*COUNTS, *(f"MORE{number:02}" for number in range(50)))
    for code, count in COUNTS.items():
        if count is not None:
            whole_shop.connection.execute(
                "INSERT INTO stock_levels (product_code, inventory) VALUES (%s, %s)", (code, count)
            )
    return whole_shop


def findings(page: Page, *addresses: str) -> list[str]:
    return [f"{address}: {found}" for address in addresses for found in findings_on(page, address)]


def findings_on(page: Page, address: str) -> Iterator[str]:
    page.goto(address)
    yield from findings_here(page)


def findings_here(page: Page) -> Iterator[str]:
    """What axe finds on the page as it is now: what its script has made of it, too."""
    for violation in Axe().run(page, options=RULES).response["violations"]:
        for node in violation["nodes"]:
            yield f"{violation['id']}, {violation['help']}: {node['html']} {node['failureSummary']}"


@pytest.mark.usefixtures("shelves")
def test_every_page_of_the_shop(page: Page) -> None:
    assert findings(page, *SHOP) == []


def test_the_shop_without_its_feed_and_without_its_database(shelves: Shop, page: Page) -> None:
    lose_the_feed(shelves)
    assert findings(page, *SHOP) == []
    shelves.connection.execute("ALTER TABLE products RENAME TO products_before")
    try:
        assert findings(page, "/", "/products/THREE") == []
    finally:
        shelves.connection.execute("ALTER TABLE products_before RENAME TO products")


@pytest.mark.parametrize("address", ["/?q=three", "/products/THREE"])
def test_an_open_page_whose_product_is_no_longer_sold_or_whose_server_is_away(
    shelves: Shop, page: Page, web: Web, address: str
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(address)
    shelves.connection.execute("UPDATE products SET active = false WHERE code = 'THREE'")
    place = page.locator(".place[data-code='THREE']")
    expect(place).to_have_text("No longer sold here")
    page.wait_for_timeout(1_700)  # until it no longer shines
    assert [*findings_here(page)] == []
    web.end()
    expect(place).to_have_text("Reconnecting…")
    assert [*findings_here(page)] == []


def test_every_page_for_developers(shelves: Shop, page: Page) -> None:
    assert findings(page, "/ops") == []
    page.get_by_label("Name").fill(USER)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    assert findings(page, page.url) == []
    page.goto("/ops")
    page.get_by_label("Name").fill(USER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    assert findings(page, *OPS_PAGES) == []
    shelves.connection.execute(
        "INSERT INTO dead_letters (topic, partition, source, leader_epoch, "
        '"offset", broker_time, task_id, value, product_code, reason)'
        " SELECT 'stock', 0, 'id-0', 0, i, 1, 'stock-0-' || i, 'hello', 'THREE', 'the message is hello, not JSON'"
        " FROM generate_series(1, 60) i"
    )
    shelves.connection.execute(
        "INSERT INTO feed_positions (source, topic, partition, next_offset, end_offset, reported_at, stopped_at)"
        " VALUES ('id-0', 'stock', 0, 5, 9, now() - interval '1 hour', 0.5)"
    )
    shelves.connection.execute("INSERT INTO stock_levels (product_code, inventory) VALUES ('NO-SUCH-CODE', 3)")
    assert findings(page, *OPS_PAGES) == []
    page.goto("/ops/letters/1")
    page.get_by_label("Why").fill("mended")
    page.get_by_role("button", name="Replay").click()
    assert findings(page, page.url, "/ops/replays") == []
    shelves.connection.execute(
        "UPDATE dead_letters SET replay_retries = 6, replay_trouble = 'disk full', last_at = clock_timestamp()"
    )
    shelves.connection.execute("UPDATE replays SET asked_at = asked_at - interval '5 minutes'")
    for minutes in (None, 4):
        begun = "UPDATE dead_letters SET replay_begun_at = last_at - make_interval(mins => %s)"
        shelves.connection.execute(begun, [minutes])
        assert findings(page, page.url, "/ops/letters/1") == []
        page.goto("/ops/replays/1")
    expect(page.get_by_role("button", name="Replay the undecided again")).to_be_visible()
    shelves.connection.execute("ALTER TABLE replays RENAME TO replays_before")
    try:
        assert findings(page, "/ops/replays") == []
        expect(page.get_by_role("heading", name="The database can't be asked")).to_be_visible()
    finally:
        shelves.connection.execute("ALTER TABLE replays_before RENAME TO replays")
