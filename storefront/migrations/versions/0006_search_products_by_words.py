"""Search products by the words of name and code, and read them by price."""

import string

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MARKS = string.punctuation.replace("'", "''")
SPACES = " " * len(string.punctuation)
WORDS = f"to_tsvector('simple', translate(name || ' ' || code, '{MARKS}', '{SPACES}'))"


def upgrade():
    op.add_column("products", sa.Column("words", TSVECTOR(), sa.Computed(WORDS, persisted=True), nullable=True))
    op.create_index(
        "ix_products_by_words", "products", ["words"], postgresql_using="gin", postgresql_where=sa.text("active")
    )
    op.create_index("ix_products_by_price", "products", ["price", "code"], postgresql_where=sa.text("active"))


def downgrade():
    op.drop_index("ix_products_by_price", table_name="products")
    op.drop_index("ix_products_by_words", table_name="products")
    op.drop_column("products", "words")
