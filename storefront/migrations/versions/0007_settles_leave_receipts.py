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
    # `feed_positions.settles` stays, unused: workers of the version before still count in it on these tables.


def downgrade():
    op.drop_table("settle_receipts")
