"""Let each settle leave a receipt; a number that counted them could be taken twice after a failover."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "settle_receipts",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("last_offset", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("source", "last_offset", "id", name="pk_settle_receipts"),
    )
    op.drop_column("feed_positions", "settles")


def downgrade():
    op.add_column("feed_positions", sa.Column("settles", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.drop_table("settle_receipts")
