"""Keep how a replay that has not closed its letter stands, and since when a code has a count."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    # In the order in which workers lock them: the other way round the two would wait for each other.
    op.execute("LOCK TABLE stock_levels, dead_letters IN ACCESS EXCLUSIVE MODE")
    op.add_column("dead_letters", sa.Column("replay_begun_at", sa.DateTime(timezone=True)))
    op.add_column("dead_letters", sa.Column("replay_trouble", sa.String()))
    op.add_column("dead_letters", sa.Column("replay_retries", sa.Integer()))
    # In two steps: of the rows that are there nobody knows it, and none of them is written for it.
    op.add_column("stock_levels", sa.Column("first_at", sa.DateTime(timezone=True)))
    op.alter_column("stock_levels", "first_at", server_default=sa.func.now())


def downgrade():
    op.drop_column("stock_levels", "first_at")
    op.drop_column("dead_letters", "replay_retries")
    op.drop_column("dead_letters", "replay_trouble")
    op.drop_column("dead_letters", "replay_begun_at")
