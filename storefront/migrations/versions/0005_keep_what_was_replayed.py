"""Keep who replayed which dead letters from the page for developers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "replays",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("because", sa.String()),
        sa.Column("letters", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("chosen", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replays")),
    )


def downgrade():
    op.drop_table("replays")
