"""What was being written in a case when its session ended: kept until it is in its box again.

The page that says that the session ended holds it, in the form for the words. What is sent with
the right words is always answered by a redirect: so it is put aside, sealed, and stands in its
box where the case is opened, until it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from uuid import UUID, uuid4

from flask import request
from flask_babel import gettext as _

from api.config import REPORT_DRAFT_OPEN
from api.contract import Who, database
from api.models.base import Work
from api.rules import report_asides
from api.rules.report_asides import WRITTEN
from api.web import said, visits, waiting
from api.web.pages import KEY, text
from api.web.said import Said
from shared.evidence import MOST

REPLY, CLOSING, FILES = "", "closing", "files"
"""In which form it was written: the conversation's, the closing question's, that of the files."""

STAMP = "stamp"
"""The field that says whether the browser was left since: `visits.left_since`."""

_AT = {"web.case_page": REPLY, "web.closing": CLOSING, "web.evidence_send": FILES}
_PAGES = {CLOSING: "web.closing", FILES: "web.evidence_send"}
_OTHER = "other"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was being written, in which form (`at`); `of` is that form's key."""

    text: str = field(default="", repr=False)
    id: str = ""
    at: str = REPLY
    answer: str = ""
    of: str = field(default="", repr=False)
    files: tuple[Said, ...] = ()


def message_id() -> str:
    """The id that came with the form; a new one if that is none."""
    try:
        given = UUID(request.form.get("id", ""))
    except ValueError:
        return str(uuid4())
    return str(given if given.version == 4 else uuid4())


def is_left() -> bool:
    """Whether the browser was left since this form was shown: then nothing of it is shown again.

    A page that is still open is waited for as long as that of a report.
    """
    return visits.left_since(request.form.get(STAMP, ""), REPORT_DRAFT_OPEN)


def of_form() -> Kept | None:
    """What was sent with a form of a case, if that was words of one's own."""
    at = _AT.get(request.endpoint or "")
    if request.method != "POST" or at is None or is_left():
        return None
    written = text("comment" if at == CLOSING else "text")
    answer = request.form.get("answer", "")
    files = tuple(said.of_form()[:MOST]) if at == FILES else ()
    if not written.strip() and not answer and not files:
        return None
    return Kept(written, message_id(), at, answer, request.form.get(KEY, "") or "-", files)


def sent_again() -> Kept | None:
    """The same, out of the form for the words that held it."""
    of = request.form.get("of")
    if not of or is_left():
        return None
    given = request.form.get("at", "")
    at = given if given in _PAGES else REPLY
    files = tuple(said.of_form()[:MOST]) if at == FILES else ()
    return Kept(text("text"), message_id(), at, request.form.get("answer", ""), of, files)


def put(db: Work, bearer: str, kept: Kept, form_keys: Sequence[str]) -> str:
    """Puts it aside for this session, if it was written in the case of these forms' keys.

    If not, only that there was something is noted. The files that it is about wait in this session
    from now on. The page to go on at.
    """
    same = kept if kept.of in form_keys else Kept(at=_OTHER)
    report_asides.put(db, bearer, asdict(same) | {"files": [one.kept() for one in same.files]})
    if same.files:
        waiting.go_on(db, bearer, {one.id: not one.raw for one in same.files})
    return _PAGES.get(same.at, "web.case_page")


def find(who: Who, at: str) -> tuple[Kept | None, str | None]:
    """What is kept for this form of the caller's case, and what to say of it."""
    with database().read() as db:
        found = report_asides.find(db, who.bearer)
    if found is None:
        return None, None
    files = tuple(said.of_kept(one) for one in found.pop("files", ()))
    kept = Kept(**found, files=files)
    if kept.at == at:
        return kept, str(_("What you wrote is in its box again. It was not sent yet."))
    if kept.at != _OTHER:
        return None, None
    database().write(lambda db: report_asides.drop(db, who.bearer, WRITTEN))
    return None, str(_("What you had written is for another report. It was not filled in here."))


def drop(db: Work, who: Who, at: str) -> None:
    """Forgets what was kept for this form: it was sent."""
    found = report_asides.find(db, who.bearer)
    if found is not None and found["at"] == at:
        report_asides.drop(db, who.bearer, WRITTEN)
