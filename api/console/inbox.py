"""The inbox: what is new, overdue and promised; and search over what the session can open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from unicodedata import normalize
from uuid import UUID

from flask import Response, make_response, redirect, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import StringField

from api.console.caller import READERS, Me
from api.console.forms import Form, checked, refusals, sent
from api.console.naming import STATUS
from api.console.pages import console
from api.console.showing import show
from api.contract import database
from api.models.base import Work
from api.models.organisation import Desk, Organisation
from api.rules import cases, drafts, organisations, searching
from api.rules import inbox as rules
from shared.errors import Damaged, Invalid
from shared.schemas.base import load
from shared.schemas.cases import InboxQuery, Search
from shared.sealing.encoding import b64, box, hkdf, unb64, unbox

VIEWS: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "open": (_l("Open"), {"open": True}),
    "answer": (_l("To answer"), {"answer": True}),
    "urgent": (_l("Urgent"), {"urgent": True}),
    "new": (_l("New"), {"status": "new"}),
    "overdue": (_l("Overdue"), {"due": "overdue"}),
    "soon": (_l("Due soon"), {"due": "soon"}),
    "checks": (_l("Checks due"), {"due": "checks"}),
    "going": (_l("Deleted soon"), {"due": "going"}),
    "mine": (_l("Mine"), {"assigned": "me", "open": True}),
    "nobody": (_l("Unassigned"), {"assigned": "nobody", "open": True}),
    "all": (_l("All"), {}),
}
"""What is shown by one press, and how the inbox is asked for it."""


_PADDED = 4 * 200
"""Bytes of the longest text that can be searched for."""


class SearchForm(Form):
    """Words that all have to stand in a case."""

    text = StringField(_l("Search"))


@console.page("/inbox", *READERS)
def inbox(me: Me) -> Response:
    """The cases that the caller can open, newest first, and how many wait for what."""
    asked = {name: one for name, one in request.args.items() if one}
    view = asked.pop("view", "open")
    if view not in VIEWS:
        view = "open"
    if not _can_hold(view, asked.get("status")):
        view = "all"
    if me.chosen is not None:
        asked["organisation"] = me.chosen
    with database().read() as db:
        try:
            query = load(InboxQuery(), asked) | VIEWS[view][1]
            found = rules.inbox(db, me.id, query)
        except Invalid:  # an address that was typed or is old: the view alone
            asked = {"organisation": me.chosen} if me.chosen is not None else {}
            query = load(InboxQuery(), asked) | VIEWS[view][1]
            found = rules.inbox(db, me.id, query)
        counts = rules.counts(db, me.id, query.get("organisation"))
        values: dict[str, Any] = {
            "names": names(db, me),
            "drafts": drafts.of(db, me.id),
            "desks": desks(db, me),
        }
    kept: dict[str, Any] = {
        name: one
        for name, one in asked.items()
        if name not in ("after", "limit") and not (me.chosen and name == "organisation")
    }
    return show(
        "inbox.html",
        items=found["items"],
        next=url_for("console.inbox", view=view, **kept, after=found["next"])
        if found["next"]
        else None,
        first="after" not in asked,
        views=_views(view, counts, kept),
        view=view,
        chosen=kept,
        statuses=STATUS,
        search=SearchForm(formdata=None),
        waits=[one for one in me.at(*READERS) if not one.listed],
        **values,
    )


def _can_hold(view: str, status: str | None) -> bool:
    """Whether cases of a chosen status can be in a view; none chosen fits each."""
    asks = VIEWS[view][1]
    if not status:
        return True
    if status == "closed" and ("open" in asks or "urgent" in asks or view in ("overdue", "soon")):
        return False
    return bool(asks.get("status", status) == status)


def _views(view: str, counts: Mapping[str, int], kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The quick filters: where each leads, and how many cases it shows."""
    found: list[dict[str, Any]] = []
    for name, (label, asks) in VIEWS.items():
        more = {one: value for one, value in kept.items() if one not in asks}
        if not _can_hold(name, more.get("status")):
            del more["status"]
        number = counts.get(name)
        shown = number if number is None or number < rules.COUNTED else f"{rules.COUNTED - 1}+"
        found.append(
            {
                "url": url_for("console.inbox", view=name, **more),
                "name": label,
                "count": shown,
                "late": name == "overdue" and bool(number),
                "here": name == view,
            }
        )
    return found


def names(db: Work, me: Me) -> dict[str, str]:
    """Names of the people of the caller's organisations, by id as text."""
    ids = [one.id for one in me.at(*READERS)]
    found: dict[UUID, str] = {}
    for one in db.scalars(select(Organisation).where(Organisation.id.in_(ids))):
        found |= organisations.names(db, one)
    return {str(one): name for one, name in found.items()}


def desks(db: Work, me: Me) -> dict[str, str]:
    """The desks of the caller's organisations: short name -> name."""
    ids = [one.id for one in me.at(*READERS)]
    rows = db.execute(
        select(Desk.slug, Desk.name).where(Desk.organisation_id.in_(ids)).order_by(Desk.id)
    )
    return {one.slug: one.name for one in rows}


@console.page("/search", *READERS, form=True)
def search(me: Me) -> Response:
    """Words looked for in reference, report, thread and notes of the caller's cases.

    They are sent in a form, and stand in the address of what was found only sealed for this
    session: so that reload and the back button work, and no history tells them.
    """
    form = SearchForm()
    if sent(form):
        with refusals(form):
            body = checked(Search, {"text": form.text.data})
            return make_response(redirect(url_for("console.search", words=_seal(me, body)), 303))
    words = _unseal(me, request.args.get("words")) if request.method == "GET" else ""
    if not words:
        return show("search.html", form=form, searched=False)
    form.text.data = words
    where = {"organisation": me.chosen} if me.chosen is not None else {}
    with database().read() as db:
        found = searching.search(db, me.id, me.keyring, {"text": words, **where})
        items = [
            one | {"found": list(marked(one["found"], normalize("NFKC", words).split()))}
            for one in found["items"]
        ]
        values: dict[str, Any] = {
            "names": names(db, me),
            "drafts": drafts.of(db, me.id),
            "desks": desks(db, me),
        }
    cases.note_openings(database(), me.id, [one["case_id"] for one in found["items"]])
    return show("search.html", form=form, searched=True, items=items, more=found["more"], **values)


def _key(me: Me) -> bytes:
    return hkdf(me.bearer.encode(), "wren/v1/console-search")


def _seal(me: Me, body: Mapping[str, Any]) -> str:
    """The words, which only this session opens, at one length whatever they are."""
    return b64(box(_key(me), body["text"].encode().ljust(_PADDED, b"\0"), b""))


def _unseal(me: Me, sealed: str | None) -> str:
    """The words again; nothing if another session sealed them."""
    try:
        return unbox(_key(me), unb64(sealed or ""), b"").rstrip(b"\0").decode()
    except (Damaged, ValueError):
        return ""


def marked(text: str, words: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The text in pieces, true for those that are one of the words in any case."""
    known = "|".join(re.escape(one) for one in sorted(set(words), key=len, reverse=True))
    for at, piece in enumerate(re.split(f"({known})", text, flags=re.IGNORECASE)):
        if piece:
            yield piece, at % 2 == 1


def several(me: Me) -> bool:
    """Whether the organisation has to be told with each case."""
    return me.chosen is None and len(me.at(*READERS)) > 1


console.add_app_template_global(several, "several")
