import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from babel.numbers import list_currencies, parse_decimal
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import decimals, sampled_from

from runtime.settings import load
from storefront.config import Settings
from storefront.models import HIGHEST_PRICE
from storefront.web import locales
from tests.storefront.web.conftest import Shop

Setting = Callable[..., None]


@pytest.fixture
def setting(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    """Give the shop other settings, and be inside it."""

    def change(**changes: str) -> None:
        settings = shop.app.config["SETTINGS"].model_copy(update=changes)
        monkeypatch.setitem(shop.app.config, "SETTINGS", settings)

    with shop.app.app_context():
        yield change


@pytest.mark.parametrize(
    ("shop_in", "amount", "shown"),
    [
        ("en_GB EUR", "47.53", "€47.53"),
        ("en_GB EUR", "0.00", "€0.00"),
        ("en_GB EUR", "99999999.99", "€99,999,999.99"),
        ("de EUR", "1234.50", "1.234,50\u00a0€"),
        ("de_CH CHF", "1234.50", "CHF\u00a01\u2019234.50"),
        ("fr EUR", "1234.50", "1\u202f234,50\u00a0€"),
        ("en_US GBP", "0.10", "£0.10"),
        ("en_IN INR", "1234567.00", "₹12,34,567.00"),
        ("ja JPY", "1200.00", "￥1,200"),
        ("ja JPY", "1200.50", "￥1,200.50"),
        ("en_GB KWD", "1.50", "KWD\u00a01.500"),
    ],
)
def test_a_price_is_written_as_its_locale_does_and_never_rounded(
    setting: Setting, shop_in: str, amount: str, shown: str
) -> None:
    locale, currency = shop_in.split()
    setting(locale=locale, currency=currency)

    assert locales.money(Decimal(amount)) == shown


@given(amount=decimals(0, HIGHEST_PRICE, places=2), currency=sampled_from(sorted(list_currencies())))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_price_in_any_currency_is_rounded(setting: Setting, amount: Decimal, currency: str) -> None:
    setting(currency=currency)
    _, number = re.split(r"(?=\d)", locales.money(amount), maxsplit=1)

    assert parse_decimal(number, locale="en_GB") == amount


@pytest.mark.parametrize(
    ("locale", "zone", "shown"),
    [
        ("en_GB", "UTC", "14:05 UTC, 1 March 2026"),
        ("en_GB", "Europe/Berlin", "15:05 CET, 1 March 2026"),
        ("en_US", "America/New_York", "9:05\u202fAM EST, March 1, 2026"),
        ("de", "Europe/Vienna", "15:05 MEZ, 1. März 2026"),
        ("en_GB", "Pacific/Auckland", "03:05 GMT+13:00, 2 March 2026"),
    ],
)
def test_a_time_is_the_shops(setting: Setting, locale: str, zone: str, shown: str) -> None:
    setting(locale=locale, time_zone=zone)

    assert locales.moment(datetime(2026, 3, 1, 14, 5, 9, tzinfo=UTC)) == shown


def test_a_time_of_today_needs_no_day(shop: Shop) -> None:
    now = datetime.now(UTC)
    with shop.app.app_context():
        assert locales.moment(now) == f"{now:%H:%M} UTC"


def test_a_time_says_in_which_language_it_is_written(shop: Shop, setting: Setting) -> None:
    shop.add(count=3)
    shop.lose_the_feed()
    setting(locale="de_AT", time_zone="Europe/Vienna")

    time = '<time lang="de-AT" datetime="2026-03-01T14:05:09+00:00">15:05 MEZ, 1. März 2026</time>'
    assert time in shop.page("/products/TEAS0001")


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("CURRENCY", "EUX"), ("CURRENCY", "€"), ("CURRENCY", "eur"),
        ("LOCALE", "xx"), ("LOCALE", "English"), ("LOCALE", "../de"), ("LOCALE", "_"),
        ("TIME_ZONE", "Mars/Base"), ("TIME_ZONE", "Europe"), ("TIME_ZONE", "../UTC"), ("TIME_ZONE", "/etc/passwd"),
    ],
)  # fmt: skip
def test_what_is_no_currency_locale_or_zone_ends_the_start_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, bad: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop@localhost/shop")
    monkeypatch.setenv(name, bad)
    with pytest.raises(SystemExit):
        load(Settings)
    said = capsys.readouterr().err
    assert said.startswith(f"{name} is '{bad}'; expected ")
    assert said.count("\n") == 1


def test_a_locale_may_be_written_as_browsers_write_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop@localhost/shop")
    monkeypatch.setenv("LOCALE", "de-CH")
    assert load(Settings).locale == "de_CH"
