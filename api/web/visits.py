"""Visits: what a tab of a browser has open, a report or a case, each under a cookie of its own.

The visit's six characters stand in the address and in the cookie's name. They open nothing:
the cookie's value does, a bearer of a draft (`wd_`) or of a reporter's session (`wr_`). So two
tabs never meet, and the browser's back and reload find what belongs to the page. Cookies are
`__Host-`, `Secure`, `HttpOnly` and `SameSite=Strict`, and of the browser's session: some keep
that when they are closed.

A visit that was left is buried: its cookie stays, with nothing in it. For a browser can send a
form again that it had sent before (*back*, then *reload*), and whoever holds it then would be
shown what was typed. So nothing is answered to a visit that was left but that nothing is open.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from itertools import islice

from flask import Response, after_this_request, request
from werkzeug.routing import BaseConverter

from api.contract import database
from api.rules import locking
from shared.errors import Damaged
from shared.sealing.encoding import b64, unb64

COOKIE = "__Host-w-"
LEFT = "__Host-w-left"
"""Of a browser that was left: which time that was, as a random mark, without the hour."""

MOST = 50
"""Visits of a browser that are looked at in one go."""

FORM_OPEN = 600
"""So many seconds a page waits for the eight words."""

BURIED = "-"
"""What is left in the cookie of a visit that was left."""

_INFO = "wren/v1/left"
_MARKS = "0123456789abcdef"
_LONG = 6


class Visit(BaseConverter):
    """A visit in an address: six characters."""

    regex = f"[{_MARKS}]{{{_LONG}}}"


def new() -> str:
    """A new visit, that this browser does not have yet."""
    while True:
        made = "".join(secrets.choice(_MARKS) for _ in range(_LONG))
        if COOKIE + made not in request.cookies:
            return made


def bearer(visit: str) -> str:
    """What the browser holds for this visit; empty if nothing, or if it was left."""
    found = request.cookies.get(COOKIE + visit, "")
    return "" if found == BURIED else found


def is_left(visit: str) -> bool:
    """Whether this visit was left: nothing is shown in it any more, and nothing is begun."""
    return request.cookies.get(COOKIE + visit) == BURIED


def every() -> Iterator[tuple[str, str]]:
    """What the browser has open, at most `MOST`: visits and their bearers."""
    return islice(_open(), MOST)


def _open() -> Iterator[tuple[str, str]]:
    for name, value in request.cookies.items():
        visit = name.removeprefix(COOKIE)
        is_visit = name.startswith(COOKIE) and len(visit) == _LONG and set(visit) <= set(_MARKS)
        if is_visit and value != BURIED:
            yield visit, value


def open_(visit: str, value: str) -> None:
    """Gives the browser the bearer, with the answer to this request."""

    @after_this_request
    def put(response: Response) -> Response:
        put_cookie(response, COOKIE + visit, value)
        return response


def bury(visit: str) -> None:
    """Takes the bearer back, and leaves the mark that this visit is over."""
    open_(visit, BURIED)


def leave(response: Response) -> None:
    """Buries every visit of this browser, and every form for the words that it still has."""
    for visit, _bearer in _open():
        put_cookie(response, COOKIE + visit, BURIED)
    put_cookie(response, LEFT, secrets.token_hex(6))


def stamp() -> str:
    """For a form that is open to anybody: by which `left_since` knows when it was shown."""
    place = request.cookies.get(LEFT, "").encode()
    shown = int(database().config.clock()).to_bytes(8, "big")
    return b64(locking.lock(database().config, _INFO, shown, place))


def left_since(stamp: str, open_for: int = FORM_OPEN) -> bool:
    """Whether this browser was left since the form with this stamp was shown.

    True also for a form that is older than `open_for` seconds, and for a stamp that is none of
    ours.
    """
    place = request.cookies.get(LEFT, "").encode()
    try:
        shown = int.from_bytes(
            locking.unlock(database().config, _INFO, unb64(stamp), place), "big"
        )
    except Damaged:
        return True
    return not 0 <= int(database().config.clock()) - shown < open_for


def close(visit: str) -> None:
    """Takes it back."""

    @after_this_request
    def drop(response: Response) -> Response:
        drop_cookie(response, COOKIE + visit)
        return response


def put_cookie(response: Response, name: str, value: str) -> None:
    """Sets a cookie that no script reads and no other site sends, until the browser is closed."""
    response.set_cookie(name, value, secure=True, httponly=True, samesite="Strict")


def drop_cookie(response: Response, name: str) -> None:
    """Takes a cookie back, if the browser has it."""
    if name in request.cookies:
        response.delete_cookie(name, secure=True, httponly=True, samesite="Strict")
