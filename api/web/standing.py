"""Where a case stands, and what was promised by which day, in words.

Days and status are the service's word: they are in clear, and nobody signs them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from flask_babel import gettext as _

from api.rules import deadlines, retention
from api.rules.own_case import OwnCase
from api.web.language import day
from shared.standing import ACKNOWLEDGE, due


@dataclass(frozen=True, slots=True)
class Standing:
    """What is told of a case besides its messages.

    `promise` says what they should do next and by when; `late` says it once that day has
    passed, and then `promise` is empty. `facts` are the days so far.
    """

    status: str
    promise: str
    late: str
    facts: tuple[str, ...]
    hold: str = field(repr=False)
    urgent: bool
    unanswered: bool


def standing(own: OwnCase) -> Standing:
    """The words for a case that is open."""
    row = own.row
    promise, late = _deadline(own)
    return Standing(
        _status(row.status),
        promise,
        late,
        tuple(_facts(own)),
        row.legal_hold or "",
        row.urgent,
        row.status == "closed" and not row.answered,
    )


def _status(code: str) -> str:
    texts = {
        "new": _("Received. Nobody has picked it up yet."),
        "acknowledged": _("They have seen your report."),
        "in_progress": _("They are working on it."),
        "awaiting_reporter": _("They are waiting for your answer."),
        "closed": _("Closed. You can still read it and write."),
    }
    return str(texts.get(code) or _("Your case is open."))


def _deadline(own: OwnCase) -> tuple[str, str]:
    row = own.row
    found = due(
        {
            "status": row.status,
            "overdue": deadlines.overdue(row, own.today),
            "acknowledge_by": row.acknowledge_by,
            "feedback_by": row.feedback_by,
            "feedback_on": row.feedback_on,
        }
    )
    if found is None:
        return "", ""
    by = day(found.day)
    if found.what == ACKNOWLEDGE:
        if found.late:
            return "", _("They should have answered by %(day)s. They have not.", day=by)
        return _("They should answer by %(day)s.", day=by), ""
    if found.late:
        return "", _(
            "They should have told you what came of it by %(day)s. They have not.", day=by
        )
    return _("They should tell you what came of it by %(day)s.", day=by), ""


def _facts(own: OwnCase) -> list[str]:
    row = own.row
    goes = retention.goes_on(row, own.organisation, own.today)

    def said(when: date | None, text: str) -> list[str]:
        return [text] if when else []

    return [
        *said(row.opened_on, _("Received on %(day)s.", day=day(row.opened_on))),
        *said(row.acknowledged_on, _("Seen on %(day)s.", day=day(row.acknowledged_on))),
        *said(
            row.feedback_on,
            _("They told you what came of it on %(day)s.", day=day(row.feedback_on)),
        ),
        *said(row.closed_on, _("Closed on %(day)s.", day=day(row.closed_on))),
        *said(
            goes,
            _("Unless something changes, it will be deleted on %(day)s.", day=day(goes)),
        ),
    ]
