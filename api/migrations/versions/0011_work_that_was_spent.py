"""Work that opened a case in a flood, which can't be shown a second time

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spent_work",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("sweep_after", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_spent_work")),
    )
    op.create_index(op.f("ix_spent_work_sweep_after"), "spent_work", ["sweep_after"])


def downgrade() -> None:
    op.drop_index(op.f("ix_spent_work_sweep_after"), table_name="spent_work")
    op.drop_table("spent_work")
