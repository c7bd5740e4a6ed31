"""Prices and times as a shopper reads them, by CURRENCY, LOCALE and TIME_ZONE."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_gmt, get_timezone_name
from babel.numbers import format_currency, get_currency_precision

from storefront.web.shop import settings

# CHF 47.50: the Unicode locale data ask for this space (currencySpacing); Babel leaves it out.
_LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


def money(amount: Decimal) -> str:
    """Return `amount` with its currency, never rounded: €47.53, and ¥48, but ¥47.53 where a price has decimals."""
    shop = settings()
    fits = amount == round(amount, get_currency_precision(shop.currency))
    price = format_currency(amount, shop.currency, locale=shop.locale, currency_digits=fits)
    return _LETTER_BESIDE_DIGIT.sub("\N{NO-BREAK SPACE}", price)


def moment(at: datetime) -> str:
    """Return `at` in the shop's zone: 14:05 UTC, with the day where it isn't today."""
    shop = settings()
    zone, locale = ZoneInfo(shop.time_zone), shop.locale
    at = at.astimezone(zone)
    name = get_timezone_name(at, "short", locale=locale)
    if not name[0].isalpha():  # it has none in this language
        name = get_timezone_gmt(at, locale=locale)
    day = "" if at.date() == datetime.now(UTC).astimezone(zone).date() else f", {format_date(at, 'long', locale)}"
    return f"{format_time(at, 'short', locale=locale)} {name}{day}"


def language() -> str:
    """Return the language that times are written in, as HTML names it: en-GB."""
    return str(Locale.parse(settings().locale)).replace("_", "-")
