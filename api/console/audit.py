"""The audit: what handlers and administrators did, filtered, and whole as CSV."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from flask import Response, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from api.console.caller import READERS, Me
from api.console.navigation import ADMIN
from api.console.pages import console
from api.console.showing import role_name, show
from api.contract import database
from api.models.account import Account
from api.models.base import Work
from api.rules import auditing
from shared.errors import Invalid, NotFound
from shared.schemas.audit import AuditExport, AuditQuery
from shared.schemas.base import load

SEE = (*READERS, *ADMIN)

_REFERENCE = re.compile(r"[A-Za-z]{1,3}-[0-9A-Za-z]{10}")
"""What of a form may get into an address: no other text."""

ACTS = {
    "account_changed": _l("changed a person"),
    "account_recovered": _l("came back by recovery words"),
    "account_removed": _l("removed a person"),
    "api_key_made": _l("made an API key"),
    "api_key_revoked": _l("revoked an API key"),
    "attachment_added": _l("attached a file"),
    "attachment_opened": _l("opened an attachment"),
    "audit_exported": _l("exported the audit"),
    "case_changed": _l("changed the case"),
    "case_expired": _l("deleted the case after its period"),
    "case_exported": _l("made a case file"),
    "case_opened": _l("looked at the case"),
    "case_recorded": _l("recorded a case"),
    "cases_handed_over": _l("handed cases over"),
    "cases_linked": _l("linked cases"),
    "cases_unlinked": _l("unlinked cases"),
    "classified": _l("classified the case"),
    "confidentiality_broken": _l("broke confidentiality"),
    "consent_asked": _l("asked for consent"),
    "deliveries_dropped": _l("dropped what was not delivered"),
    "deliveries_tried_again": _l("had deliveries tried again"),
    "detriment_checked": _l("checked for detriment"),
    "invitation_withdrawn": _l("withdrew an invitation"),
    "invited": _l("invited somebody"),
    "joined": _l("joined"),
    "keys_renewed": _l("made new keys"),
    "leave_set": _l("set leave"),
    "message_sent": _l("sent a message"),
    "note_written": _l("wrote a note"),
    "organisation_changed": _l("changed the organisation"),
    "password_changed": _l("made a new password"),
    "reader_added": _l("let somebody in"),
    "reader_removed": _l("took somebody's access away"),
    "readers_changed": _l("changed the readers"),
    "receipt_key_made": _l("made a receipt key"),
    "return_previewed": _l("looked at a return before it was submitted"),
    "return_submitted": _l("submitted a return"),
    "roster_approved": _l("approved a handler"),
    "roster_retired": _l("retired a handler"),
    "roster_signed": _l("signed the roster"),
    "session_ended": _l("ended a session"),
    "signed_in": _l("signed in"),
    "webhook_changed": _l("changed a webhook"),
    "webhook_deleted": _l("deleted a webhook"),
    "webhook_made": _l("made a webhook"),
    "webhook_secret_changed": _l("made a new secret for a webhook"),
}


def act_text(act: str) -> str:
    """An act as people read it."""
    return str(ACTS.get(act, act.replace("_", " ")))


@console.page("/audit", *SEE)
def audit(me: Me) -> Response:
    """The audit of the usual organisation."""
    return _go(me.usual(*SEE).slug)


def _go(slug: str, **values: Any) -> Response:
    address = url_for("console.audit_of", slug=slug, **values)
    return redirect(address, 303)  # type: ignore[return-value]


@console.page("/audit/<slug>", *SEE)
def audit_of(me: Me, slug: str) -> Response:
    """A page of the audit, newest first; of one case with `case`."""
    place = me.place(slug, *SEE)
    case = request.args.get("case", "").strip().upper()
    unknown = False
    with database().read() as db:
        try:
            given = {"organisation": slug, "case": case, "after": request.args.get("after", "")}
            query = load(AuditQuery(), {name: one for name, one in given.items() if one})
            found = auditing.page(db, me.id, query)
        except (NotFound, Invalid):
            if not case:
                raise
            found, unknown = {"items": [], "next": None}, True
        names = _names(db, found["items"])
    for one in found["items"]:
        one["act_text"] = act_text(one["act"])
        one["details"] = list(_details(one["detail"], names))
    return show(
        "audit.html", place=place, places=me.at(*SEE), found=found, case=case, unknown=unknown
    )


def _ids(value: Any) -> Iterator[UUID]:
    if isinstance(value, list):
        for one in value:
            yield from _ids(one)
    elif isinstance(value, str) and len(value) == 36:
        try:
            yield UUID(value)
        except ValueError:
            return


def _names(db: Work, items: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Names of the accounts that details speak of: one statement for the whole page."""
    ids = {one for item in items for value in item["detail"].values() for one in _ids(value)}
    if not ids:
        return {}
    rows = db.execute(select(Account.id, Account.display_name).where(Account.id.in_(ids)))
    return {str(row.id): row.display_name for row in rows}


def _details(detail: dict[str, Any], names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What an entry says besides, as it is read; ids of what is gone are left out."""
    for name, value in sorted(detail.items()):
        shown = [
            _shown(name, one, names) for one in (value if isinstance(value, list) else [value])
        ]
        if any(shown):
            yield name.replace("_", " "), ", ".join(one for one in shown if one)


def _shown(name: str, value: Any, names: dict[str, str]) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if value is None:
        return str(_("nobody")) if name in ("assigned_to", "cover") else ""
    text = str(value)
    if text in names:
        return names[text]
    if next(_ids(text), None):
        return ""
    if name == "role":
        return role_name(text)
    return text.replace("_", " ")


@console.page("/audit/<slug>/export", *SEE, form=True)
def audit_export(me: Me, slug: str) -> Response:
    """All of it as CSV: that is an act itself."""
    me.place(slug, *SEE)
    case = request.form.get("case", "").strip()
    if request.method != "POST" or g.kept:
        return _go(slug, **({"case": case} if _REFERENCE.fullmatch(case) else {}))
    given = {"organisation": slug} | ({"case": case} if case else {})
    query = load(AuditExport(), given)
    made = database().write(lambda db: auditing.as_csv(db, me.id, query))
    answer = Response(made, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer
