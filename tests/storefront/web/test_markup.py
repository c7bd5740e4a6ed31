import pytest
from turbohtml import Document, parse

from tests.storefront.web.conftest import Shop

ADDRESSES = (
    "/",
    "/?q=tea&in_stock=1&sort=price",
    "/?q=nothing%22",
    "/products/TEAS0000",
    "/products/TEAS0001",
    "/nowhere",
)


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    for number, count in enumerate((None, 0, 3, 50, *[None] * 47)):
        shop.add(f"TEAS{number:04}", name=f'Tea & "cake" <{number:02}> it\'s', count=count)
    return shop


def document(markup: str) -> Document:
    return parse(markup, strict=True)  # raises HTMLParseError at the first parse error


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_on_a_page_runs_or_is_styled_inline(stocked: Shop, address: str) -> None:
    elements = list(document(stocked.client.get(address).text).iter_elements())

    scripts = [element.attrs for element in elements if element.tag == "script"]
    run = [script for script in scripts if script["type"] != "application/ld+json"]  # data: no browser runs it
    assert all(str(script["src"]).startswith("/static/") for script in run)
    assert not {element.tag for element in elements} & {"style", "iframe", "object"}
    names = {name for element in elements for name in element.attrs}
    assert not [name for name in names if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("address", [*ADDRESSES, "/healthz", "/static/shop.css", "/static/none.css"])
def test_every_response_carries_the_protecting_headers(shop: Shop, address: str) -> None:
    with shop.client.get(address) as response:
        headers = response.headers
    policy = headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
