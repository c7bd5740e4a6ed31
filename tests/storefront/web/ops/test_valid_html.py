"""The pages for developers, by the Nu Html Checker."""

from pathlib import Path

import pytest

from tests import nu_checker
from tests.storefront.web.ops.conftest import Developer

FULL = ("/ops", "/ops/letters", "/ops/letters?state=all", "/ops/letters/1", "/ops/letters/2", "/ops/unknown")
TROUBLE = ("/ops/letters?state=no", "/ops/letters/999")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not nu_checker.is_here(), reason="needs Java")]


def seen(developer: Developer, *addresses: str, when: str = "") -> dict[str, str]:
    return {f"{address} {when}".strip(): developer.client.get(address).text for address in addresses}


def test_every_page_is_valid_html(developer: Developer, tmp_path: Path) -> None:
    pages = seen(developer, "/ops", "/ops/letters", "/ops/replays", "/ops/unknown", when="empty")
    developer.bury(7, code="JANW7810")
    developer.bury(8, b"<p>" * 3_000, reason="its <reason> & 'quotes'", state="discarded")
    developer.query("INSERT INTO stock_levels (product_code, inventory) VALUES ('NO-SUCH-CODE', 3)")
    developer.query(
        "INSERT INTO feed_positions (source, topic, partition, next_offset, end_offset, reported_at, stopped_at)"
        " VALUES ('id-0', 'stock', 0, 5, 9, now() - interval '1 hour', 0.5)"
    )
    pages |= seen(developer, *FULL, *TROUBLE)
    pages |= {"refused": developer.client.post("/ops/letters/1/replay").text}
    assert "could not be checked" in pages["refused"]
    developer.post("/ops/letters/1/replay", because="mended")
    pages |= seen(developer, "/ops/replays", "/ops/replays/1", when="replayed")
    developer.client.post("/ops/sign-out", data={"csrf_token": developer.token("/ops")})
    pages |= seen(developer, "/ops/sign-in", when="signed out")

    assert nu_checker.complaints(pages, tmp_path) == []
