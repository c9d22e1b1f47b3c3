"""Once a day: takes away what has ended by itself."""

from __future__ import annotations

from sqlalchemy import delete

from api.models.account import Invitation, SignedIn
from api.models.base import Database, Work
from api.models.report_draft import ReportDraft
from api.rules import leftovers


def work(database: Database) -> None:
    """Sessions, reports that were not sent, invitations, and what hangs on nothing."""
    database.write(_sweep)
    leftovers.tidy(database)


def _sweep(db: Work) -> None:
    today = db.utc.date()
    db.execute(delete(SignedIn).where(SignedIn.sweep_after < today))
    db.execute(delete(ReportDraft).where(ReportDraft.sweep_after < today))
    db.execute(delete(Invitation).where(Invitation.expires_on < today))
