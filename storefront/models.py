"""The tables. The catalogue belongs to the shop, the count to the inventory system: two owners, two tables."""

import string
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Double,
    Identity,
    Index,
    Numeric,
    SmallInteger,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, validates

from runtime.text import shortened
from storefront.database import Model

CODE_LENGTH = 64
HIGHEST_PRICE = Decimal("99999999.99")

# Punctuation parts words, so that half of `ABC-12/7` is found and no dot makes a name look like an internet address.
_MARKS = string.punctuation.replace("'", "''")
_SPACES = " " * len(string.punctuation)
_NAME_AND_CODE = "(name::text || ' '::text) || code::text"
_WORDS = f"to_tsvector('simple'::regconfig, translate({_NAME_AND_CODE}, '{_MARKS}'::text, '{_SPACES}'::text))"

# The count itself up to ten, which pages may show; 11 for tens, 12 for more than a hundred: those change rarely, the
# count all the time.
_MAGNITUDE = "CASE WHEN inventory > 100 THEN 12 WHEN inventory > 10 THEN 11 ELSE inventory END"


class Product(Model):
    """What the shop sells."""

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("char_length(code) >= 1", name="code_not_empty"),
        CheckConstraint(r"name ~ '\S'", name="name_not_empty"),
        CheckConstraint("price >= 0 AND price <> 'NaN'", name="price_not_negative"),
        # The list of products is in this order; the database then reads one page of it, not all.
        Index("ix_products_by_name", "name", "code", postgresql_where=text("active")),
        Index("ix_products_by_price", "price", "code", postgresql_where=text("active")),
        Index("ix_products_by_words", "words", postgresql_using="gin", postgresql_where=text("active")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )

    words: Mapped[Any] = mapped_column(TSVECTOR, Computed(_WORDS, persisted=True), nullable=True, deferred=True)

    stock: Mapped["StockLevel | None"] = relationship(
        primaryjoin=lambda: Product.code == foreign(StockLevel.product_code),
        viewonly=True,  # the count is the inventory system's; nothing but `stock.apply` and the seed writes it
        uselist=False,
        lazy="joined",
    )

    @property
    def inventory(self) -> int | None:
        """How many the inventory system last counted; None where no count has come yet."""
        return self.stock.inventory if self.stock else None

    @validates("code", "name")
    def _check_text(self, field: str, value: str) -> str:
        limit = CODE_LENGTH if field == "code" else 200
        if not value.strip() or len(value) > limit or not storable(value):
            raise ValueError(f"{field} is '{shortened(value)}'; expected 1 to {limit} characters, not only blanks")
        return value

    @validates("price")
    def _check_price(self, _field: str, value: Any) -> Decimal:
        try:
            price = Decimal(str(value))
        except InvalidOperation:
            price = Decimal("NaN")
        # A price is never rounded silently.
        if not price.is_finite() or not 0 <= price <= HIGHEST_PRICE or price != round(price, 2):
            raise ValueError(f"price is {shortened(str(value))}; expected 0 to {HIGHEST_PRICE}, at most two decimals")
        return round(price, 2)

    def __repr__(self) -> str:
        price = "no price" if self.price is None else f"{self.price:.2f}"  # a debugger shows unfinished ones too
        hidden = "" if self.active is not False else ", inactive"
        return f"<Product {self.code} {self.name!r}, {price}{hidden}>"


class StockLevel(Model):
    """The last count of a product code and the position of the message that said so.

    No foreign key: a count for a product that the shop doesn't sell yet is kept, and shows when it does.
    A row without a source was not written by a message; any message is newer.
    """

    __tablename__ = "stock_levels"
    __table_args__ = (
        CheckConstraint("char_length(product_code) BETWEEN 1 AND 64", name="code_length"),
        CheckConstraint("inventory >= 0", name="inventory_not_negative"),
        # What is in stock, and much of it, is found by this. A count that changes no magnitude doesn't touch it.
        Index("ix_stock_levels_by_magnitude", "magnitude", "product_code"),
        # Room on each page lets an update stay on it (heap-only tuple): no index is touched, nothing bloats.
        {"postgresql_with": {"fillfactor": "70"}},
    )

    product_code: Mapped[str] = mapped_column(String(CODE_LENGTH), primary_key=True)
    inventory: Mapped[int]
    source: Mapped[str | None]
    leader_epoch: Mapped[int | None]
    offset: Mapped[int | None] = mapped_column(BigInteger)
    broker_time: Mapped[int | None] = mapped_column(BigInteger)  # ms since 1970, as it came
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    # Since when the code has a count; None of those that had one before this was kept. No update touches it.
    first_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), server_default=func.now())
    magnitude: Mapped[int] = mapped_column(SmallInteger, Computed(_MAGNITUDE, persisted=True), nullable=True)

    def __repr__(self) -> str:
        return f"<StockLevel {self.product_code}: {self.inventory}>"


