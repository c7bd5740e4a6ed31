"""PostgreSQL is killed: what is lost of single tasks, which don't wait for the disk, no settle has answered for."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from devservices import Postgres
from storefront.config import Settings
from storefront.database import ENGINE_OPTIONS, db
from storefront.stock.message import BadMessage
from storefront.stock.receive import receive
from storefront.stock.settle import settle
from tests.storefront.stock.records import FEED, counted

pytestmark = pytest.mark.slow

MESSAGES = 300
CHUNK = [counted(offset, offset, f"CRASH{offset:03}") for offset in range(MESSAGES)]
BAD = counted(-1, MESSAGES)


def connect(server: Postgres) -> Engine:
    return create_engine(Settings(database_url=server.url).database_url, **ENGINE_OPTIONS)


def kept(server: Postgres) -> tuple[int, int]:
    """Return how many counts and letters a server has that was killed and started again."""
    server.kill()
    server.start()
    engine = connect(server)
    with engine.begin() as connection:
        tables = ("stock_levels", "dead_letters")
        counts, letters = (connection.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables)  # noqa: S608
    engine.dispose()
    return counts or 0, letters or 0


def test_what_a_settle_found_applied_or_buried_survives_and_what_it_did_not_see_is_repaired(tmp_path: Path) -> None:
    with Postgres(tmp_path, durable=True) as server:
        engine = connect(server)
        db.metadata.create_all(engine)
        for record in CHUNK[:100]:
            receive(engine, record)
        with pytest.raises(BadMessage):
            receive(engine, BAD)
        assert settle(engine, FEED, [*CHUNK[:100], BAD]).repaired == 0
        for record in CHUNK[100:]:
            receive(engine, record)
        engine.dispose()
        counts, letters = kept(server)
        assert letters == 1
        assert 100 <= counts <= MESSAGES
        engine = connect(server)
        assert settle(engine, FEED, [*CHUNK, BAD]).repaired == MESSAGES - counts
        engine.dispose()
        assert kept(server) == (MESSAGES, 1)
