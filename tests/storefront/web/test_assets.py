import re
from pathlib import Path

import pytest
from flask import url_for

from tests.storefront.web.conftest import Shop

FOR_EVER = "public, max-age=31536000, immutable"
STATIC = re.compile(r'(?:href|src)="([^"]*/static/[^"]+)"')


def files(shop: Shop) -> list[str]:
    return STATIC.findall(shop.page("/") + shop.page("/ops/sign-in"))


@pytest.fixture
def shop_with_ops(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Shop:
    monkeypatch.setenv("OPS_USER", "dev")
    monkeypatch.setenv("OPS_PASSWORD_HASH", "pbkdf2:sha256:1000$salt$00")
    monkeypatch.setenv("SECRET_KEY", "0123456789abcdef")
    shop: Shop = request.getfixturevalue("shop")
    return shop


def test_every_file_that_a_page_names_is_there_and_kept_for_ever(shop_with_ops: Shop) -> None:
    names = files(shop_with_ops)

    assert any("/static/shop-" in name for name in names)
    assert any("/ops/static/ops-" in name for name in names)
    for name in names:
        with shop_with_ops.client.get(name) as response:
            assert (response.status_code, response.headers["Cache-Control"]) == (200, FOR_EVER)


@pytest.mark.parametrize("name", ["/static/shop.css", "/static/shop-000000000000.css"])
def test_a_file_under_another_name_is_served_and_asked_about_again(shop: Shop, name: str) -> None:
    with shop.client.get(name) as response:
        assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "name",
    ["/static/none-000000000000.css", "/static/../config-000000000000.py", "/static/shop-000000000000.%00", "/static/"],
)
def test_no_name_leads_to_another_file(shop: Shop, name: str) -> None:
    assert shop.client.get(name).status_code == 404


@pytest.mark.parametrize("way", ["shop.css/..", "none/..", "shop.css/../none/../.", "."])
@pytest.mark.parametrize("name", ["shop-000000000000.css", "none-000000000000.css", "../static/shop-000000000000.css"])
def test_a_crooked_way_to_a_file_is_no_fault_of_the_shops(shop: Shop, way: str, name: str) -> None:
    with shop.client.get(f"/static/{way}/{name}") as response:
        assert response.status_code in {200, 404}
        assert "immutable" not in response.headers.get("Cache-Control", "")


def test_an_edited_file_has_another_name_at_once(shop: Shop, tmp_path: Path) -> None:
    shop.app.static_folder = str(tmp_path)
    names = []
    for text in ("a {}", "a { color: red }"):
        (tmp_path / "shop.css").write_text(text)
        with shop.app.test_request_context():
            names.append(url_for("static", filename="shop.css"))
        with shop.client.get(names[-1]) as response:
            assert (response.get_data(as_text=True), response.headers["Cache-Control"]) == (text, FOR_EVER)

    assert names[0] != names[1]
    with shop.client.get(names[0]) as response:
        assert response.headers["Cache-Control"] == "no-cache"
