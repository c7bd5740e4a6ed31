"""A shopper's way through the shop, on a desk and on a phone, with JavaScript and without."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import lose_the_feed
from tests.browser.test_ops import fits
from tests.end_to_end.conftest import Shop

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# A card shows nothing of what is wider than it.
CUT_OFF = (
    "cards => cards.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).map(card => card.innerText)"
)


@pytest.fixture
def shelves(whole_shop: Shop) -> Shop:
    """Sixty products: nine chairs of known stock, tables, and one with the longest name there can be."""
    query = "INSERT INTO products (code, name, price) VALUES (%s, %s, %s)"
    chairs = [(f"CHAI{number:04}", f"Oak chair {number}", 90 - number) for number in range(9)]
    tables = [(f"TABL{number:04}", f"Round table {number}", 200 + number) for number in range(50)]
    longest = [("N" * 64, "Donaudampfschifffahrt" * 9, 99_999_999)]
    with whole_shop.connection.cursor() as cursor:
        cursor.executemany(query, chairs + tables + longest)
        cursor.executemany(
            "INSERT INTO stock_levels (product_code, inventory) VALUES (%s, %s)",
            [(code, number * 4) for number, (code, *_) in enumerate(chairs)],
        )
    return whole_shop


def look_around(page: Page) -> None:
    """From the whole list by a search to one product, and back."""
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("All products")
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".card")).to_have_count(10)
    page.get_by_label("Name or code").fill("oak ch")
    page.get_by_label("In stock only").check()
    page.get_by_label("Sort by").select_option("Lowest price")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Search: oak ch")
    expect(page.locator(".card .name")).to_have_text([f"Oak chair {number}" for number in range(8, 0, -1)])
    page.get_by_role("link", name="Oak chair 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Oak chair 1")
    expect(page.locator(".stock")).to_have_text("Only 4 left!")
    page.go_back(wait_until="commit")  # a page that was kept loads nothing
    expect(page.get_by_label("Sort by")).to_have_value("price")
    expect(page.locator(".card")).to_have_count(8)


def test_list_search_and_product_on_a_desk(shelves: Shop, desk: BrowserContext) -> None:
    assert shelves
    look_around(desk.new_page())


def test_list_search_and_product_without_javascript(shelves: Shop, page: Page) -> None:
    look_around(page)
    shelves.connection.execute("UPDATE stock_levels SET inventory = 3 WHERE product_code = 'CHAI0001'")
    page.goto("/products/CHAI0001")
    expect(page.locator(".stock")).to_have_text("Only 3 left!")


def test_with_a_keyboard_alone(shelves: Shop, desk: BrowserContext) -> None:
    assert shelves
    page = desk.new_page()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.get_by_label("Name or code").focus()
    page.keyboard.type("chair 3")
    page.keyboard.press("Enter")
    expect(page.locator(".card")).to_have_count(1)
    link = page.get_by_role("link", name="Oak chair 3")
    for _ in range(12):
        page.keyboard.press("Tab")
        if link.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Oak chair 3")


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_no_page_is_wider_than_the_screen(shelves: Shop, phone: BrowserContext, width: int) -> None:
    page = phone.new_page()
    page.set_viewport_size({"width": width, "height": 640})
    addresses = ("/", "/?q=Donau", "/?q=nothing", f"/products/{'N' * 64}", "/products/CHAI0001", "/nowhere")
    for lose in (False, True):
        if lose:
            lose_the_feed(shelves)
        for address in addresses:
            page.goto(address)
            assert fits(page), address


@pytest.mark.parametrize("width", [320, 360, 390])
def test_a_phones_form_and_list_can_be_read_with_letters_of_twice_the_size(
    shelves: Shop, phone: BrowserContext, width: int
) -> None:
    assert shelves
    page = phone.new_page()
    page.set_viewport_size({"width": width, "height": 640})
    page.goto("/?q=oak")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert fits(page)
    assert page.locator("#sort").evaluate("field => field.clientWidth") >= 7 * 32
    assert page.locator(".card").evaluate_all(CUT_OFF) == []


def test_no_page_asks_anybody_else_or_breaks_its_own_rules(shelves: Shop, desk: BrowserContext) -> None:
    assert shelves
    page = desk.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for address in ("/", "/products/CHAI0001"):
        with page.expect_response("**/live?*"):
            page.goto(address)
    origin = page.evaluate("location.origin")
    assert [url for url in asked if not url.startswith(f"{origin}/")] == []
    assert complaints == []
