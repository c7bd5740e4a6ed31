"""Index the messages that are being tried: a settle looks for them each time, and there are hardly ever any."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index("ix_dead_letters_trying", "dead_letters", ["source"], postgresql_where=sa.text("state = 'trying'"))


def downgrade():
    op.drop_index("ix_dead_letters_trying", table_name="dead_letters")
