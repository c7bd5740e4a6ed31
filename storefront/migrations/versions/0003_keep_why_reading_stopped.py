"""Keep with a feed's place the share of bad messages at which its bridge stopped reading."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("feed_positions", sa.Column("stopped_at", sa.Double()))


def downgrade():
    op.drop_column("feed_positions", "stopped_at")
