import logging
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.exc import DataError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from storefront import catalog
from storefront.database import db
from tests.storefront.web.conftest import Shop

BAD_ADDRESSES = (
    "/nowhere", "/%00", f"/{'A' * 5_000}",
    "/static/%00", "/static/../config.py", f"/static/{'A' * 5_000}",
    "/products", "/products/", "/products/..", "/products/NO-SUCH-CODE", "/products/%00", "/products/A%00B",
    "/products/%ff%fe", "/products/%ED%A0%80", f"/products/{'A' * 65}", f"/products/{'A' * 5_000}",
)  # fmt: skip
INSIDES = ("Traceback", "SELECT", "FROM", "psycopg", "sqlalchemy", "secret", "127.0.0.1")
QUESTION: tuple[str, dict[str, str], Exception] = (
    "SELECT secret",
    {},
    psycopg.OperationalError("server closed the connection"),
)


@pytest.fixture
def unmigrated_shop(shop: Shop) -> Iterator[Shop]:
    with shop.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE products RENAME TO products_before")
    yield shop
    with shop.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE products_before RENAME TO products")


def make_every_page_fail(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object) -> None:
        raise error

    for question in ("products_page", "active_product", "check_readable"):
        monkeypatch.setattr(catalog, question, fail)


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_a_bad_address_is_a_friendly_404(shop: Shop, address: str) -> None:
    response = shop.client.get(address)

    assert response.status_code == 404
    assert "Not on our shelves" in response.text
    assert 'href="/">See all products' in response.text


def test_an_inactive_product_is_a_friendly_404_even_with_a_count(shop: Shop) -> None:
    shop.add("TEAS0001", name="Tea", count=4, active=False)

    response = shop.client.get("/products/TEAS0001")

    assert response.status_code == 404
    assert "Not on our shelves" in response.text
    assert "Tea" not in response.text


def test_a_method_that_no_page_has_is_a_friendly_405(shop: Shop) -> None:
    response = shop.client.post("/")

    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert "This page can only be looked at" in response.text


@pytest.mark.parametrize("address", ["/", "/?q=tea", "/products/TEAS0001", "/readyz"])
def test_no_database_is_one_log_line_and_a_503_that_says_try_again(
    shop_without_database: Shop, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    response = shop_without_database.client.get(address)

    assert response.status_code == 503
    assert not [inside for inside in INSIDES if inside in response.text]
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("ERROR", None)]
    assert "\n" not in caplog.messages[0]
    assert "secret" not in caplog.messages[0]
    if address != "/readyz":
        assert "Please try again" in response.text
        assert response.headers["Retry-After"] == "5"


@pytest.mark.parametrize("address", ["/healthz", "/nowhere", "/static/shop.css"])
def test_what_needs_no_database_works_without_one(shop_without_database: Shop, address: str) -> None:
    with shop_without_database.client.get(address) as response:
        assert response.status_code in {200, 404}


@pytest.mark.parametrize("address", ["/", "/products/TEAS0001", "/readyz"])
def test_an_unmigrated_database_is_a_503(unmigrated_shop: Shop, address: str) -> None:
    response = unmigrated_shop.client.get(address)

    assert response.status_code == 503
    assert not [inside for inside in INSIDES if inside in response.text]


@pytest.mark.parametrize(
    "error", [OperationalError(*QUESTION), InterfaceError(*QUESTION), PoolTimeoutError("QueuePool limit of 5")]
)
@pytest.mark.parametrize("address", ["/", "/products/TEAS0001", "/readyz"])
def test_a_lost_connection_and_an_exhausted_pool_are_a_503(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, error: SQLAlchemyError, address: str
) -> None:
    make_every_page_fail(monkeypatch, error)

    response = shop.client.get(address)

    assert response.status_code == 503
    assert not [inside for inside in INSIDES if inside in response.text]


@pytest.mark.parametrize(
    "error",
    [ValueError("secret"), DataError("SELECT secret", {}, psycopg.errors.NumericValueOutOfRange("secret"))],
)
def test_a_bug_is_a_friendly_500_with_a_traceback_in_the_log_only(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    make_every_page_fail(monkeypatch, error)
    monkeypatch.setitem(shop.app.config, "PROPAGATE_EXCEPTIONS", False)

    response = shop.client.get("/")

    assert response.status_code == 500
    assert "Something broke on our side" in response.text
    assert not [inside for inside in INSIDES if inside in response.text]
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]
