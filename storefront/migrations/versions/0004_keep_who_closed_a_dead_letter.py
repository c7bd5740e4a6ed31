"""Keep who closed a dead letter, when and why, and why it has no bytes; index the open ones."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UNREADABLE = "the message can't be read from Kafka: "


def upgrade():
    op.add_column("dead_letters", sa.Column("unreadable", sa.String()))
    op.add_column("dead_letters", sa.Column("because", sa.String()))
    op.add_column("dead_letters", sa.Column("closed_at", sa.DateTime(timezone=True)))
    op.add_column("dead_letters", sa.Column("closed_by", sa.String()))
    op.create_index("ix_dead_letters_open", "dead_letters", ["id"], postgresql_where=sa.text("state = 'open'"))
    letters = sa.table("dead_letters", sa.column("reason"), sa.column("unreadable"))
    why = sa.func.substr(letters.c.reason, len(UNREADABLE) + 1)
    op.execute(letters.update().where(letters.c.reason.startswith(UNREADABLE)).values(unreadable=why))


def downgrade():
    op.drop_index("ix_dead_letters_open", table_name="dead_letters")
    op.drop_column("dead_letters", "closed_by")
    op.drop_column("dead_letters", "closed_at")
    op.drop_column("dead_letters", "because")
    op.drop_column("dead_letters", "unreadable")
