"""The first tables

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=100), nullable=False),
        sa.Column("display_name", sa.String(length=100), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("verifier", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_seed", sa.LargeBinary(), nullable=False),
        sa.Column("recovery_seed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_totp", sa.LargeBinary(), nullable=False),
        sa.Column("used_totp", sa.LargeBinary(), nullable=True),
        sa.Column("seal_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sign_key", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("username", name=op.f("uq_accounts_username")),
    )
    op.create_table(
        "deployment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("release", sa.JSON(), nullable=False),
        sa.Column("directory", sa.JSON(), nullable=False),
        sa.Column("receipt_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("receipt_private", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisations_slug")),
    )
    op.create_table(
        "sessions",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("sweep_after", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_sweep_after"), ["sweep_after"], unique=False)

    op.create_table(
        "throttles",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttles")),
    )
    op.create_table(
        "desks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("about", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_desks_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desks")),
        sa.UniqueConstraint("organisation_id", "slug", name=op.f("uq_desks_organisation_id_slug")),
    )
    op.create_table(
        "roster_records",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_roster_records_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "version", name=op.f("pk_roster_records")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(length=32), nullable=False),
        sa.Column("seal_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sign_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("read_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_cases_desk_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_cases_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("reference", name=op.f("uq_cases_reference")),
        sa.UniqueConstraint("verifier", name=op.f("uq_cases_verifier")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cases_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "memberships",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_memberships_account_id")
        ),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_memberships_desk_id")),
        sa.PrimaryKeyConstraint("account_id", "desk_id", name=op.f("pk_memberships")),
    )
    op.create_table(
        "case_access",
        sa.Column("handler", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("inbox_number", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_access_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("handler", "case_id", name=op.f("pk_case_access")),
    )
    with op.batch_alter_table("case_access", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_access_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "ix_case_access_inbox", ["handler", "inbox_number", "case_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_case_access_inbox_number"), ["inbox_number"], unique=False
        )

    op.create_table(
        "case_epochs",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.Column("previous_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_epochs_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "purpose", "epoch", name=op.f("pk_case_epochs")),
    )
    op.create_table(
        "case_excluded",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("handler", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_excluded_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "handler", name=op.f("pk_case_excluded")),
    )
    op.create_table(
        "messages",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("desk_number", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(length=50), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("envelope_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("receipt_key_id", sa.LargeBinary(length=8), nullable=False),
        sa.Column("receipt_signature", sa.LargeBinary(length=64), nullable=False),
        sa.Column("visible_from", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_messages_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "id", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "case_id", "desk_number", name=op.f("uq_messages_case_id_desk_number")
        ),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_messages_case_id_number")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("ix_messages_visible_from", ["visible_from"], unique=False)

    op.create_table(
        "case_keys",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reader", sa.Uuid(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "purpose", "epoch"],
            ["case_epochs.case_id", "case_epochs.purpose", "case_epochs.epoch"],
            name=op.f("fk_case_keys_case_id_purpose_epoch"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "case_id", "purpose", "epoch", "reader", name=op.f("pk_case_keys")
        ),
    )


def downgrade() -> None:
    op.drop_table("case_keys")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index("ix_messages_visible_from")

    op.drop_table("messages")
    op.drop_table("case_excluded")
    op.drop_table("case_epochs")
    with op.batch_alter_table("case_access", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_access_inbox_number"))
        batch_op.drop_index("ix_case_access_inbox")
        batch_op.drop_index(batch_op.f("ix_case_access_case_id"))

    op.drop_table("case_access")
    op.drop_table("memberships")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_organisation_id"))

    op.drop_table("cases")
    op.drop_table("roster_records")
    op.drop_table("desks")
    op.drop_table("throttles")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_sweep_after"))

    op.drop_table("sessions")
    op.drop_table("organisations")
    op.drop_table("deployment")
    op.drop_table("accounts")
