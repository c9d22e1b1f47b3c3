"""The outbox, and notices to handlers

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("target", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("why", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_outbox_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_outbox_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_due_at",
        "outbox",
        ["kind", "due_at"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index("ix_outbox_target", "outbox", ["kind", "target"])
    op.create_index(op.f("ix_outbox_organisation_id"), "outbox", ["organisation_id"])
    op.create_index(op.f("ix_outbox_case_id"), "outbox", ["case_id"])
    op.create_table(
        "overdue_told",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_overdue_told_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "kind", name=op.f("pk_overdue_told")),
    )
    op.create_table(
        "chores",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chores")),
    )
    _notices()
    # When a closed case goes; empty until that was announced.
    op.add_column("cases", sa.Column("goes_on", sa.Date(), nullable=True))
    announced = sa.text("goes_on IS NOT NULL")
    op.create_index(
        "ix_cases_goes_on",
        "cases",
        ["organisation_id", "goes_on"],
        sqlite_where=announced,
        postgresql_where=announced,
    )


def _notices() -> None:
    op.create_table(
        "notice_addresses",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("asked", sa.LargeBinary(), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_notice_addresses_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_notice_addresses")),
    )
    op.create_table(
        "notices_sent",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_notices_sent_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_notices_sent_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "organisation_id", name=op.f("pk_notices_sent")),
    )
    op.create_index(op.f("ix_notices_sent_organisation_id"), "notices_sent", ["organisation_id"])
    op.create_table(
        "notice_marks",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["outbox.id"],
            name=op.f("fk_notice_marks_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_notice_marks_case_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", "case_id", name=op.f("pk_notice_marks")),
    )
    op.create_index(op.f("ix_notice_marks_case_id"), "notice_marks", ["case_id"])
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )


def downgrade() -> None:
    for table in ("heartbeats", "notice_marks", "notices_sent", "notice_addresses"):
        op.drop_table(table)
    op.drop_index("ix_cases_goes_on", "cases")
    op.drop_column("cases", "goes_on")
    op.drop_table("chores")
    op.drop_table("overdue_told")
    op.drop_table("outbox")
