"""`python -m demo.screenshots`: pictures of the running demo's pages, for the README."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import click

PICTURES = Path(__file__).parent.parent / "docs" / "screenshots"
LOW = re.compile(r'href="(/products/[^"]+)"(?:(?!href).)*?Only \d+ left!', re.DOTALL)
SIZES = {"desktop": (1200, 900), "phone": (390, 844)}


@click.command()
@click.option(
    "--page", default=lambda: os.environ.get("DEMO_PAGE", "http://127.0.0.1:8000/"), help="The shop's address."
)
@click.option("--chromium", default="chromium", show_default=True, help="The browser to run.")
def main(page: str, chromium: str) -> None:
    """Photograph the list and a product that is nearly sold out, on a desktop and on a phone."""
    browser = shutil.which(chromium)
    if browser is None:
        sys.exit(f"no program {chromium!r} here; expected Chromium. On Debian: apt-get install chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    product = page.rstrip("/") + _low_product(page)
    for device in SIZES:
        _photograph(browser, page, f"list-{device}")
        _photograph(browser, product, f"product-{device}")


def _low_product(page: str) -> str:
    with urllib.request.urlopen(page, timeout=10) as response:  # noqa: S310  (the address that the caller named)
        found = LOW.search(response.read().decode())
    if found is None:
        sys.exit(f"no product on {page} says 'Only N left!'; wait for the stand-in to sell some, then try again")
    return found[1]


def _photograph(browser: str, address: str, name: str) -> None:
    width, height = SIZES[name.rpartition("-")[2]]
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                "--disable-background-networking", f"--user-data-dir={profile}", f"--window-size={width},{height}",
                f"--screenshot={PICTURES / name}.png", address,
            ],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
    click.echo(f"{address} → {PICTURES.name}/{name}.png")


if __name__ == "__main__":
    main()
