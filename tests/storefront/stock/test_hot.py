"""Counting stock is one heap-only (HOT) update of one row: no index is written for it, whoever counts."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from storefront.stock.receive import receive
from storefront.stock.settle import settle
from tests.storefront.stock.records import FEED, counted

CODES = [f"CODE{number:04}" for number in range(20)]
_WRITTEN = text("""
SELECT n_tup_ins AS inserted, n_tup_upd AS updated, n_tup_hot_upd AS hot
FROM pg_stat_user_tables WHERE relname = 'stock_levels'
""")
Count = Callable[[Engine, int], object]


def one_task_each(engine: Engine, count: int) -> None:
    for number, code in enumerate(CODES):
        receive(engine, counted(count, count * 100 + number, code=code))


def one_settle(engine: Engine, count: int) -> None:
    settle(engine, FEED, [counted(count, count * 100 + number, code=code) for number, code in enumerate(CODES)])


def written(engine: Engine) -> dict[str, int]:
    """What PostgreSQL has counted on the table of counts since it was made."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
    with engine.begin() as connection:
        return dict(connection.execute(_WRITTEN).mappings().one())


@pytest.mark.parametrize("count", [one_task_each, one_settle])
def test_a_count_of_a_known_product_is_one_hot_update(engine: Engine, count: Count) -> None:
    count(engine, 31)
    before = written(engine)
    count(engine, 32)
    after = written(engine)

    assert {name: after[name] - before[name] for name in after} == {
        "inserted": 0,
        "updated": len(CODES),
        "hot": len(CODES),
    }
