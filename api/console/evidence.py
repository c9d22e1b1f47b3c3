"""Attachments of a case: looked at where nothing of them runs, or taken out after a warning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, g, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.utils import redirect

from api.console import thread
from api.console.caller import READERS, Me
from api.console.case import frame
from api.console.pages import console
from api.console.showing import show
from api.contract import SANDBOX, as_download, database
from api.models.base import Work
from api.rules import attachments, cleaning, messages, uploading, viewing
from api.rules.viewing import Found
from shared.errors import NotCleaned, NotFound, SealingError
from shared.sealing.message import REPORTER

MOST_PIXELS, MOST_TEXT = 2_000, 100_000
"""A preview's longer side, and characters of a text that are shown."""

_KINDS = {
    "picture": _l("Picture"),
    "pdf": _l("PDF"),
    "text": _l("Text"),
    "audio": _l("Recording"),
    "video": _l("Video"),
    "office": _l("Office document"),
    "": _l("Unknown kind"),
}
RISKS = {
    "pdf": _l("A PDF can hold scripts and links, and can ask other computers for something: who "
              "sent it may learn when and where it was opened."),
    "audio": _l("A recording or video is read by a player, and a faulty player can be made to do "
                "something else by a file that was made for that."),
    "office": _l("An office document can hold macros and links to other computers: never allow it "
                 "to run anything, and open it without a network if you can."),
    "": _l("It can be anything, also a program that does harm. Ask for it in another form, such "
           "as a screenshot."),
}  # fmt: skip
"""What a file may do that is no picture and no text, by its group."""
RISKS["video"] = RISKS["audio"]


def _found(db: Work, me: Me, values: Mapping[str, Any], attachment: UUID) -> Found:
    case = values["case"]
    opened = messages.opener(db, values["organisation"], case, me.id, me.keyring)
    return viewing.find(db, case, me.id, opened, attachment)


def _look(me: Me, reference: str, attachment: UUID) -> tuple[dict[str, Any], Found]:
    with database().read() as db:
        values = frame(db, me, reference)
        return values, _found(db, me, values, attachment)


@console.page("/cases/<reference>/attachments/<uuid:attachment>", *READERS)
def case_attachment(me: Me, reference: str, attachment: UUID) -> Response:
    """One attachment: a picture or text to look at; of others what to know before taking one."""
    return _page(me, reference, attachment)


def _page(me: Me, reference: str, attachment: UUID, refused: NotCleaned | None = None) -> Response:
    values, found = _look(me, reference, attachment)
    try:
        inside = _inside(found)
    except (SealingError, NotFound) as error:
        inside = {"problem": error, "group": ""}
    if "text" in inside:
        attachments.note_opening(database(), me.id, found.row)
    of_reporter = found.author == REPORTER
    piece = thread.pieces([found.shown], of_reporter=of_reporter)[0]
    return show(
        "case_attachment.html",
        409 if refused else 200,
        **values,
        **inside,
        kind=_KINDS[inside["group"]],
        risk=RISKS.get(inside["group"]),
        piece=piece,
        author=found.author,
        day=found.signed.day,
        in_note=found.row.kind == "note",
        digest=found.told.sha256.hex() if found.shown.told else "",
        refused=refused,
    )


def _inside(found: Found) -> dict[str, Any]:
    """What it is by its content, and of a text its beginning.

    Raises what is wrong with its bytes.
    """
    with viewing.in_memory(database().config, found) as file:
        group = viewing.group_of(file, found.told.name)
        if group != "text":
            return {"group": group}
        text, cut = viewing.text_of(file, MOST_TEXT)
    return {"group": group, "text": text, "cut": cut}


@console.page("/cases/<reference>/attachments/<uuid:attachment>/preview", *READERS)
def case_attachment_preview(me: Me, reference: str, attachment: UUID) -> Response:
    """A picture, made anew from its pixels by a program apart; and that it was opened."""
    _values, found = _look(me, reference, attachment)
    with viewing.in_memory(database().config, found) as file:
        if viewing.group_of(file, found.told.name) != "picture":
            raise NotFound
        attachments.note_opening(database(), me.id, found.row)
        with cleaning.preview(file, MOST_PIXELS) as made:
            shown = Response(made.read(), content_type="image/png")
    shown.headers["Content-Security-Policy"] = SANDBOX
    return shown


@console.page("/cases/<reference>/attachments/<uuid:attachment>/file", *READERS, form=True)
def case_attachment_file(me: Me, reference: str, attachment: UUID) -> Response:
    """The file itself: cleaned, or with `as` `exact` the bytes as they came."""
    _values, found = _look(me, reference, attachment)
    if request.method != "POST" or g.kept:
        to = url_for("console.case_attachment", reference=reference, attachment=attachment)
        return redirect(to, 303)  # type: ignore[return-value]
    attachments.note_opening(database(), me.id, found.row)
    config = database().config
    if request.form.get("as") != "exact":
        try:
            cleaned = uploading.cleaned_copy(found.told.name, viewing.exact(config, found))
        except NotCleaned as error:
            return _page(me, reference, attachment, error)
        return as_download(cleaned)
    return as_download(viewing.to_save(config, found))
