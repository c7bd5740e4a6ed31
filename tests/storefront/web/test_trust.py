import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from devservices.processes import free_port
from storefront import create_app
from storefront.database import db
from storefront.web.trust import LONGEST_BODY
from tests.storefront.web.conftest import Shop

ROOT = Path(__file__).parents[3]
FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.example", "X-Forwarded-For": "192.0.2.7"}
CANONICAL = re.compile(r'rel="canonical" href="([^"]+)"')


@pytest.fixture
def behind_proxy(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    assert shop
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    monkeypatch.setenv("ALLOWED_HOSTS", "shop.example, .example.net")
    app = create_app()
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("address", ["/", "/products/NO-SUCH-CODE", "/nowhere", "/healthz", "/static/shop.css"])
def test_browsers_are_told_to_stay_with_tls_only_where_they_came_by_it(shop: Shop, address: str) -> None:
    with shop.client.get(address, base_url="https://localhost") as response:
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    with shop.client.get(address) as response:
        assert "Strict-Transport-Security" not in response.headers


@pytest.mark.parametrize("address", ["/", "/nowhere", "/healthz", "/static/shop.css"])
def test_no_page_is_framed_sniffed_or_told_about_elsewhere(shop: Shop, address: str) -> None:
    with shop.client.get(address) as response:
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"


def test_a_proxy_is_not_believed_unless_a_setting_says_so(shop: Shop) -> None:
    response = shop.client.get("/", headers=FORWARDED)

    assert "Strict-Transport-Security" not in response.headers
    assert CANONICAL.findall(response.text) == ["http://localhost/"]


def test_one_proxy_is_believed_and_what_is_before_it_is_not(behind_proxy: FlaskClient) -> None:
    liar = {"X-Forwarded-Host": "evil.test, shop.example", "X-Forwarded-Proto": "http, https"}
    for headers in (FORWARDED, liar):
        response = behind_proxy.get("/", headers=headers)

        assert "Strict-Transport-Security" in response.headers
        assert CANONICAL.findall(response.text) == ["https://shop.example/"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("shop.example", 200), ("SHOP.EXAMPLE:8000", 200), ("example.net", 200), ("a.b.example.net", 200),
        ("evil.test", 400), ("shop.example.evil.test", 400), ("evilexample.net", 400), ("127.0.0.1", 400),
        ("", 400), ("a b", 400), ("shop.example@evil.test", 400), ("x" * 5_000, 400),
    ],
)  # fmt: skip
def test_only_the_shops_own_names_get_pages(behind_proxy: FlaskClient, host: str, status: int) -> None:
    response = behind_proxy.get("/", headers={"Host": host})

    assert response.status_code == status
    if status == 400:
        assert "make sense of this request" in response.text
        assert "evil" not in response.text


def test_health_is_asked_for_by_any_name(behind_proxy: FlaskClient) -> None:
    for address in ("/healthz", "/readyz"):
        assert behind_proxy.get(address, headers={"Host": "10.0.0.7:8000"}).status_code == 200


@pytest.mark.parametrize(("host", "status"), [("10.0.0.7", 200), ("shop", 200), ("a b", 400), ("x" * 5_000, 400)])
def test_any_name_will_do_where_none_is_set_but_it_must_be_one(shop: Shop, host: str, status: int) -> None:
    assert shop.client.get("/", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("name", ["shop/example", "a b", "", ",", "https://shop.example"])
def test_what_is_no_host_name_ends_the_start_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop@localhost/shop")
    monkeypatch.setenv("ALLOWED_HOSTS", f"shop.example,{name}")
    with pytest.raises(SystemExit):
        create_app()
    assert "ALLOWED_HOSTS is" in capsys.readouterr().err


def test_a_body_that_is_too_long_is_not_read(shop: Shop) -> None:
    assert shop.app.config["MAX_CONTENT_LENGTH"] == LONGEST_BODY
    assert shop.client.post("/", data=b"x" * (LONGEST_BODY + 1)).status_code in {405, 413}


@contextmanager
def gunicorn() -> Iterator[int]:
    """The pages on a port, as in production."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            _asked(port)
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


def _asked(port: int) -> dict[str, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/healthz", headers=FORWARDED)
    response = connection.getresponse()
    response.read()
    connection.close()
    return dict(response.getheaders())


@pytest.mark.usefixtures("shop_environment")
def test_gunicorn_believes_no_proxy_either(monkeypatch: pytest.MonkeyPatch) -> None:
    with gunicorn() as port:
        assert "Strict-Transport-Security" not in _asked(port)
    monkeypatch.setenv("TRUSTED_PROXIES", "1")
    with gunicorn() as port:
        assert "Strict-Transport-Security" in _asked(port)
