"""A developer's morning: something is red; an hour later nothing is, and nothing was lost."""

import os
import re
import signal

import pytest
import redis
from playwright.sync_api import Page, ViewportSize, expect

from runtime.names import QUEUE
from tests.browser.conftest import FLOWER, OPS_PAGES, PASSWORD, USER
from tests.end_to_end.conftest import Shop, eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE: ViewportSize = {"width": 390, "height": 844}
NARROW_PHONE: ViewportSize = {"width": 320, "height": 640}

BROKEN = """() => {
    const lines = cell => { const range = document.createRange(); range.selectNodeContents(cell);
        return range.getClientRects().length };
    const oneWord = [...document.querySelectorAll("thead th")].filter(head => !/\\s/.test(head.innerText));
    const heads = oneWord.filter(head => lines(head) > 1);
    const cut = [...document.querySelectorAll(".hex")].filter(bytes => bytes.scrollWidth > bytes.clientWidth);
    return [...heads, ...cut].map(element => element.innerText);
}"""
WIDTH = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


def sign_in(page: Page) -> None:
    page.goto("/ops")
    page.get_by_label("Name").fill(USER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def fits(page: Page) -> bool:
    """Whether nothing of the page lies beyond its right edge."""
    content, window = page.evaluate(WIDTH)
    return bool(content <= window)


def broken_words(page: Page) -> list[str]:
    """Return the heads of tables whose one word stands on several lines, and what is cut off of bytes."""
    return [str(word) for word in page.evaluate(BROKEN)]


def break_a_message(shop: Shop) -> None:
    """Let a worker with a bug of ours meet the count it can't stand; leave nothing in the queue."""
    shop.add_products("JANW7810")
    shop.start("bridge", "buggy")
    shop.count("JANW7810", 13)
    eventually(lambda: shop.query("SELECT sum(next_offset) FROM feed_positions") == [(1,)])
    shop.end("bridge", signal.SIGTERM)
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as queue:
        eventually(lambda: not queue.exists(QUEUE, "unacked"))
    shop.end("buggy", signal.SIGTERM)


def test_from_a_red_message_to_its_replay(whole_shop: Shop, page: Page) -> None:
    break_a_message(whole_shop)
    sign_in(page)
    page.get_by_role("link", name="our own code fails on it, ZeroDivisionError").first.click()
    expect(page.get_by_text("All that match: 1")).to_be_visible()
    page.locator(".list .title").click()
    expect(page.get_by_role("heading", name="Dead letter 1 open")).to_be_visible()
    expect(page.locator(".text")).to_have_text('{"product_code": "JANW7810", "inventory_count": 13}')
    [(task,)] = whole_shop.query("SELECT task_id FROM dead_letters")
    expect(page.get_by_role("link", name="Its task in Flower")).to_have_attribute("href", f"{FLOWER}/task/{task}")

    page.get_by_label("Why").fill("the rule is mended")
    page.get_by_role("button", name="Replay").click()
    expect(page.locator(".sum")).to_have_text(re.compile("1 waiting"))
    whole_shop.start("worker")
    eventually(lambda: whole_shop.query("SELECT state FROM dead_letters") == [("replayed",)])
    page.get_by_role("link", name="Look again").click()
    expect(page.locator(".list")).to_contain_text("applied JANW7810 → 13")

    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_text("nothing waits to be mended")).to_be_visible()
    page.goto("/products/JANW7810")
    expect(page.get_by_text("In stock").first).to_be_visible()
    page.goto("/ops")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_task_of_flower_is_found_and_all_that_match_are_discarded(whole_shop: Shop, page: Page) -> None:
    whole_shop.start("bridge", "worker")
    for value in (b"hello", b"<script>alert(1)</script>\xe2\x80\xae" + b"w" * 300, b"\x00" * 3_000):
        whole_shop.send(value)
    eventually(lambda: len(whole_shop.letters()) == 3)
    [(task,)] = whole_shop.query("SELECT task_id FROM dead_letters WHERE value = 'hello'")
    sign_in(page)
    page.get_by_role("link", name="Dead letters").first.click()
    page.get_by_label("a task's id from Flower").fill(task)
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".text")).to_have_text("hello")

    page.get_by_role("link", name="Dead letters").first.click()
    page.get_by_text("Filter by reason").click()
    page.get_by_label("Reason has").fill("not json")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("All that match: 3")).to_be_visible()
    page.get_by_role("button", name="Discard all that match").click()
    expect(page.get_by_role("alert")).to_contain_text("say why")
    expect(page.get_by_label("Why")).to_be_in_viewport()
    page.get_by_label("Why").fill("their test")
    page.get_by_label("Yes, discard all that match").check()
    page.get_by_role("button", name="Discard all that match").click()
    expect(page.get_by_role("status")).to_have_text("3 discarded.")
    assert whole_shop.query("SELECT DISTINCT state, because, closed_by FROM dead_letters") == [
        ("discarded", "their test", USER)
    ]


def test_on_a_narrow_phone_no_page_is_wider_than_the_screen(whole_shop: Shop, page: Page) -> None:
    whole_shop.start("bridge", "worker")
    whole_shop.send(b"<script>alert(1)</script>" + b"w" * 3_000, b"k" * 500)
    whole_shop.count("N" * 64, 2**31 - 1)
    eventually(lambda: whole_shop.letters() and whole_shop.stock())
    whole_shop.connection.execute("UPDATE feed_positions SET end_offset = 123456789, stopped_at = 0.5")
    page.goto("/ops")
    assert fits(page)
    sign_in(page)
    for address in OPS_PAGES:
        page.goto(address)
        assert fits(page), address
        page.set_viewport_size(PHONE)
        assert fits(page), address
        assert broken_words(page) == [], address
        page.set_viewport_size(NARROW_PHONE)
    page.goto("/ops/letters/1")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("heading", name="Replay 1")).to_be_visible()
    assert fits(page)
