"""A case: the report, the thread, the reply, and all that a handler should see beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import BooleanField, HiddenField, StringField, TextAreaField

from api.console import attaching, thread
from api.console.attaching import Attaching
from api.console.caller import READERS, Me
from api.console.forms import checked, refusals, refuse, sent, text
from api.console.naming import CONFIDENTIALITY, STATUS
from api.console.pages import console
from api.console.showing import done, show
from api.contract import database
from api.models.base import Work
from api.models.case import Case, CaseCheck
from api.models.organisation import Desk, Organisation
from api.rules import (
    cases,
    changing,
    classification,
    deadlines,
    drafts,
    identifying,
    links,
    messages,
    notes,
    organisations,
    reading,
    replying,
    retention,
    viewing,
)
from api.rules.unlocking import by_handler, check_desk_reader
from shared.errors import Conflict, EpochChanged, NotAllowed, WrenError
from shared.schemas.messages import PostMessage
from shared.schemas.notes import PutDraft

Answer = TypeVar("Answer")

WITHDRAWN = _l("The reporter withdrew this case. Only its legal hold can be changed.")
LATEST_NOTES = 3


class Reply(Attaching):
    """A reply, its state, and what it is. `epoch` tells which readers the handler saw."""

    epoch = HiddenField()
    template = StringField(_l("Begin with"))
    text = TextAreaField(_l("Your reply"))
    feedback = BooleanField(_l("This reply is the feedback"))
    acknowledge = BooleanField(_l("Mark the case as acknowledged"), default=True)


def frame(db: Work, me: Me, reference: str) -> dict[str, Any]:
    """What every page of a case shows at its top. Raises `NotFound`."""
    case = by_handler(db, me.id, reference)
    organisation = db.get_one(Organisation, case.organisation_id)
    today = organisations.today(db, organisation)
    return {
        "case": case,
        "organisation": organisation,
        "desk": db.get_one(Desk, case.desk_id).name,
        "names": {str(one): name for one, name in organisations.names(db, organisation).items()},
        "today": today,
        "late": deadlines.overdue(case, today),
        "goes_on": retention.goes_on(case, organisation, today),
        "by_consent": reading.by_consent(db, case, me.id),
    }


def handled(me: Me, reference: str) -> dict[str, Any]:
    """`frame` for a page that is there to handle the case, which who reads by consent can't.

    Raises `NotFound` or `NotAllowed`.
    """
    with database().read() as db:
        values = frame(db, me, reference)
        check_desk_reader(db, values["case"], me.id)
    return values


def change(me: Me, reference: str, rule: Callable[[Work, Case], Answer]) -> Answer:
    """Runs a rule on a case in one transaction. Raises `NotAllowed` if it was withdrawn."""

    def run(db: Work) -> Answer:
        case = by_handler(db, me.id, reference)
        if case.withdrawn_on is not None:
            raise NotAllowed(str(WITHDRAWN))
        return rule(db, case)

    return database().write(run)


@console.page("/cases/<reference>", *READERS, form=True, files=True)
def case(me: Me, reference: str) -> Response:
    """Report and thread; a reply is sent, or kept as a draft, from here."""
    form, act = Reply(), request.form.get("act", "send")
    hint: list[identifying.Asked] = []
    with database().read() as db:
        replies = frame(db, me, reference)["organisation"].replies
    if sent(form):
        if act == "draft":
            with refusals(form):
                _save(me, reference, form)
                said = _("The draft is saved. Only you can open it.")
                return done(said, "console.case", reference=reference, _anchor="reply")
        whole = act != "draft" and attaching.take(me, reference, form, "message")
        if act == "template":
            _begin(form, replies)
        elif whole:
            hint = [] if act == "sure" else identifying.asked_for(text(form.text.data))
            if not hint and _sent(me, reference, form):
                return done(_("The reply is sent."), "console.case", reference=reference)
    return _page(me, reference, form, replies, hint)


def _begin(form: Reply, replies: list[Mapping[str, str]]) -> None:
    """Puts a common reply into the box, below what is there."""
    chosen = thread.as_number(form.template.data)
    if chosen is not None and chosen < len(replies):
        before = text(form.text.data).rstrip()
        form.text.data = "\n\n".join(filter(None, (before, replies[chosen]["text"])))
    form.template.data = ""


def _save(me: Me, reference: str, form: Reply) -> None:
    body = checked(PutDraft, {"content": {"text": text(form.text.data)}})
    change(me, reference, lambda db, case: drafts.put(db, case, me.id, me.keyring, body))


def _sent(me: Me, reference: str, form: Reply) -> bool:
    """Sends the reply; or says in the form why not, with the text kept."""
    try:
        content = {"text": text(form.text.data), **attaching.named(form)}
        body = checked(PostMessage, {"id": form.id.data, "content": content}) | {
            "epoch": thread.as_number(form.epoch.data),
            "feedback": form.feedback.data,
            "acknowledge": form.acknowledge.data,
        }
        database().write(lambda db: replying.reply(db, me.id, me.keyring, reference, body))
    except EpochChanged:
        refuse(form, EpochChanged(_(
            "The readers of this case changed since you opened this page. Look who reads it now, "
            "then send again."
        )))  # fmt: skip
        form.epoch.data = None
    except Conflict:
        refuse(form, Conflict(_(
            "A reply was sent from this page before. Look at the thread; if this is a new one, "
            "send again."
        )))  # fmt: skip
        form.id.data = form.id.default()
    except WrenError as error:
        with refusals(form):
            raise error
    else:
        return True
    return False


def _page(
    me: Me,
    reference: str,
    form: Reply,
    replies: list[Mapping[str, str]],
    hint: list[identifying.Asked],
) -> Response:
    with database().read() as db:
        values = frame(db, me, reference)
        found: Case = values["case"]
        opened = messages.opener(db, values["organisation"], found, me.id, me.keyring)
        items = messages.whole(db, found, me.id, opened)
        values |= _beside(db, me, values, opened)
        if not form.epoch.data:
            form.epoch.data = str(replying.newest_epoch(db, found.id))
        draft = drafts.get(db, found, me.id, me.keyring).get("content")
        values["hung"] = viewing.of_items(db, found.id, opened, "message", items)
    cases.note_opening(database(), me.id, reference)
    if request.method == "GET" and draft is not None:
        form.text.data = draft["text"]
    values |= talk(me, items, values, thread.as_number(request.args.get("until")))
    return show(
        "case.html",
        reply=form,
        held=form.held,
        replies=replies,
        hint=hint,
        has_draft=draft is not None,
        statuses=[(one, STATUS[one]) for one in changing.ALLOWED[found.status] if one != "closed"],
        kinds=CONFIDENTIALITY,
        **values,
    )


def _beside(
    db: Work, me: Me, values: Mapping[str, Any], opened: messages.Opener
) -> dict[str, Any]:
    """What stands beside the thread: readers, checks, links, classification, newest notes."""
    case, organisation = values["case"], values["organisation"]
    current = classification.newest(db, case.id)
    shown = notes.show(current, opened) if current is not None else None
    return {
        "readers": reading.readers(db, case),
        "revoked": reading.revoked_consents(db, case),
        "checks": db.scalars(
            select(CaseCheck).where(CaseCheck.case_id == case.id).order_by(CaseCheck.months)
        ).all(),
        "links": [one.reference for one in links.linked(db, case, me.id)],
        "classified": shown,
        "words": shown and classification.in_words(db, organisation, shown.get("content") or {}),
        "notes": [notes.show(one, opened) for one in notes.latest(db, case.id, LATEST_NOTES)],
        "directory": organisation.directory,
    }


def talk(
    me: Me,
    items: list[dict[str, Any]],
    values: Mapping[str, Any],
    until: int | None = None,
    most: int = thread.SHOWN,
) -> dict[str, Any]:
    """The report and the newest of the thread (of that before number `until`), to be shown."""
    reading_now = {one["id"]: one["ended"] for one in values["readers"]}
    requests = reading.requests(items, reading_now, values["today"], values["revoked"])
    said = [one for one in items[1:] if until is None or one["number"] < until]
    shown = said[-most:]
    return {
        "report": thread.report(items[0], values["directory"]),
        "days": thread.days(shown, me.id, requests, values["hung"]),
        "earlier": shown[0]["number"] if len(said) > len(shown) else None,
        "later": len(said) < len(items) - 1,
        "requests": requests,
    }
