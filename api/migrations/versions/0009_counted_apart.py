"""Up to which quarter cases that somebody was kept out of were counted with all others

Revision ID: 0009
Revises: 0008
"""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

organisations = sa.table(
    "organisations", sa.column("id", sa.Integer), sa.column("apart_since", sa.String)
)
cases = sa.table(
    "cases", sa.column("organisation_id", sa.Integer), sa.column("opened_on", sa.Date)
)
tally = sa.table(
    "tally", sa.column("organisation_id", sa.Integer), sa.column("quarter", sa.String)
)


def upgrade() -> None:
    op.add_column("organisations", sa.Column("apart_since", sa.String(7), nullable=True))
    database = op.get_bind()
    newest: dict[int, str] = {}
    for table, column in ((cases, cases.c.opened_on), (tally, tally.c.quarter)):
        of = table.c.organisation_id
        for organisation, last in database.execute(
            sa.select(of, sa.func.max(column)).group_by(of)
        ):
            # Of cases it is a day: the quarter that begins after it.
            quarter = _quarter_of(last) if isinstance(last, date) else last
            newest[organisation] = max(quarter, newest.get(organisation, quarter))
    for organisation, quarter in newest.items():
        row = sa.update(organisations).where(organisations.c.id == organisation)
        database.execute(row.values(apart_since=_after(quarter)))


def _quarter_of(day: date) -> str:
    """As in `api.rules.tally` when this was written."""
    year, quarter = (day.year, (day.month - 1) // 3) if day.month > 3 else (day.year - 1, 4)
    return f"{year}-Q{quarter}"


def _after(quarter: str) -> str:
    year, number = int(quarter[:4]), int(quarter[-1])
    return f"{year + 1}-Q1" if number == 4 else f"{year}-Q{number + 1}"


def downgrade() -> None:
    op.drop_column("organisations", "apart_since")
