"""Keep the magnitude of each count, and find by it what is in stock: it changes rarely, the count all the time.

The table is written anew, some seconds for a million products; workers and pages wait for it, or try again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MAGNITUDE = "CASE WHEN inventory > 100 THEN 12 WHEN inventory > 10 THEN 11 ELSE inventory END"


def upgrade():
    op.add_column(
        "stock_levels", sa.Column("magnitude", sa.SmallInteger(), sa.Computed(MAGNITUDE, persisted=True), nullable=True)
    )
    op.create_index("ix_stock_levels_by_magnitude", "stock_levels", ["magnitude", "product_code"])


def downgrade():
    op.drop_index("ix_stock_levels_by_magnitude", table_name="stock_levels")
    op.drop_column("stock_levels", "magnitude")
