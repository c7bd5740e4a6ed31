"""Every page, in every state, by the Nu Html Checker: one start of Java for all."""

from pathlib import Path

import pytest

from tests import nu_checker
from tests.storefront.web.conftest import Shop

SHOP = ("/", "/?q=tea&in_stock=1&sort=price", "/?q=nothing%22", "/?sort=stock", "/nowhere")
COUNTS = (None, 0, 3, 50)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not nu_checker.is_here(), reason="needs Java")]


def seen(shop: Shop, addresses: tuple[str, ...], when: str = "") -> dict[str, str]:
    return {f"{address} {when}".strip(): shop.client.get(address).text for address in addresses}


def test_every_page_is_valid_html(shop: Shop, shop_without_database: Shop, tmp_path: Path) -> None:
    for number in range(60):
        shop.add(f"TEAS{number:02}", name=f'Tea & "cake" <{number:02}> it\'s', count=COUNTS[number % len(COUNTS)])
    products = tuple(f"/products/TEAS{number:02}" for number in range(len(COUNTS)))

    pages = seen(shop_without_database, ("/",), "without database") | seen(shop, ("/ops",), "closed")
    pages |= seen(shop, (*SHOP, *products))
    shop.lose_the_feed()
    pages |= seen(shop, ("/", *products), "feed lost")

    assert nu_checker.complaints(pages, tmp_path) == []
