"""Attachments, whose chunks lie in the vault

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UNHUNG = sa.text("message_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(50), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("envelope_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_attachments_case_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", "id", name=op.f("pk_attachments")),
    )
    op.create_index(
        "ix_attachments_created_on",
        "attachments",
        ["created_on"],
        sqlite_where=UNHUNG,
        postgresql_where=UNHUNG,
    )
    op.create_index("ix_attachments_message_id", "attachments", ["case_id", "message_id"])
    op.create_table(
        "vault_leftovers",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("deleted_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "attachment_id", name=op.f("pk_vault_leftovers")),
    )


def downgrade() -> None:
    op.drop_table("vault_leftovers")
    op.drop_table("attachments")
