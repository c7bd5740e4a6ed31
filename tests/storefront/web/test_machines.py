import json
import re
from typing import Any

import pytest

from storefront.database import db
from tests.storefront.web.conftest import Shop
from tests.vocabulary import strangers

LINKED_DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def linked_data(shop: Shop, address: str = "/products/TEAS0001") -> dict[str, Any]:
    [found] = LINKED_DATA.findall(shop.page(address))
    data: dict[str, Any] = json.loads(found)
    return data


@pytest.mark.parametrize(
    ("count", "availability", "number"),
    [(None, None, None), (0, "OutOfStock", None), (3, "LimitedAvailability", 3), (50, "InStock", None)],
)
def test_machines_are_told_what_the_page_says(
    shop: Shop, count: int | None, availability: str | None, number: int | None
) -> None:
    shop.add(price="47.5", count=count)
    data = linked_data(shop)
    offer, document = data["offers"], json.loads(shop.page("/products/TEAS0001.json"))

    assert list(strangers(data)) == []
    assert data["@context"] == "https://schema.org"
    assert (offer["price"], offer["priceCurrency"]) == ("47.50", "EUR")
    assert offer.get("availability") == (availability and f"https://schema.org/{availability}")
    assert offer.get("inventoryLevel", {}).get("value") == number
    assert document["availability"] == availability
    assert document["inventory"] == number
    assert document["words"] in shop.page("/products/TEAS0001")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"prize": "5"}, "Offer has no prize"),
        ({"availability": "InStock"}, "Offer.availability is 'InStock'"),
        ({"availability": "https://schema.org/Plenty"}, "Offer.availability is"),
        ({"inventoryLevel": 3}, "Offer.inventoryLevel is 3"),
        ({"inventoryLevel": {"@type": "Person"}}, "Offer.inventoryLevel is"),
        ({"inventoryLevel": {"@type": "QuantitativeValue", "amount": 3}}, "QuantitativeValue has no amount"),
    ],
)
def test_what_is_not_in_the_vocabulary_would_be_found(wrong: dict[str, Any], said: str) -> None:
    [found] = strangers({"@type": "Product", "offers": {"@type": "Offer", **wrong}})
    assert found.startswith(said)


def test_machines_are_told_nothing_that_the_shop_cannot_know(shop: Shop) -> None:
    shop.add(count=3)
    shop.lose_the_feed()
    offer, document = linked_data(shop)["offers"], json.loads(shop.page("/products/TEAS0001.json"))

    assert "availability" not in offer
    assert "inventoryLevel" not in offer
    assert (document["availability"], document["inventory"]) == (None, None)
    assert document["as_of"] == "2026-03-01T14:05:09+00:00"


def test_the_json_document_has_the_fields_of_the_readme(shop: Shop) -> None:
    shop.add("CHAI0001", name="Walnut chair", price="47.53", count=3)
    response = shop.client.get("/products/CHAI0001.json", base_url="https://shop.example")

    assert response.content_type == "application/json"
    assert response.json == {
        "code": "CHAI0001",
        "name": "Walnut chair",
        "url": "https://shop.example/products/CHAI0001",
        "price": "47.53",
        "currency": "EUR",
        "availability": "LimitedAvailability",
        "words": "Only 3 left!",
        "inventory": 3,
        "as_of": None,
    }


def test_what_a_machine_has_already_is_not_sent_again(shop: Shop) -> None:
    shop.add(count=3)
    first = shop.client.get("/products/TEAS0001.json")
    same = shop.client.get("/products/TEAS0001.json", headers={"If-None-Match": first.headers["ETag"]})
    with shop.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE stock_levels SET inventory = 2")
    other = shop.client.get("/products/TEAS0001.json", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.headers["Cache-Control"], same.status_code, same.data) == ("no-cache", 304, b"")
    assert other.json
    assert (other.status_code, other.json["words"]) == (200, "Only 2 left!")
    assert other.headers["ETag"] != first.headers["ETag"]


def test_the_currency_is_the_shops(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.add(price="47.5")
    for currency, shown in (("CHF", "CHF\u00a047.50"), ("USD", "US$47.50")):
        settings = shop.app.config["SETTINGS"].model_copy(update={"currency": currency})
        monkeypatch.setitem(shop.app.config, "SETTINGS", settings)

        assert shown in shop.page("/products/TEAS0001")
        assert linked_data(shop)["offers"]["priceCurrency"] == currency


@pytest.mark.parametrize("address", ["/products/NO-SUCH-CODE.json", "/products/.json", "/products/%00.json"])
def test_no_product_is_a_problem_that_a_machine_can_read(shop: Shop, address: str) -> None:
    response = shop.client.get(address)

    assert (response.status_code, response.content_type) == (404, "application/problem+json")
    assert response.json == {
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such page or product here. Perhaps we no longer sell it.",
    }


def test_a_database_that_is_away_is_a_problem_that_a_machine_can_read(shop_without_database: Shop) -> None:
    response = shop_without_database.client.get("/products/TEAS0001.json")

    assert (response.status_code, response.content_type) == (503, "application/problem+json")
    assert response.headers["Retry-After"] == "5"
    assert response.json == {
        "title": "Service Unavailable",
        "status": 503,
        "detail": "We can't look up our shelves just now. Please try again in a moment.",
    }


def test_a_method_that_no_document_has_is_a_problem_that_a_machine_can_read(shop: Shop) -> None:
    response = shop.client.post("/products/TEAS0001.json")

    assert (response.status_code, response.content_type) == (405, "application/problem+json")
    assert "GET" in response.headers["Allow"]


def test_a_code_that_ends_like_a_document_has_a_page_all_the_same(shop: Shop) -> None:
    shop.add("TEA.json", name="Odd tea")

    assert "Odd tea</h1>" in shop.page("/products/TEA.json")
    assert json.loads(shop.page("/products/TEA.json.json"))["code"] == "TEA.json"


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("/?sort=name&in_stock=&q=&page=7", "http://localhost/"),
        ("/?sort=price&q=%20tea%20", "http://localhost/?q=tea&amp;sort=price"),
        ("/products/a/b?from=mail", "http://localhost/products/a%2Fb"),
    ],
)
def test_each_page_has_one_address_of_its_own(shop: Shop, address: str, canonical: str) -> None:
    shop.add("a/b")

    assert re.findall(r'rel="canonical" href="([^"]+)"', shop.page(address)) == [canonical]


def test_a_name_cannot_end_the_data_block(shop: Shop) -> None:
    shop.add(name="</script><b>'\"&")

    assert "</script><b>" not in shop.page("/products/TEAS0001")
    assert linked_data(shop)["name"] == "</script><b>'\"&"
