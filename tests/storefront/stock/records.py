"""Records as the bridge sends them, and the connection they are applied on."""

from typing import Any

from storefront.stock.record import Feed, Record

FEED = Feed("stock", 1, "topic-id-1")


def make_record(value: bytes | None, offset: int = 0, **fields: Any) -> Record:
    """Return a record of FEED; its time follows its offset where none is given."""
    return Record(FEED, offset, 0, 1_000 + offset, value)._replace(**fields)


def counted(count: object, offset: int = 0, code: str = "ABCD1234", **fields: Any) -> Record:
    """Return the record that says how many of `code` are left."""
    return make_record(f'{{"product_code": "{code}", "inventory_count": {count}}}'.encode(), offset, **fields)
