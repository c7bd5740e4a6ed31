"""Counting stock is one heap-only (HOT) update of one row: no index is written for it, whoever counts.

But for one of ten or fewer, or one that comes to be more than ten or a hundred: the index on magnitudes is written.
"""

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
Count = Callable[[Engine, int, int], object]


def one_task_each(engine: Engine, count: int, offset: int) -> None:
    for number, code in enumerate(CODES):
        receive(engine, counted(count, offset + number, code=code))


def one_settle(engine: Engine, count: int, offset: int) -> None:
    settle(engine, FEED, [counted(count, offset + number, code=code) for number, code in enumerate(CODES)])


def written(engine: Engine) -> dict[str, int]:
    """What PostgreSQL has counted on the table of counts since it was made."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
    with engine.begin() as connection:
        return dict(connection.execute(_WRITTEN).mappings().one())


@pytest.mark.parametrize(
    ("before", "then", "hot"),
    [(31, 32, len(CODES)), (170, 990, len(CODES)), (1, 0, 0), (9, 10, 0), (10, 11, 0), (101, 100, 0)],
)
@pytest.mark.parametrize("count", [one_task_each, one_settle])
def test_a_count_is_one_hot_update_unless_its_magnitude_changes(
    engine: Engine, count: Count, before: int, then: int, hot: int
) -> None:
    count(engine, before, 0)
    start = written(engine)
    count(engine, then, 100)
    end = written(engine)

    assert {name: end[name] - start[name] for name in end} == {"inserted": 0, "updated": len(CODES), "hot": hot}
