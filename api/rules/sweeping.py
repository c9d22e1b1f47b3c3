"""Once a day: takes away what has ended by itself."""

from __future__ import annotations

from sqlalchemy import delete

from api.models.account import Invitation, SignedIn
from api.models.base import Database, Work
from api.models.notice import NoticeSent
from api.models.outbox import Delivery
from api.models.report_draft import ReportDraft
from api.rules import leftovers, throttling


def work(database: Database) -> None:
    """Sessions, reports not sent, invitations, wrong tries, codes that never arrived, files on
    nothing."""
    database.write(_sweep)
    throttling.sweep(database)
    leftovers.tidy(database)


def _sweep(db: Work) -> None:
    today = db.utc.date()
    db.execute(delete(SignedIn).where(SignedIn.sweep_after < today))
    db.execute(delete(ReportDraft).where(ReportDraft.sweep_after < today))
    db.execute(delete(Invitation).where(Invitation.expires_on < today))
    # When a notice went holds nobody up after a day, and an urgent one went with the act.
    db.execute(delete(NoticeSent).where(NoticeSent.sent_at < db.now - 86400))
    # What was given up and is no organisation's nobody sees: a code that its owner asks for anew.
    db.execute(
        delete(Delivery).where(Delivery.state == "dead", Delivery.organisation_id.is_(None))
    )
