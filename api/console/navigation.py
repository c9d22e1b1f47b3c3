"""Where the caller can go: only what one of their roles can use, and what is there."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l

from api.console.caller import READERS, ROLES, Me
from api.contract import database
from api.rules import rosters


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its page, its name, who sees it, its access key, and the pages below it."""

    endpoint: str
    name: object
    roles: tuple[str, ...]
    key: str
    below: tuple[str, ...] = ()


ADMIN = ("administrator",)
MAIN = (
    Entry("console.inbox", _l("Inbox"), READERS, "i", ("console.case",)),
    Entry("console.search", _l("Search"), READERS, "s"),
    Entry("console.record", _l("Record a case"), READERS, "r"),
    Entry("console.people", _l("People"), (*READERS, *ADMIN), "p"),
    Entry("console.organisation", _l("Organisation"), ADMIN, "o", ("console.admin_",)),
    Entry("console.figures", _l("Figures"), ROLES, "f", ("console.returns", "console.board")),
    Entry("console.audit", _l("Audit"), (*READERS, *ADMIN), "u"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is shown."""

    url: str
    name: object
    key: str
    here: bool
    waiting: int = 0


def waiting(me: Me | None) -> int:
    """How many people wait for a signature that this caller can give."""
    places = [one for one in me.at(*READERS) if one.listed] if me else []
    if not places:
        return 0
    with database().read() as db:
        return sum(rosters.waiting(db, one.slug) for one in places)


def main(me: Me | None, waiting: int = 0) -> list[Link]:
    """The entries for this caller, in order; `waiting` stands beside *People*."""
    if me is None:
        return []
    here = str(request.endpoint)
    return [
        Link(
            url_for(one.endpoint),
            one.name,
            one.key,
            here == one.endpoint or here.startswith((f"{one.endpoint}_", *one.below)),
            waiting if one.endpoint == "console.people" else 0,
        )
        for one in MAIN
        if one.endpoint in current_app.view_functions and me.has(*one.roles)
    ]


def home(me: Me) -> str:
    """The address of the caller's first page: the inbox for who has cases."""
    links = main(me)
    return links[0].url if links else url_for("console.account")
