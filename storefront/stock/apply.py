"""Rule 1: the last count of a product wins, whatever order the workers run in.

The only code that writes a message's count to `stock_levels`: 500 updates or a single one, in one statement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, Engine, text

from storefront.stock.message import StockUpdate
from storefront.stock.record import Feed, Record


@dataclass(frozen=True, slots=True)
class Positioned:
    """An update and the record that carried it."""

    update: StockUpdate
    record: Record

    @property
    def position(self) -> tuple[int, int]:
        """Order within a feed: a newer leader epoch beats a higher offset."""
        return self.record.leader_epoch, self.record.offset


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an update; `active` is None where the shop knows no such product."""

    product_code: str
    inventory_count: int
    changed: bool
    active: bool | None

    @property
    def kind(self) -> Literal["applied", "stale", "unknown_product"]:
        """One word for it."""
        if self.active is None:
            return "unknown_product"
        return "applied" if self.changed else "stale"


# Within a source (a partition of one topic) the position decides. Across sources (the topic was re-created, or its
# partitions grew) the broker's time does, and the source's name where that is equal: a total order.
_UNLESS_NEWER = """
  ON CONFLICT (product_code) DO UPDATE SET
    inventory = excluded.inventory, source = excluded.source, leader_epoch = excluded.leader_epoch,
    "offset" = excluded."offset", broker_time = excluded.broker_time, updated_at = excluded.updated_at
  WHERE s.source IS NULL
     OR (s.source = excluded.source
         AND (s.leader_epoch, s."offset") < (excluded.leader_epoch, excluded."offset"))
     OR (s.source <> excluded.source
         AND (s.broker_time, s.source COLLATE "C") < (excluded.broker_time, excluded.source))
  RETURNING product_code
"""

_APPLY = text(f"""
WITH incoming AS (
  SELECT * FROM unnest(
    CAST(:codes AS text[]), CAST(:counts AS integer[]), CAST(:epochs AS integer[]),
    CAST(:offsets AS bigint[]), CAST(:times AS bigint[])
  ) AS i (product_code, inventory, leader_epoch, "offset", broker_time)
), written AS (
  INSERT INTO stock_levels AS s
    (product_code, inventory, source, leader_epoch, "offset", broker_time, updated_at)
  SELECT product_code, inventory, CAST(:source AS text), leader_epoch, "offset", broker_time, now() FROM incoming
  {_UNLESS_NEWER}
)
SELECT i.product_code, i.inventory, w.product_code IS NOT NULL AS changed, p.active
FROM incoming i
LEFT JOIN written w ON w.product_code = i.product_code
LEFT JOIN products p ON p.code = i.product_code
""")  # noqa: S608  (put together from constants)

# One round trip instead of three, and nobody waits for the disk. A crash of the database may take such a count back,
# and that is all right: the settle behind it has not answered yet, or its own commit has taken the count to the disk,
# for the log of the database is flushed in order. So whatever a settle found applied when it answered, stays.
_APPLY_SINGLE = text(f"""
WITH written AS (
  INSERT INTO stock_levels AS s
    (product_code, inventory, source, leader_epoch, "offset", broker_time, updated_at)
  VALUES (:code, :count, :source, :epoch, :offset, :time, now())
  {_UNLESS_NEWER}
)
SELECT EXISTS (SELECT FROM written) AS changed, (SELECT active FROM products WHERE code = :code) AS active,
  set_config('synchronous_commit', 'off', true)
""")  # noqa: S608  (put together from constants)


def apply(connection: Connection, feed: Feed, updates: Sequence[Positioned]) -> list[Outcome]:
    """Apply `updates` of one feed, at most one for a product code; stale ones change nothing.

    Rows are locked in the order of their codes, so that two calls never wait for each other in a circle.
    """
    ordered = sorted(updates, key=lambda positioned: positioned.update.product_code)
    rows = connection.execute(
        _APPLY,
        {
            "source": feed.source,
            "codes": [one.update.product_code for one in ordered],
            "counts": [one.update.inventory_count for one in ordered],
            "epochs": [one.record.leader_epoch for one in ordered],
            "offsets": [one.record.offset for one in ordered],
            "times": [one.record.broker_time for one in ordered],
        },
    )
    return [Outcome(*row) for row in rows]


def apply_single(engine: Engine, single: Positioned) -> Outcome:
    """Apply an update that a settle stands behind, in a transaction of its own that does not wait for the disk."""
    update, record = single.update, single.record
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        changed, active, _ = connection.execute(
            _APPLY_SINGLE,
            {
                "code": update.product_code,
                "count": update.inventory_count,
                "source": record.feed.source,
                "epoch": record.leader_epoch,
                "offset": record.offset,
                "time": record.broker_time,
            },
        ).one()
    return Outcome(update.product_code, update.inventory_count, changed, active)


def newest(updates: Iterable[Positioned]) -> list[Positioned]:
    """Return of several updates of a product code the newest one. All are of one feed."""
    latest: dict[str, Positioned] = {}
    for one in updates:
        known = latest.get(one.update.product_code)
        if known is None or known.position < one.position:
            latest[one.update.product_code] = one
    return list(latest.values())
