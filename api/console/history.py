"""What was done on a case, and the case as it is printed."""

from __future__ import annotations

from flask import Response, request

from api.console.audit import act_text
from api.console.caller import READERS, Me
from api.console.case import frame, talk
from api.console.naming import detail
from api.console.pages import console
from api.console.showing import show
from api.contract import database
from api.rules import auditing, cases, messages, reading, viewing
from shared.errors import Invalid
from shared.schemas.audit import AuditQuery
from shared.schemas.base import load


@console.page("/cases/<reference>/history", *READERS)
def case_history(me: Me, reference: str) -> Response:
    """The acts on a case that stand in the audit, newest first."""
    with database().read() as db:
        values = frame(db, me, reference)
        query = {"organisation": values["organisation"].slug, "case": reference}
        after = request.args.get("after")
        try:
            found = auditing.page(
                db, me.id, load(AuditQuery(), query | ({"after": after} if after else {}))
            )
        except Invalid:
            found = auditing.page(db, me.id, load(AuditQuery(), query))
    items = [
        one | {"act": act_text(one["act"]), "words": detail(one, values["names"])}
        for one in found["items"]
    ]
    return show("case_history.html", items=items, next=found["next"], **values)


@console.page("/cases/<reference>/print", *READERS)
def case_print(me: Me, reference: str) -> Response:
    """Report and whole thread, to be printed."""
    with database().read() as db:
        values = frame(db, me, reference)
        opened = messages.opener(db, values["organisation"], values["case"], me.id, me.keyring)
        items = messages.whole(db, values["case"], me.id, opened)
        values |= {
            "readers": reading.readers(db, values["case"]),
            "revoked": reading.revoked_consents(db, values["case"]),
            "directory": values["organisation"].directory,
            "hung": viewing.of_items(db, values["case"].id, opened, "message", items),
        }
    cases.note_opening(database(), me.id, reference)
    return show("case_print.html", **values | talk(me, items, values, most=len(items)))
