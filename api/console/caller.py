"""Who asks for a page: the session in its cookie, and what they are in which organisation.

Three cookies, all `__Host-`, `Secure`, `HttpOnly` and `SameSite=Strict`, gone when the browser
is closed: the bearer (the very session of the API), when it was last used (signed, bound to
the bearer, so that an idle session locks without a time in the database), and the form's.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Response, after_this_request, g, request, session
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select

from api.contract import Who, database
from api.models.account import Account, Position
from api.models.base import Work
from api.models.organisation import Organisation
from api.rules import leftovers, locking, organisations, releases, sessions
from shared.errors import NotAllowed, NotFound, SignIn
from shared.schemas.organisations import DEFAULTS

SESSION, SEEN, DEVICE = "__Host-wren", "__Host-wren-seen", "__Host-wren-device"
CHOSEN = "wren-organisation"

_PUT_RIGHT = 60
"""Seconds by which a clock may be put back and lock nobody out of what they write."""

Role = str
ROLES: tuple[Role, ...] = ("handler", "manager", "analyst", "administrator")
READERS: tuple[Role, ...] = ("handler", "manager")
"""Who can be let into cases."""


@dataclass(frozen=True, slots=True)
class Place:
    """What the caller is in one organisation."""

    id: int
    slug: str
    name: str
    role: Role
    listed: bool
    idle_minutes: int


@dataclass(frozen=True, slots=True)
class Me(Who):
    """The caller, as rules take them, with their names and places.

    `chosen` is the organisation whose cases are shown; None shows those of all.
    """

    username: str = ""
    name: str = ""
    places: tuple[Place, ...] = field(default=())
    chosen: str | None = None

    def has(self, *roles: Role) -> bool:
        """Whether they have one of these roles anywhere."""
        return any(one.role in roles for one in self.places)

    def at(self, *roles: Role) -> tuple[Place, ...]:
        """The places where they have one of these roles."""
        return tuple(one for one in self.places if one.role in roles)

    def place(self, slug: str, *roles: Role) -> Place:
        """Their place in this organisation.

        Raises `NotFound` where they have none, as if it did not exist, and `NotAllowed` where
        their role there is another.
        """
        for one in self.places:
            if one.slug == slug:
                if one.role in roles:
                    return one
                raise NotAllowed
        raise NotFound

    def usual(self, *roles: Role) -> Place:
        """The chosen place if they have such a role there, else the first where they have.

        Raises `NotAllowed` if there is none.
        """
        found = self.at(*roles)
        if not found:
            raise NotAllowed
        return next((one for one in found if one.slug == self.chosen), found[0])

    @property
    def idle_minutes(self) -> int:
        """Minutes without a request until the console locks: the least of their places."""
        return min(
            (one.idle_minutes for one in self.places), default=int(DEFAULTS["idle_minutes"])
        )


def find(bearer: str | None = None) -> Me | None:
    """Whose session the cookie (or this bearer) is, if it still is one. Locked ones too."""
    bearer = bearer or request.cookies.get(SESSION)
    if not bearer:
        return None
    try:
        with database().read() as db:
            found = sessions.find(db, bearer, ("account",))
            account = db.get_one(Account, found.subject)
            places = _places(db, account)
    except SignIn:
        return None
    releases.settle(database())
    leftovers.tidy(database())
    chosen = request.cookies.get(CHOSEN)
    known = chosen if any(one.slug == chosen for one in places) else None
    return Me(
        found.kind,
        found.subject,
        found.seed,
        bearer,
        username=account.username,
        name=account.display_name,
        places=places,
        chosen=known,
    )


def _places(db: Work, account: Account) -> tuple[Place, ...]:
    rows: Any = db.execute(
        select(Position, Organisation)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Position.account_id == account.id)
        .order_by(Organisation.name)
    )
    return tuple(
        Place(
            one.id,
            one.slug,
            one.name,
            position.role,
            position.listed,
            int(organisations.settings(one)["idle_minutes"]),
        )
        for position, one in rows
    )


def _stamps(bearer: str) -> URLSafeSerializer:
    found = locking.keys(database().config, "wren/v1/console-seen")
    # The last one signs.
    return URLSafeSerializer(found[::-1], salt=hashlib.sha256(bearer.encode()).hexdigest())


def stamp(bearer: str) -> str:
    """What says, in its cookie, that the session was used just now."""
    return str(_stamps(bearer).dumps(int(database().config.clock())))


def is_locked(me: Me) -> bool:
    """Whether the session was idle for too long, or was locked by hand."""
    try:
        seen = int(_stamps(me.bearer).loads(request.cookies.get(SEEN, "")))
    except (BadData, TypeError, ValueError):
        return True
    return not -_PUT_RIGHT <= database().config.clock() - seen < me.idle_minutes * 60


def enter(me: Me) -> None:
    """From here on the request is this caller's; the answer carries the session on."""
    g.me = me

    @after_this_request
    def keep(response: Response) -> Response:
        if g.me is not None:
            if request.cookies.get(SESSION) != me.bearer:
                put(response, SESSION, me.bearer)
            put(response, SEEN, stamp(me.bearer))
        return response


def recognise() -> None:
    """Lets the caller in if the session is there and not locked; asks for nothing."""
    found = find()
    if found is not None and not is_locked(found):
        enter(found)


def begin(bearer: str) -> Me:
    """A session that has just begun, with a form cookie of its own. Raises `SignIn`."""
    found = find(bearer)
    if found is None:
        raise SignIn
    renew_forms()
    enter(found)
    return found


def renew_forms() -> None:
    """Forms that were made before are not taken any more."""
    session.clear()
    g.pop("csrf_token", None)


def lock() -> None:
    """Locks the session: the next page asks for the password."""
    g.me = None

    @after_this_request
    def forget(response: Response) -> Response:
        drop(response, SEEN)
        return response


def leave() -> None:
    """Takes the session's cookies back."""
    g.me = None
    renew_forms()

    @after_this_request
    def forget(response: Response) -> Response:
        for name in (SESSION, SEEN):
            drop(response, name)
        drop(response, CHOSEN, "/console")
        return response


def choose(slug: str | None) -> None:
    """Remembers whose cases are shown: those of one organisation, or of all."""
    me: Me = g.me
    g.me = replace(me, chosen=slug)

    @after_this_request
    def remember(response: Response) -> Response:
        if slug is None:
            drop(response, CHOSEN, "/console")
        else:
            put(response, CHOSEN, slug, path="/console")
        return response


def put(response: Response, name: str, value: str, *, path: str = "/", **more: Any) -> None:
    """Sets a cookie that no script reads and no other site sends."""
    response.set_cookie(
        name, value, path=path, secure=True, httponly=True, samesite="Strict", **more
    )


def drop(response: Response, name: str, path: str = "/") -> None:
    """Takes a cookie back, if the browser has it."""
    if name in request.cookies:
        response.delete_cookie(name, path=path, secure=True, httponly=True, samesite="Strict")
