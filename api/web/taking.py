"""Files of a conversation: what to know before one is taken, and the file itself."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request

from api.contract import Who, as_download, database
from api.models.case import Case
from api.models.organisation import Organisation
from api.rules import messages, viewing
from api.rules.viewing import Found
from api.web.pages import web
from api.web.showing import show
from shared.errors import Damaged, NotFound, SignIn, UnknownVersion, WrongKey
from shared.sealing.encoding import REPORTER
from shared.sealing.message import REPORTER as BY_REPORTER


@web.case("/c/<visit:visit>/piece/<uuid:attachment>", form=True)
def piece(who: Who, visit: str, attachment: UUID) -> Response:
    """One file: the exact bytes, once it was said what it is and where it would lie."""
    found = _found(who, attachment)
    broken, mine = found.shown.told is None, found.author == BY_REPORTER
    if request.method == "POST" and not broken:
        try:
            return as_download(viewing.to_save(database().config, found))
        except (Damaged, NotFound):
            broken = True
    return show(
        "piece.html",
        422 if broken else 200,
        visit=visit,
        name="" if found.shown.told is None else viewing.plain_name(found.shown.told.name),
        size=0 if found.shown.told is None else found.shown.told.size,
        mine=mine,
        sharing=found.shown.piece.sharing if mine else "",
        broken=broken,
    )


def _found(who: Who, attachment: UUID) -> Found:
    with database().read() as db:
        case = db.get(Case, who.id)
        if case is None:
            raise SignIn
        organisation = db.get_one(Organisation, case.organisation_id)
        opened = messages.opener(db, organisation, case, REPORTER, who.keyring)
        try:
            return viewing.find(db, case, REPORTER, opened, attachment)
        except (Damaged, UnknownVersion, WrongKey):
            raise NotFound from None  # the message that names it did not check: it says so there
