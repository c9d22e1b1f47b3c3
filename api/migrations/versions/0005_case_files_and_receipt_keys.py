"""Case files that were taken out, and the receipt key that comes next

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_exports",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("handler", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_case_exports_case_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_case_exports")),
    )
    op.add_column("organisations", sa.Column("receipt_next", sa.LargeBinary(32), nullable=True))
    op.add_column(
        "organisations", sa.Column("receipt_next_private", sa.LargeBinary(), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("organisations", "receipt_next_private")
    op.drop_column("organisations", "receipt_next")
    op.drop_table("case_exports")
