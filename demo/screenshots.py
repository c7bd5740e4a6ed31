"""`make screenshots`: pictures of the shop's pages, for the README: always the same shop, with what it needs alone."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
import psycopg
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from demo.home import ROOT
from devservices import Postgres, ServiceError
from devservices.processes import HOST, free_port, listens

PICTURES = ROOT / "docs" / "screenshots"
SIZES = {"desktop": ViewportSize(width=1200, height=900), "phone": ViewportSize(width=390, height=844)}
START_SECONDS = 30

# Code, name, price, count: every state that a shopper may meet is within the first eight.
SHELF = (
    ("OAKS2101", "Nordic Oak Stool", "89.00", 24),
    ("WALN7810", "Walnut Side Table", "149.50", 3),
    ("LINE3345", "Linen Cushion", "24.90", 0),
    ("CERA5120", "Handmade Ceramic Teapot", "47.53", 12),
    ("WOOL4408", "Everyday Wool Throw", "79.00", 1),
    ("BRAS9032", "Brass Table Lamp", "128.00", None),
    ("RATT6677", "Rattan Lantern", "36.40", 7),
    ("FELT1254", "Slim Felt Laptop Sleeve", "32.00", 40),
    ("COPP8216", "Copper Vase", "41.75", 18),
    ("CORK5590", "Cork Trivet", "8.20", 50),
    ("VELV2073", "Velvet Curtain", "96.00", 5),
    ("SLAT3861", "Slate Cutting Board", "29.95", 33),
)
LATER = "2026-03-01T14:17:00Z"  # the browser's clock then: the picture is the same whenever it is taken
LOW = "/products/WALN7810"
_ADD_PRODUCT = "INSERT INTO products (code, name, price) VALUES (%s, %s, %s)"
_ADD_COUNT = "INSERT INTO stock_levels (product_code, inventory) VALUES (%s, %s)"
_LOSE_THE_FEED = (
    "INSERT INTO feed_positions (source, topic, partition, next_offset, end_offset, dealt_until, reported_at)"
    " VALUES ('id-0', 'stock', 0, 5, 5, 0, '2026-03-01 14:05:00+00')"
)


@click.command()
@click.option("--chromium", default="/usr/bin/chromium", show_default=True, help="The browser to run.")
def main(chromium: str) -> None:
    """Photograph the list and a product that is nearly sold out, on a desktop and on a phone, in good times and bad."""
    if not Path(chromium).exists():
        raise click.ClickException(f"no browser at {chromium}; name it: --chromium (Debian: apt install chromium)")
    PICTURES.mkdir(parents=True, exist_ok=True)
    try:
        with _shop() as (address, connection), _browser(chromium) as browser:
            _photograph(browser, address, connection)
    except ServiceError as error:
        raise click.ClickException(str(error)) from None


def _photograph(browser: Browser, address: str, connection: psycopg.Connection) -> None:
    for device in SIZES:
        with _page(browser, address, device) as page:
            _take(page, "/?sort=newest", f"list-{device}")
            _take(page, LOW, f"product-{device}")
    with _page(browser, address, "phone") as page:
        page.emulate_media(color_scheme="dark")
        _take(page, LOW, "product-phone-dark")
        page.emulate_media(color_scheme="light")
        page.context.set_offline(True)
        page.locator(".stock-away").wait_for()
        _save(page, "product-phone-reconnecting")
        page.context.set_offline(False)
        connection.execute(_LOSE_THE_FEED)
        page.clock.set_fixed_time(LATER)
        _take(page, LOW, "product-phone-feed-lost")


def _take(page: Page, address: str, name: str) -> None:
    page.goto(address)
    _save(page, name)


def _save(page: Page, name: str) -> None:
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path)
    click.echo(path.relative_to(ROOT))


@contextmanager
def _browser(program: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])  # root has none
        yield browser
        browser.close()


@contextmanager
def _page(browser: Browser, address: str, device: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, viewport=SIZES[device], timezone_id="UTC")
    yield context.new_page()
    context.close()


@contextmanager
def _shop() -> Iterator[tuple[str, psycopg.Connection]]:
    """Run the shop's pages on a database of their own. Gives their address, and a connection to that database."""
    with tempfile.TemporaryDirectory() as folder, Postgres(Path(folder)) as postgres:
        environment = {**os.environ, "DATABASE_URL": postgres.url, "LOG_LEVEL": "WARNING"}
        migrate = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            _fill(connection)
            with _served(environment) as address:
                yield address, connection


def _fill(connection: psycopg.Connection) -> None:
    for code, name, price, count in reversed(SHELF):  # the newest is shown first
        connection.execute(_ADD_PRODUCT, (code, name, price))
        if count is not None:
            connection.execute(_ADD_COUNT, (code, count))


@contextmanager
def _served(environment: Mapping[str, str]) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"{HOST}:{port}", "wsgi:app"]
    web = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not listens(port):
            if time.monotonic() > deadline or web.poll() is not None:
                raise ServiceError("the shop's pages did not start; see above")
            time.sleep(0.1)
        yield f"http://{HOST}:{port}"
    finally:
        web.terminate()
        web.wait()


if __name__ == "__main__":
    main(prog_name="python -m demo.screenshots")
