"""Pictures and files are added to a case: cleaned, sealed and stored at once, all or none.

A browser never fills a field for files in again. So they hang on nothing until the next page
(`evidence_sending.py`) sends one message that names them; what is not sent goes after a week.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID, uuid4

from flask import Response, g, request
from flask_babel import gettext as _

from api import uploads
from api.contract import Who, database
from api.rules import several, uploading
from api.rules.leftovers import UNHUNG_DAYS
from api.rules.several import Unfit
from api.texts import told
from api.web import waiting
from api.web.aside import message_id
from api.web.pages import CASE, form_key, go, web
from api.web.reading import ANSWER, readers_of, settle
from api.web.showing import show
from shared.errors import Conflict, NoRoom, NotFound, SignIn, TooLarge
from shared.evidence import MOST
from shared.sealing.encoding import REPORTER
from shared.who import Reader


@web.case("/c/<visit:visit>/evidence", form=True, files=True)
def evidence(who: Who, visit: str) -> Response:
    """Files are chosen here; before, what goes out of them and what stays in is said."""
    if g.too_large:
        return choose(who, visit, fault=_too_much(who))
    if request.method != "POST":
        return choose(who, visit)
    agreed = settle(who)
    asked = _unagreed(who, agreed)
    if asked or ANSWER in request.form:
        return choose(who, visit, asked=asked, agreed=agreed)
    fault = _take(who)
    if fault:
        return choose(who, visit, agreed=agreed, fault=fault)
    return go("web.evidence_send", visit=visit)


def _unagreed(who: Who, agreed: frozenset[UUID] = frozenset()) -> tuple[Reader, ...]:
    """Who has to be agreed to before anything is sealed to them."""
    with database().read() as db:
        try:
            return readers_of(db, who).unagreed(agreed)
        except NotFound:
            raise SignIn from None


def _take(who: Who) -> str:
    """Stores what was chosen, all or none; what is wrong with it."""
    chosen, before = uploads.several("files"), waiting.find(who)
    if not chosen:
        return str(_("Choose a picture or a file first."))
    if len(before) + len(chosen) > MOST:
        return str(_("One message takes up to %(most)s files. Choose fewer; send the others after "
                     "that.", most=MOST))  # fmt: skip
    if who.keyring is None:
        raise SignIn
    try:
        kept, unfit = several.store(
            database(), who.id, REPORTER, who.keyring, "message", message_id(), chosen
        )
    except (TooLarge, NoRoom, Conflict) as error:
        nothing = _("None of the files was kept.")  # named: no texts are collected from f-strings
        return f"{told(error.detail)} {nothing}"
    if unfit:
        return _why_not(unfit)
    waiting.add(who, kept)
    return ""


def _why_not(unfit: Sequence[Unfit]) -> str:
    each = " ".join(f"{one.name}: {told(one.why)}" for one in unfit)
    again = _("None of the files was kept. Choose the others again.")
    return f"{each} {again}"


def _too_much(who: Who) -> str:
    return str(_("That is more than %(most)s MB at once. Nothing was kept. Choose fewer files, or "
                 "smaller ones.", most=_limits(who)[1]))  # fmt: skip


def _limits(who: Who) -> tuple[int, int]:
    """How many MB a file may have, and all that are chosen at once."""
    settings = uploading.settings(database(), who.id)
    together = min(settings["case_bytes"], uploads.PAGE)
    one = min(settings["attachment_bytes"], together)
    return one // 1_000_000, together // 1_000_000


def _has_id() -> bool:
    """Whether the form came from this page, and could be read: then it keeps its id."""
    return request.endpoint == "web.evidence" and not g.too_large


def choose(
    who: Who,
    visit: str,
    *,
    asked: Sequence[Reader] | None = None,
    agreed: Collection[UUID] = (),
    fault: str = "",
) -> Response:
    """The page; while somebody has to be agreed to, it takes no files."""
    g.least, g.form_key = CASE, form_key(who)
    to_ask = _unagreed(who, frozenset(agreed)) if asked is None else asked
    one, together = _limits(who)
    return show(
        "evidence.html",
        status=422 if to_ask and request.method == "POST" else 200,
        visit=visit,
        id=message_id() if _has_id() else str(uuid4()),
        waiting=len(waiting.find(who)),
        most=MOST,
        one=one,
        together=together,
        days=UNHUNG_DAYS,
        asked=to_ask,
        agreed=agreed,
        faults={"files": fault} if fault else {},
    )
