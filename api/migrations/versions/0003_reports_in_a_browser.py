"""Reports that are being written in a browser

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_drafts",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("sweep_after", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_report_drafts")),
    )
    op.create_index(op.f("ix_report_drafts_sweep_after"), "report_drafts", ["sweep_after"])


def downgrade() -> None:
    op.drop_table("report_drafts")
