"""Keys that stay the same when the deployment's secret changes

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deployment", sa.Column("lasting", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("deployment", "lasting")
