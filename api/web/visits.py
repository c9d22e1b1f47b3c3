"""Visits: what a tab of a browser has open, a report or a case, each under a cookie of its own.

The visit's six characters stand in the address and in the cookie's name. They open nothing:
the cookie's value does, a bearer of a draft (`wd_`) or of a reporter's session (`wr_`). So two
tabs never meet, and the browser's back and reload find what belongs to the page. Cookies are
`__Host-`, `Secure`, `HttpOnly` and `SameSite=Strict`, and gone when the browser is closed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from flask import Response, after_this_request, request
from werkzeug.routing import BaseConverter

COOKIE = "__Host-w-"
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
    """What the browser holds for this visit; empty if nothing."""
    return request.cookies.get(COOKIE + visit, "")


def every() -> Iterator[tuple[str, str]]:
    """All that the browser holds: visits and their bearers."""
    for name, value in request.cookies.items():
        visit = name.removeprefix(COOKIE)
        if name.startswith(COOKIE) and len(visit) == _LONG and set(visit) <= set(_MARKS):
            yield visit, value


def open_(visit: str, value: str) -> None:
    """Gives the browser the bearer, with the answer to this request."""

    @after_this_request
    def put(response: Response) -> Response:
        put_cookie(response, COOKIE + visit, value)
        return response


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
