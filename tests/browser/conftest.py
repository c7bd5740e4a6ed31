"""A whole shop with its pages behind gunicorn, and Chromium in front of it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.security import generate_password_hash

from devservices import Service
from devservices.processes import HOST, free_port, listens
from tests.end_to_end.conftest import ROOT, Shop, eventually

USER, PASSWORD = "dev", "correct horse battery"
FLOWER = "http://flower.example:5555"


@pytest.fixture
def whole_shop(app: Flask, bridge_environment: dict[str, str], kafka: Service, tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(app, bridge_environment["KAFKA_TOPIC"], kafka, tmp_path)
    yield shop
    shop.close()


@pytest.fixture
def address(whole_shop: Shop) -> Iterator[str]:
    """Where the shop's pages are, `/ops` open among them."""
    port = free_port()
    opened = {
        "OPS_USER": USER,
        "OPS_PASSWORD_HASH": generate_password_hash(PASSWORD),
        "SECRET_KEY": "0123456789abcdef",
        "FLOWER_URL": FLOWER,
    }
    command = [sys.executable, "-m", "gunicorn", "--bind", f"{HOST}:{port}", "--log-level", "error", "wsgi:app"]
    with (whole_shop.logs / "web.log").open("ab") as log:
        web = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **opened}, stdout=log, stderr=subprocess.STDOUT)
    eventually(lambda: listens(port))
    yield f"http://{HOST}:{port}"
    web.terminate()
    web.wait(20)


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config) -> Iterator[Browser]:
    program = Path(pytestconfig.getoption("--chromium"))
    if not program.exists():
        pytest.fail(
            f"no browser at {program}; expected Chromium (Debian: apt install chromium), or name it: --chromium"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox"],  # root has none in a container
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A phone of 320 px that runs no JavaScript, at the shop's first page."""
    context = chromium.new_context(base_url=address, java_script_enabled=False, viewport={"width": 320, "height": 640})
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
