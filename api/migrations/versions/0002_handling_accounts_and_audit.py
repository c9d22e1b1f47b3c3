"""Handling of cases, positions and invitations, audit

Revision ID: 0002
Revises: 0001
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op
from dateutil.relativedelta import relativedelta

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


INDEXES = (
    ("ix_cases_acknowledge_by", "acknowledge_by", "status = 'new'"),
    ("ix_cases_feedback_by", "feedback_by", "status != 'closed' AND feedback_on IS NULL"),
)


ADDED = {
    "sessions": ("account_id",),
    "messages": ("is_answer",),
    "organisations": ("replies", "settings"),
    "case_access": ("until", "seal_key"),
    "cases": (
        "withdrawn_on",
        "legal_hold",
        "answered",
        "times_counted",
        "closed_on",
        "feedback_on",
        "acknowledged_on",
        "feedback_by",
        "acknowledge_by",
        "assigned_to",
        "recorded_by",
        "confidentiality",
    ),
}
MADE = (
    "notes",
    "held_acts",
    "drafts",
    "case_shut_out",
    "case_links",
    "case_consents",
    "case_checks",
    "tally",
    "positions",
    "invitations",
    "category_sets",
    "audit",
)


def upgrade() -> None:
    _make_tables()
    _add_columns()
    _fill()


def _make_tables() -> None:
    op.create_table(
        "audit",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_audit_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "number", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_case", ["case_id", "actor", "act", "day"], unique=False)

    op.create_table(
        "category_sets",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_category_sets_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "version", name=op.f("pk_category_sets")),
    )
    op.create_table(
        "invitations",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("display_name", sa.String(length=100), nullable=False),
        sa.Column("desks", sa.JSON(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("by_operator", sa.Boolean(), nullable=False),
        sa.Column("last_handler", sa.Boolean(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_invitations_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_invitations_organisation_id")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_invitations")),
        sa.UniqueConstraint("id", name=op.f("uq_invitations_id")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_invitations_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "positions",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("away_until", sa.Date(), nullable=True),
        sa.Column("cover", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_positions_account_id")
        ),
        sa.ForeignKeyConstraint(["cover"], ["accounts.id"], name=op.f("fk_positions_cover")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_positions_organisation_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "organisation_id", name=op.f("pk_positions")),
    )
    with op.batch_alter_table("positions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_positions_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "tally",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_tally_organisation_id")
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "quarter", "field", "value", name=op.f("pk_tally")
        ),
    )
    op.create_table(
        "case_checks",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("months", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_checks_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "months", name=op.f("pk_case_checks")),
    )
    not_done = sa.text("done_on IS NULL")
    op.create_index(
        "ix_case_checks_due_on",
        "case_checks",
        ["due_on"],
        sqlite_where=not_done,
        postgresql_where=not_done,
    )
    op.create_table(
        "case_consents",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("handlers", sa.JSON(), nullable=False),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_consents_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "message_id", name=op.f("pk_case_consents")),
    )
    op.create_table(
        "case_links",
        sa.Column("first", sa.Uuid(), nullable=False),
        sa.Column("second", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first"], ["cases.id"], name=op.f("fk_case_links_first"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["second"], ["cases.id"], name=op.f("fk_case_links_second"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("first", "second", name=op.f("pk_case_links")),
    )
    with op.batch_alter_table("case_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_links_second"), ["second"], unique=False)

    op.create_table(
        "case_shut_out",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("handler", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_shut_out_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "handler", name=op.f("pk_case_shut_out")),
    )
    op.create_table(
        "drafts",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_drafts_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_drafts_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "case_id", name=op.f("pk_drafts")),
    )
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_drafts_case_id"), ["case_id"], unique=False)

    op.create_table(
        "held_acts",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("visible_from", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_held_acts_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "kind", name=op.f("pk_held_acts")),
    )
    with op.batch_alter_table("held_acts", schema=None) as batch_op:
        batch_op.create_index("ix_held_acts_visible_from", ["visible_from"], unique=False)

    op.create_table(
        "notes",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("author", sa.String(length=50), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("envelope_hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_notes_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "id", name=op.f("pk_notes")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_notes_case_id_number")),
    )


def _add_columns() -> None:
    """Added as they are, one by one: a batch would make the tables anew on SQLite, and dropping
    the old ones would delete by cascade what belongs to them.
    """
    op.add_column(
        "case_access",
        sa.Column("seal_key", sa.LargeBinary(length=32), nullable=False, server_default=""),
    )
    op.add_column("case_access", sa.Column("until", sa.Date(), nullable=True))

    op.add_column(
        "cases",
        sa.Column(
            "confidentiality", sa.String(length=20), nullable=False, server_default="anonymous"
        ),
    )
    op.add_column("cases", sa.Column("recorded_by", sa.Uuid(), nullable=True))
    op.add_column("cases", sa.Column("assigned_to", sa.Uuid(), nullable=True))
    op.add_column(
        "cases",
        sa.Column("acknowledge_by", sa.Date(), nullable=False, server_default="1970-01-01"),
    )
    op.add_column(
        "cases", sa.Column("feedback_by", sa.Date(), nullable=False, server_default="1970-01-01")
    )
    op.add_column("cases", sa.Column("acknowledged_on", sa.Date(), nullable=True))
    op.add_column("cases", sa.Column("feedback_on", sa.Date(), nullable=True))
    op.add_column("cases", sa.Column("closed_on", sa.Date(), nullable=True))
    op.add_column(
        "cases", sa.Column("times_counted", sa.Boolean(), nullable=False, server_default="0")
    )
    op.add_column("cases", sa.Column("answered", sa.Boolean(), nullable=False, server_default="0"))
    op.add_column("cases", sa.Column("legal_hold", sa.String(length=2000), nullable=True))
    op.add_column("cases", sa.Column("withdrawn_on", sa.Date(), nullable=True))
    op.create_index(op.f("ix_cases_assigned_to"), "cases", ["assigned_to"], unique=False)

    op.create_index("ix_cases_status", "cases", ["organisation_id", "status"])
    for name, column, only in INDEXES:
        op.create_index(
            name,
            "cases",
            ["organisation_id", column],
            sqlite_where=sa.text(only),
            postgresql_where=sa.text(only),
        )

    op.add_column(
        "organisations", sa.Column("settings", sa.JSON(), nullable=False, server_default="{}")
    )
    op.add_column(
        "organisations", sa.Column("replies", sa.JSON(), nullable=False, server_default="[]")
    )

    op.add_column(
        "messages", sa.Column("is_answer", sa.Boolean(), nullable=False, server_default="0")
    )
    op.add_column("sessions", sa.Column("account_id", sa.Uuid(), nullable=True))
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"], unique=False)


def _fill() -> None:
    """What the rows that are there get: usual deadlines, a handler's position, the keys."""
    run = op.get_bind().execute
    cases = sa.table(
        "cases",
        sa.column("id"),
        sa.column("opened_on", sa.Date()),
        sa.column("acknowledge_by", sa.Date()),
        sa.column("feedback_by", sa.Date()),
    )
    for (day,) in run(sa.select(cases.c.opened_on).distinct()).all():
        due = {
            "acknowledge_by": day + timedelta(days=4),
            "feedback_by": day + relativedelta(months=3),
        }
        run(cases.update().where(cases.c.opened_on == day).values(**due))
    run(
        sa.text(
            "UPDATE case_access SET seal_key = "
            "(SELECT seal_key FROM accounts WHERE accounts.id = case_access.handler)"
        )
    )
    run(
        sa.text(
            "INSERT INTO positions (account_id, organisation_id, role, listed) "
            "SELECT DISTINCT m.account_id, d.organisation_id, 'handler', true "
            "FROM memberships m JOIN desks d ON d.id = m.desk_id"
        )
    )
    # Sessions from before don't say whose they are: people sign in again.
    run(sa.text("DELETE FROM sessions"))


def downgrade() -> None:
    for name, table in (
        ("ix_sessions_account_id", "sessions"),
        ("ix_cases_assigned_to", "cases"),
        ("ix_cases_status", "cases"),
        *((name, "cases") for name, _, _ in INDEXES),
    ):
        op.drop_index(name, table)
    for table, columns in ADDED.items():
        for column in columns:
            op.drop_column(table, column)
    for table in MADE:
        op.drop_table(table)
