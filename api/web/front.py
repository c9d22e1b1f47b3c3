"""What anybody may read: guidance and contacts, the choice of organisation, what to know first."""

from __future__ import annotations

from flask import Response

from api.contract import database
from api.rules import organisations
from api.web.pages import begin as begin_report
from api.web.pages import go, web
from api.web.showing import show
from api.web.visits import new


@web.opened("/")
def front() -> Response:
    """The neutral front page: it says nothing of what the visitor might want."""
    with database().read() as db:
        listed = organisations.list_all(db)["items"]
    return show("front.html", organisations=listed)


@web.opened("/o/<slug>")
def organisation(slug: str) -> Response:
    """An organisation's guidance and contacts, and the ways on."""
    with database().read() as db:
        directory = organisations.directory(db, slug)
    return show("organisation.html", directory=directory)


@web.opened("/o/<slug>/begin", form=True)
def begin(slug: str) -> Response:
    """What to look at before the first word: whose device and network this is."""
    from flask import request

    if request.method == "POST":
        visit = new()
        begin_report(slug, visit)
        return go("web.step", slug=slug, visit=visit, number=1)
    with database().read() as db:
        directory = organisations.directory(db, slug)
    return show("begin.html", directory=directory)
