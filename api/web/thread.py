"""A case's conversation: always of the same length, whether there is news or not.

The newest messages come into the page as far as it holds them, in the order in which they were
written; a long one is cut there, and stands whole on a page of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from flask import Response, g, get_template_attribute, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from api.contract import Who, database
from api.rules import messages, own_case, viewing
from api.web import bubbles, visits
from api.web.bubbles import Bubbles, Item
from api.web.copies import Copies, copies
from api.web.pages import CASE, form_key, web
from api.web.people import names
from api.web.reading import Reading, readers_of
from api.web.showing import FRAME, show
from api.web.standing import Standing, standing
from shared.errors import NotFound, SignIn
from shared.who import Reader

LONGEST = 6 * 1024
"""Bytes of one message's words in the conversation; the rest is on its own page."""

MOST_NAMES = 6
"""Names of readers that the conversation tells; all are on the page about them."""

_MARK = b"<!--thread-->"
_ENDS = 600
"""Bytes for the link to earlier messages and the mark of the newest."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A message that is being written. `id` travels with it: sent twice, it is stored once."""

    id: str = field(default_factory=lambda: str(uuid4()))
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Talk:
    """A case as its pages show it."""

    reading: Reading
    standing: Standing
    items: tuple[Item, ...] = field(repr=False)
    copies: Copies


def talk(who: Who) -> Talk:
    """The caller's case, opened and put into words.

    Raises `SignIn` if it is gone, else as `own_case.open_own`.
    """
    with database().read() as db:
        try:
            own = own_case.open_own(db, who.id, who.keyring)
        except NotFound:
            raise SignIn from None
        reading = readers_of(db, who, own)
        named = [
            {"id": one.id, "content": one.content, "attached": one.attached}
            for one in own.messages
        ]
        files = viewing.of_items(db, who.id, own.keys, "message", named)
        made = Bubbles(own, messages.held(db, who.id), db.now, files).all()
        made_of_it = copies(db, own, 1)
    return Talk(reading, standing(own), tuple(made), made_of_it)


def show_case(
    who: Who,
    visit: str,
    typed: Typed | None = None,
    *,
    faults: Mapping[str, str] | None = None,
    asked: Sequence[Reader] = (),
    agreed: Sequence[UUID] | frozenset[UUID] = (),
    notice: str | None = None,
) -> Response:
    """The conversation, with what is being written in its box; notes that it was read."""
    g.least, g.form_key = CASE, form_key(who)
    found = talk(who)
    before = _before()
    newest = max((one.number for one in found.items), default=0)
    if before is None:
        database().write(lambda db: messages.read_up_to(db, who.id, newest))
    chosen = [one for one in found.items if before is None or one.number < before]
    response = show(
        "case.html",
        status=422 if asked else 200,
        visit=visit,
        own=found.reading.own,
        reading=found.reading,
        readers=_who_reads(found.reading.people),
        standing=found.standing,
        copies=found.copies,
        typed=typed or Typed(),
        faults=faults or {},
        asked=asked,
        agreed=agreed,
        notice=notice,
        earlier=before is not None,
        stamp=visits.stamp(),
    )
    return _filled(response, chosen, visit, bubbles.size(typed.text) if typed else 0)


def _who_reads(readers: Sequence[Reader]) -> str:
    """Their names in a sentence; of many the first, and how many there are besides."""
    if not readers:
        return str(_("It can be read by you, and by nobody else."))
    others = len(readers) - MOST_NAMES
    if others > 0:
        first = ", ".join(names([one]) for one in readers[:MOST_NAMES])
        said = ngettext(
            "Besides you, %(names)s and %(num)s more can read it.",
            "Besides you, %(names)s and %(num)s more can read it.",
            others,
            names=first,
        )
    else:
        said = ngettext(
            "Besides you, %(names)s can read it.",
            "Besides you, %(names)s can read it.",
            len(readers),
            names=names(readers),
        )
    return str(said)


def _before() -> int | None:
    given = request.args.get("before", "") if request.method == "GET" else ""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None


def _filled(response: Response, items: Sequence[Item], visit: str, beside: int) -> Response:
    """Puts as many of the newest items into the page as it holds.

    `beside` are bytes that the page may have more: what was typed.
    """
    body = response.get_data()
    room = CASE + beside - FRAME - (len(body) - len(_MARK)) - _ENDS
    shown: list[str] = []
    for at in range(len(items) - 1, -1, -1):
        drawn = draw(items, at, visit)
        room -= len(drawn.encode())
        if shown and room < 0:
            break
        shown.append(drawn)
    if shown:
        first = len(items) - len(shown)
        shown[-1] = draw(items, first, visit, begins_day=True)
        newest = next((at for at in range(first, len(items)) if items[at].new), len(items) - 1)
        begins = True if newest == first else None
        shown[len(items) - 1 - newest] = draw(items, newest, visit, begins_day=begins, newest=True)
        if first:
            asks = any(one.asks and one.answer for one in items[:first])
            earlier = get_template_attribute("web/bubbles.html", "earlier")
            shown.append(str(earlier(visit, items[first].number, first, asks)))
    thread = "".join(reversed(shown)).encode()
    response.set_data(body.replace(_MARK, thread))
    return response


def draw(
    items: Sequence[Item],
    at: int,
    visit: str,
    *,
    begins_day: bool | None = None,
    newest: bool = False,
) -> str:
    """One of the messages as HTML, under its day if that is another than the one before."""
    if begins_day is None:
        begins_day = at == 0 or items[at - 1].day != items[at].day
    bubble = get_template_attribute("web/bubbles.html", "bubble")
    return str(bubble(items[at].within(LONGEST), visit, begins_day, newest))


@web.case("/c/<visit:visit>/message/<uuid:message>")
def message(who: Who, visit: str, message: UUID) -> Response:
    """One message, whole."""
    found = next((one for one in talk(who).items if one.id == message), None)
    if found is None:
        raise NotFound
    return show(
        "message.html",
        visit=visit,
        item=get_template_attribute("web/bubbles.html", "bubble")(found, visit),
        back=url_for("web.case_page", visit=visit, _anchor="newest"),
    )
