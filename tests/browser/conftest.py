"""A whole shop with its pages behind gunicorn, and Chromium in front of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.security import generate_password_hash

from devservices import Service
from devservices.processes import HOST, free_port, listens
from tests.end_to_end.conftest import ROOT, Shop, eventually

USER, PASSWORD = "dev", "correct horse battery"
FLOWER = "http://flower.example:5555"
OPS_PAGES = (
    "/ops",
    "/ops/letters",
    "/ops/letters?state=no",
    "/ops/letters/1",
    "/ops/replays",
    "/ops/unknown",
    "/ops/nowhere",
)


@pytest.fixture
def whole_shop(app: Flask, bridge_environment: dict[str, str], kafka: Service, tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(app, bridge_environment["KAFKA_TOPIC"], kafka, tmp_path)
    yield shop
    shop.close()


class Web:
    """The shop's pages behind gunicorn, `/ops` open among them; they can go away and come back."""

    def __init__(self, logs: Path) -> None:
        self.port = free_port()
        self.address = f"http://{HOST}:{self.port}"
        self._log = logs / "web.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._opened = {
            "OPS_USER": USER,
            "OPS_PASSWORD_HASH": generate_password_hash(PASSWORD),
            "SECRET_KEY": "0123456789abcdef",
            "FLOWER_URL": FLOWER,
            "STOCK_STALE_AFTER": "10",
        }

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "--bind", f"{HOST}:{self.port}", "--log-level=error", "wsgi:app"]
        environment = {**os.environ, **self._opened}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, process_group=0
            )
        eventually(lambda: listens(self.port))

    def send(self, number: signal.Signals) -> None:
        """Send a signal to all of its processes."""
        assert self._process
        os.killpg(self._process.pid, number)

    def end(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(20)
            self._process = None


@pytest.fixture
def web(whole_shop: Shop) -> Iterator[Web]:
    web = Web(whole_shop.logs)
    web.start()
    yield web
    web.end()


expect.set_options(timeout=40_000)  # a busy machine


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
            ignore_default_args=["--disable-back-forward-cache"],  # shoppers' browsers have it
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, web: Web) -> Iterator[Page]:
    """A phone of 320 px that runs no JavaScript."""
    with _opened(chromium, web, java_script_enabled=False, viewport={"width": 320, "height": 640}) as context:
        yield context.new_page()


@pytest.fixture
def desk(chromium: Browser, web: Web) -> Iterator[BrowserContext]:
    """A browser on a desk, for as many pages as a test opens."""
    with _opened(chromium, web, viewport={"width": 1200, "height": 900}) as context:
        yield context


@pytest.fixture
def phone(chromium: Browser, web: Web) -> Iterator[BrowserContext]:
    """A phone's browser."""
    with _opened(chromium, web, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as context:
        yield context


def lose_the_feed(shop: Shop) -> None:
    """Let the bridge have reported for the last time on 1 March 2026."""
    shop.connection.execute(
        "INSERT INTO feed_positions (source, topic, partition, next_offset, end_offset, reported_at)"
        " VALUES ('id-0', 'stock', 0, 5, 5, '2026-03-01 14:05:09+00')"
    )


@contextmanager
def _opened(chromium: Browser, web: Web, **options: Any) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=web.address, **options)
    context.set_default_timeout(40_000)  # a busy machine
    yield context
    context.close()