class DeadLetter(Model):
    """A message that can't be applied: its bytes, where they stood, and one sentence that says why."""

    __tablename__ = "dead_letters"
    __table_args__ = (
        UniqueConstraint("source", "leader_epoch", "offset", name="uq_dead_letters_position"),
        CheckConstraint("state IN ('open', 'trying', 'replayed', 'discarded')", name="state"),
        # What is open is looked at every day, also where a million letters are closed.
        Index("ix_dead_letters_open", "id", postgresql_where=text("state = 'open'")),
        Index("ix_dead_letters_trying", "source", postgresql_where=text("state = 'trying'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    topic: Mapped[str]
    partition: Mapped[int]
    source: Mapped[str]
    leader_epoch: Mapped[int]
    offset: Mapped[int] = mapped_column(BigInteger)
    broker_time: Mapped[int] = mapped_column(BigInteger)  # ms since 1970, as it came
    task_id: Mapped[str]
    key: Mapped[bytes | None]
    value: Mapped[bytes | None]
    headers: Mapped[list[list[str | None]]] = mapped_column(JSONB, server_default=text("'[]'"))
    product_code: Mapped[str | None]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    tries: Mapped[int] = mapped_column(server_default=text("1"))
    first_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    unreadable: Mapped[str | None]  # why Kafka could not give its bytes; None where it did
    because: Mapped[str | None]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_by: Mapped[str | None]
    # The last replay that a worker has begun: since when it runs, None between two tries and after the last;
    # why its last try was in vain, None where one decided; how many tries came before, None before any replay.
    replay_begun_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    replay_trouble: Mapped[str | None]
    replay_retries: Mapped[int | None]

    def __repr__(self) -> str:
        return f"<DeadLetter {self.id} {self.topic}-{self.partition}-{self.offset}: {self.reason}>"


class ReplayRun(Model):
    """Dead letters that were sent once more from the page for developers: who asked, why, and which."""

    __tablename__ = "replays"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    run: Mapped[str]  # a part of its tasks' ids
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    asked_by: Mapped[str]
    because: Mapped[str | None]
    letters: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    chosen: Mapped[dict[str, str]] = mapped_column(JSONB)  # the filters that chose them; none: a single letter

    def __repr__(self) -> str:
        return f"<ReplayRun {self.id} of {len(self.letters)} letters>"


class FeedPosition(Model):
    """How far one partition of the topic is dealt with: the place where its bridge goes on."""

    __tablename__ = "feed_positions"

    source: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str]
    partition: Mapped[int]
    next_offset: Mapped[int | None] = mapped_column(BigInteger)
    # Unused; workers of the version before count in it while they run on these tables. A later migration may drop it.
    settles: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    dealt_until: Mapped[int | None] = mapped_column(BigInteger)  # ms since 1970, by the broker's clock
    end_offset: Mapped[int | None] = mapped_column(BigInteger)
    stopped_at: Mapped[float | None] = mapped_column(Double)  # the limit that the share of bad messages was above
    reported_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    def __repr__(self) -> str:
        return f"<FeedPosition {self.topic}-{self.partition}: {self.next_offset} of {self.end_offset}>"


class SettleReceipt(Model):
    """The proof that one settle's work is in this database; it goes when the place has moved past its messages."""

    __tablename__ = "settle_receipts"

    source: Mapped[str] = mapped_column(primary_key=True)
    last_offset: Mapped[int] = mapped_column(BigInteger, primary_key=True)  # of the messages it answered for
    id: Mapped[UUID] = mapped_column(primary_key=True)

    def __repr__(self) -> str:
        return f"<SettleReceipt {self.id} of {self.source} up to {self.last_offset}>"


def storable(value: str) -> bool:
    """Whether PostgreSQL can keep `value`: no NUL, no half of a surrogate pair."""
    return "\x00" not in value and (value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value))


__all__ = ["DeadLetter", "FeedPosition", "Product", "ReplayRun", "SettleReceipt", "StockLevel"]
