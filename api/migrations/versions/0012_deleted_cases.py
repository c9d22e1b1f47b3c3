"""Cases that were deleted, which no restore may bring back

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deleted_cases",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_deleted_cases")),
    )


def downgrade() -> None:
    op.drop_table("deleted_cases")
