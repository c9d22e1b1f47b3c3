"""What anybody may read: guidance and contacts, the choice of organisation, what to know first."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from importlib.resources import files
from ipaddress import ip_address
from typing import Any

import segno
from flask import Response, request
from markupsafe import Markup

from api.contract import database
from api.rules import floods, organisations
from api.web.pages import begin as begin_report
from api.web.pages import go, web
from api.web.showing import show
from api.web.visits import new
from shared.errors import WorkNeeded

NEUTRAL = ("what-counts", "safe-order")
"""The texts of the front page: what is said in any workplace."""

_LONGEST = 200
"""Characters of an address that a code is drawn of; names of hosts are not that long."""


@web.opened("/")
def front() -> Response:
    """The neutral front page: it says nothing of what the visitor might want."""
    with database().read() as db:
        listed = organisations.list_all(db)["items"]
    return show("front.html", organisations=listed, **_england())


@web.opened("/o/<slug>")
def organisation(slug: str) -> Response:
    """An organisation's guidance and contacts, and the ways on."""
    with database().read() as db:
        directory = organisations.directory(db, slug)
    return show("organisation.html", directory=directory, onion=_onion())


@web.opened("/o/<slug>/begin", form=True)
def begin(slug: str) -> Response:
    """What to look at before the first word: whose device and network this is.

    While very many begin, it has work to do before it goes on, and does it meanwhile.
    """
    if request.method == "POST":
        visit = new()
        try:
            begin_report(slug, visit)
        except WorkNeeded:
            return _begin(slug, 429)
        return go("web.step", slug=slug, visit=visit, number=1)
    return _begin(slug)


def _begin(slug: str, status: int = 200) -> Response:
    with database().read() as db:
        found = organisations.find(db, slug)
    address = f"{origin()}{request.path}"
    return show(
        "begin.html",
        status,
        directory=found,
        address=address,
        code=code(address),
        onion=_onion(),
        asked=floods.asked(database(), slug),
        refused=status != 200,
    )


@web.opened("/cookies")
def cookies() -> Response:
    """Which cookies there are, and what is kept where."""
    return show("cookies.html")


@cache
def _england() -> dict[str, Any]:
    """Guidance and contacts that hold for the whole country."""
    found = json.loads(files("api").joinpath("data", "england.json").read_text("utf-8"))
    return {
        "guidance": organisations.dated(
            [one for one in found["guidance"] if one["slug"] in NEUTRAL]
        ),
        "contacts": organisations.dated(found["contacts"]),
    }


def _onion() -> str:
    """This page as an onion service, if there is one and this is not it."""
    onion = database().config.onion
    return f"{onion}{request.path}" if onion and request.host not in onion else ""


def origin() -> str:
    """Where this service is, for another device: https but for Tor and this machine itself."""
    host = request.host.rpartition(":")[0] or request.host
    if host.endswith(".onion"):
        return f"{request.scheme}://{request.host}"
    return f"{'http' if _is_here(host) else 'https'}://{request.host}"


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=64)
def code(address: str) -> Markup:
    """The address as a QR code, drawn within the page: no further request. Empty if too long.

    Kept for the next who comes, since to draw one costs as much as several pages.
    """
    if len(address) > _LONGEST:
        return Markup()
    drawn = segno.make(address, error="m", micro=False).svg_inline(
        scale=5, border=2, dark="#000", light="#fff", svgclass=None, lineclass=None, omitsize=False
    )
    return Markup(drawn)  # noqa: S704 - made of the code's squares alone


def dial(value: str) -> str:
    """A number as `tel:` takes it (RFC 3966)."""
    return "".join(mark for mark in value if mark.isdigit() or mark == "+")
