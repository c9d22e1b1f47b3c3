"""Files that were added are looked at once more, each by itself; then one message names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from api.web import aside, said, visits, waiting
from api.web.aside import message_id
from api.web.evidence import choose
from api.web.pages import CASE, form_key, go, text, web
from api.web.replying import Refused, faults_of, first_of, seen, send
from api.web.said import Said
from api.web.showing import show
from shared.errors import Invalid
from shared.evidence import (
    FILE,
    FOR_HANDLER,
    FOR_INVESTIGATION,
    PICTURE,
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
        return _first(who, visit)
    told = {one.id: one for one in said.of_form()}
    found = _shown(waiting.find(who, list(told), UUID(message_id())), told)
    if not found:
        return choose(who, visit, fault=_gone())
    typed = text("text").strip()
    faults = _faults(found, typed)
    if not {one.id for one in told.values() if not one.out} <= {one.id for one in found}:
        faults = {"": _gone()} | faults
    refused = Refused(faults) if faults else _send(who, found, typed)
    if refused is None:
        return go("web.case_page", visit=visit, _anchor="newest")
    return _look(who, visit, found, refused, seen(typed))


def _first(who: Who, visit: str) -> Response:
    """The page as it is first shown, or as it was filled in when its session ended."""
    kept, notice = aside.find(who, aside.FILES)
    # If it had been sent after all, it is the same message again.
    found = waiting.find(who, None, None if kept is None else UUID(kept.id))
    if not found:
        return go("web.evidence", visit=visit)
    if kept is None:
        return _look(who, visit, _shown(found, {}), Refused())
    told = {one.id: one for one in kept.files}
    return _look(
        who, visit, _shown(found, told), Refused(), seen(kept.text), id_=kept.id, notice=notice
    )


def _shown(found: Sequence[Kept], told: Mapping[UUID, Said]) -> list[Shown]:
    """The files with what was typed and chosen for each."""
    shown = list[Shown]()
    for kept in found:
        one = told.get(kept.id, Said(kept.id))
        shown.append(Shown(kept, one.sharing, one.transcript.strip(), one.out, one.sure))
    return shown


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
        aside.drop(db, who, aside.FILES)

    return send(who, rule)


def _look(
    who: Who,
    visit: str,
    found: Sequence[Shown],
    refused: Refused,
    typed: str = "",
    *,
    id_: str = "",
    notice: str | None = None,
) -> Response:
    """The page, filled in as it was sent."""
    g.least, g.form_key = CASE, form_key(who)
    # Another id where this one was used: else the next message would be taken for that one.
    id_ = str(uuid4()) if refused.used else id_ or message_id()
    return show(
        "evidence_send.html",
        status=422 if refused.asked else 200,
        visit=visit,
        id=id_,
        notice=notice,
        stamp=visits.stamp(),
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
