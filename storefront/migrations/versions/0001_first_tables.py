"""products, stock levels, dead letters, feed positions

Revision ID: 0001
Revises: 

"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('dead_letters',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('topic', sa.String(), nullable=False),
    sa.Column('partition', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('leader_epoch', sa.Integer(), nullable=False),
    sa.Column('offset', sa.BigInteger(), nullable=False),
    sa.Column('broker_time', sa.BigInteger(), nullable=False),
    sa.Column('task_id', sa.String(), nullable=False),
    sa.Column('key', sa.LargeBinary(), nullable=True),
    sa.Column('value', sa.LargeBinary(), nullable=True),
    sa.Column('headers', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('product_code', sa.String(), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('state', sa.String(), server_default=sa.text("'open'"), nullable=False),
    sa.Column('tries', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('open', 'trying', 'replayed', 'discarded')", name=op.f('ck_dead_letters_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dead_letters')),
    sa.UniqueConstraint('source', 'leader_epoch', 'offset', name='uq_dead_letters_position')
    )
    op.create_table('feed_positions',
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('topic', sa.String(), nullable=False),
    sa.Column('partition', sa.Integer(), nullable=False),
    sa.Column('next_offset', sa.BigInteger(), nullable=True),
    sa.Column('settles', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('dealt_until', sa.BigInteger(), nullable=True),
    sa.Column('end_offset', sa.BigInteger(), nullable=True),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('source', name=op.f('pk_feed_positions'))
    )
    op.create_table('products',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('price', sa.Numeric(precision=10, scale=2), nullable=False),
    sa.Column('active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint(r"name ~ '\S'", name=op.f('ck_products_name_not_empty')),
    sa.CheckConstraint('char_length(code) >= 1', name=op.f('ck_products_code_not_empty')),
    sa.CheckConstraint("price >= 0 AND price <> 'NaN'", name=op.f('ck_products_price_not_negative')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_products')),
    sa.UniqueConstraint('code', name=op.f('uq_products_code'))
    )
    op.create_index('ix_products_by_name', 'products', ['name', 'code'], postgresql_where=sa.text('active'))
    op.create_table('stock_levels',
    sa.Column('product_code', sa.String(length=64), nullable=False),
    sa.Column('inventory', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=True),
    sa.Column('leader_epoch', sa.Integer(), nullable=True),
    sa.Column('offset', sa.BigInteger(), nullable=True),
    sa.Column('broker_time', sa.BigInteger(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('char_length(product_code) BETWEEN 1 AND 64', name=op.f('ck_stock_levels_code_length')),
    sa.CheckConstraint('inventory >= 0', name=op.f('ck_stock_levels_inventory_not_negative')),
    sa.PrimaryKeyConstraint('product_code', name=op.f('pk_stock_levels')),
    postgresql_with={'fillfactor': '70'}
    )


def downgrade():
    op.drop_table('stock_levels')
    op.drop_table('products')
    op.drop_table('feed_positions')
    op.drop_table('dead_letters')
