"""`celery -A benchmarks.baselines.usual_worker worker`: the usual way: load the row, change it, save it."""

from celery import Celery
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benchmarks.baselines.settings import REDIS_URL, SQLALCHEMY_URL

app = Celery("usual", broker=REDIS_URL)
engine = create_engine(SQLALCHEMY_URL)


class Base(DeclarativeBase):
    """Base of the models."""


class Stock(Base):
    """A product's count, on the shop's own narrow table: kinder than the wide one that most would have."""

    __tablename__ = "stock_levels"

    product_code: Mapped[str] = mapped_column(primary_key=True)
    inventory: Mapped[int]


@app.task  # type: ignore[untyped-decorator]  # Celery carries no types
def update_inventory(product_code: str, inventory_count: int) -> None:
    """Set the product's count."""
    with Session(engine) as session:
        stock = session.scalars(select(Stock).filter_by(product_code=product_code)).one()
        stock.inventory = inventory_count
        session.commit()
