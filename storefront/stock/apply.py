"""Rule 1: the last count of a product wins, whatever order the workers run in.

The only code that writes a message's count to `stock_levels`: 500 updates or a single one, in one statement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sqlalchemy import Connection, text

from storefront.stock.message import StockUpdate
from storefront.stock.record import Feed, Record


class Positioned(NamedTuple):
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
INSERT INTO stock_levels AS s
  (product_code, inventory, source, leader_epoch, "offset", broker_time, updated_at)
SELECT product_code, inventory, CAST(:source AS text), leader_epoch, "offset", broker_time, now()
FROM unnest(
  CAST(:codes AS text[]), CAST(:counts AS integer[]), CAST(:epochs AS integer[]),
  CAST(:offsets AS bigint[]), CAST(:times AS bigint[])
) AS incoming (product_code, inventory, leader_epoch, "offset", broker_time)
{_UNLESS_NEWER}
""")  # noqa: S608  (of constants)

_APPLY_SINGLE = text(f"""
WITH written AS (
  INSERT INTO stock_levels AS s
    (product_code, inventory, source, leader_epoch, "offset", broker_time, updated_at)
  VALUES (:code, :count, :source, :epoch, :offset, :time, now())
  {_UNLESS_NEWER}
)
SELECT EXISTS (SELECT FROM written) AS changed, (SELECT active FROM products WHERE code = :code) AS active,
  set_config('synchronous_commit', :synchronous_commit, true)
""")  # noqa: S608  (of constants)


def apply(connection: Connection, feed: Feed, updates: Sequence[Positioned]) -> set[str]:
    """Apply `updates` of one feed, at most one for a product code; return the codes whose count changed.

    Rows are locked in the order of their codes, so that two calls never wait for each other in a circle.
    """
    ordered = sorted(updates, key=lambda positioned: positioned.update.product_code)
    changed = connection.scalars(
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
    return set(changed)


def apply_single(
    connection: Connection, single: Positioned, *, synchronous_commit: Literal["on", "off"] = "on"
) -> Outcome:
    """Apply one update in one round trip, and say what the shop knows of its product.

    With `synchronous_commit` off its commit does not wait for the disk, and a crash of the database may take it back.
    """
    update, record = single.update, single.record
    changed, active, _ = connection.execute(
        _APPLY_SINGLE,
        {
            "code": update.product_code,
            "count": update.inventory_count,
            "source": record.feed.source,
            "epoch": record.leader_epoch,
            "offset": record.offset,
            "time": record.broker_time,
            "synchronous_commit": synchronous_commit,
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
