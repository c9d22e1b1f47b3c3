"""A form with something written in it, and how it waits for its writer."""

from __future__ import annotations

from tests.console.hands import FoundForm, Hands, Shown
from tests.service import Service

PAGE = "/console/account/leave/eeast"
DAY = "2099-01-31"


def written(one: Hands) -> FoundForm:
    """The form of the page with something written in it."""
    form = one.get(PAGE).form("away_until")
    form.fields["away_until"] = DAY
    return form


def boxed(shown: Shown, name: str) -> FoundForm:
    """The form that asks who is there: what was written is in it, and nobody reads it there."""
    form = shown.form(name, "wren-kept")
    assert DAY not in shown.answer.text
    assert all(one == "csrf_token" or one.startswith("wren-") for one in form.fields)
    return form


def signing_in(service: Service, username: str = "handler-1") -> dict[str, str]:
    """What somebody gives to sign in."""
    return {
        "wren-username": username,
        "wren-password": service.handlers[username].password,
        "wren-code": service.code(username),
    }
