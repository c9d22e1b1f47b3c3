"""Files that were added are looked at once more, each by itself; then one message names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from flask import Response, g, request
from flask_babel import gettext as _
from flask_babel import ngettext

from api.contract import Who
from api.models.base import Work
from api.models.case import Case
from api.rules import messages
from api.rules.leftovers import UNHUNG_DAYS
from api.rules.several import Kept
from api.web import waiting
from api.web.aside import message_id
from api.web.evidence import choose
from api.web.pages import CASE, form_key, go, several, text, web
from api.web.replying import Refused, faults_of, first_of, seen, send
from api.web.showing import show
from shared.errors import Invalid
from shared.evidence import (
    FILE,
    FOR_HANDLER,
    FOR_INVESTIGATION,
    PICTURE,
    SHARING,
    TRANSCRIPT,
    Piece,
)
from shared.schemas.base import STORY, load
from shared.schemas.messages import PostReporterMessage
from shared.sealing.encoding import REPORTER

_CHECKS = PostReporterMessage()
_NO_WORDS = "See what is attached."
"""What a message says of which nothing was written: in one language, so it tells nobody's."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A file, and what the form says of it. `out`: it is left out; `sure`: it goes as it is."""

    kept: Kept
    sharing: str = FOR_HANDLER
    transcript: str = field(default="", repr=False)
    out: bool = False
    sure: bool = False

    @property
    def id(self) -> UUID:
        """The attachment's."""
        return self.kept.id

    def piece(self) -> Piece:
        """What the message says of it."""
        source = PICTURE if self.kept.media_type.startswith("image/") else FILE
        return Piece(self.id, self.sharing, source, self.transcript)


@web.case("/c/<visit:visit>/evidence/send", form=True)
def evidence_send(who: Who, visit: str) -> Response:
    """Who may see each file, and what it says. What was sent before is not sent again."""
    if request.method != "POST":
        found = [Shown(one) for one in waiting.find(who)]
        return _look(who, visit, found, Refused()) if found else go("web.evidence", visit=visit)
    named, out = _ids("attached"), _ids("leave-out")
    found = [_shown(one) for one in waiting.find(who, named, UUID(message_id()))]
    if not found:
        return choose(who, visit, fault=_gone())
    typed = text("text").strip()
    faults = _faults(found, typed)
    if not set(named) - set(out) <= {one.id for one in found}:
        faults = {"": _gone()} | faults
    refused = Refused(faults) if faults else _send(who, found, typed)
    if refused is None:
        return go("web.case_page", visit=visit, _anchor="newest")
    return _look(who, visit, found, refused, seen(typed))


def _ids(name: str) -> list[UUID]:
    """Ids among what the form sent, each once, in order."""
    found = list[UUID]()
    for one in several(name):
        try:
            found.append(UUID(one))
        except ValueError:
            continue
    return found


def _shown(kept: Kept) -> Shown:
    """A file with what was typed and chosen for it."""
    sharing = request.form.get(f"sharing-{kept.id}", "")
    return Shown(
        kept,
        sharing if sharing in SHARING else FOR_HANDLER,
        text(f"transcript-{kept.id}").strip(),
        kept.id in _ids("leave-out"),
        kept.id in _ids("sure-file"),
    )


def _gone() -> str:
    return str(_("Files of this page were sent before, or left out. Look at the conversation; "
                 "then choose again what is missing."))  # fmt: skip


def _faults(found: Sequence[Shown], typed: str) -> dict[str, str]:
    """What is wrong with the form, by field."""
    faults = dict[str, str]()
    for one in found:
        if one.transcript and not one.out:
            faults |= faults_of(one.transcript, TRANSCRIPT, f"transcript-{one.id}")
        if not (one.kept.cleaned or one.sure or one.out):
            faults[f"sure-{one.id}"] = str(
                _("Say whether to send %(name)s as it is, or leave it out.", name=one.kept.name)
            )
    if all(one.out for one in found):
        faults[f"out-{found[0].id}"] = str(
            _("Everything is left out. Keep a file, or go back to the conversation to write only.")
        )
    return faults | (faults_of(typed, STORY) if typed else {})


def _send(who: Who, found: Sequence[Shown], typed: str) -> Refused | None:
    """One message that names what is not left out; None if it was sent."""
    pieces = [one.piece() for one in found if not one.out]
    content: dict[str, Any] = {
        "text": typed or _NO_WORDS,
        "attachments": [str(one.attachment_id) for one in pieces],
        "evidence": [one.as_body() for one in pieces],
    }
    try:
        checked = load(_CHECKS, {"id": message_id(), "content": content})
    except Invalid as error:
        return Refused({"text": first_of(error)})

    def rule(db: Work) -> None:
        case = db.get_one(Case, who.id)
        messages.post(db, case, REPORTER, who.keyring, checked)
        waiting.drop(db, who, [one.id for one in found])

    return send(who, rule)


def _look(
    who: Who, visit: str, found: Sequence[Shown], refused: Refused, typed: str = ""
) -> Response:
    """The page, filled in as it was sent."""
    g.least, g.form_key = CASE, form_key(who)
    # Another id where this one was used: else the next message would be taken for that one.
    id_ = str(uuid4()) if refused.used else message_id()
    return show(
        "evidence_send.html",
        status=422 if refused.asked else 200,
        visit=visit,
        id=id_,
        files=[replace(one, transcript=seen(one.transcript)) for one in found],
        sharing=[
            (FOR_HANDLER, _("Only the people who handle my case may see it"), ""),
            (FOR_INVESTIGATION, _("It may be shown in an investigation"), ""),
        ],
        title=ngettext("Look at your file", "Look at your %(num)s files", len(found)),
        text=typed,
        days=UNHUNG_DAYS,
        asked=refused.asked,
        agreed=refused.agreed,
        faults=refused.faults,
    )
