"""What tests of the pages of cases share."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from tests.api.newcomers import as_shown, invite, signing_in
from tests.console.hands import FoundForm, Hands, Shown
from tests.service import Service

SCRIPT = "<script>alert(1)</script><b onclick=x>bold</b> & {{ 7 * 7 }}"
"""Shown as the text that it is, wherever somebody wrote it."""


def page(reference: str, more: str = "") -> str:
    """The address of a case's page."""
    return f"/console/cases/{reference}{more and '/'}{more}"


def own(shown: Shown) -> FoundForm:
    """The form of the page itself: the one that goes to where the page is."""
    return next(one for one in shown.forms if not one.action and "csrf_token" in one.fields)


def reply_form(one: Hands, reference: str) -> FoundForm:
    """The reply box of a case."""
    return one.get(page(reference)).form("text", "epoch")


def reply(one: Hands, reference: str, words: str, **fields: Any) -> Shown:
    """Sends a reply through the page."""
    return one.send(page(reference), reply_form(one, reference), text=words, **fields)


def press(one: Hands, path: str, action: str, **fields: Any) -> Shown:
    """Presses the button without fields that goes to this address, on the page at `path`."""
    shown = one.get(path)
    form = next((each for each in shown.forms if each.action.endswith(action)), None)
    assert form is not None, (action, [each.action for each in shown.forms])
    return one.send(path, form, follow=True, **fields)


def thread(service: Service, token: str) -> list[dict[str, Any]]:
    """What the reporter reads."""
    found = service.get("/case/messages", service.reporter(token)).get_json()["items"]
    return [one["content"] for one in found]


def say(service: Service, token: str, words: str) -> None:
    """The reporter writes."""
    body = {"id": str(uuid4()), "content": {"text": words}}
    assert service.post("/case/messages", body, service.reporter(token)).status_code == 201


def ask(one: Hands, service: Service, reference: str, *names: str, **fields: Any) -> Shown:
    """Asks for consent through the page."""
    path = page(reference, "consent")
    form = one.get(path).form("role", "purpose", "until")
    given = {
        "handlers": [str(service.handlers[name].id) for name in names],
        "role": "Investigating manager",
        "purpose": "To look into an invented chat",
        "until": str(date.today() + timedelta(days=30)),
    }
    return one.send(path, form, follow=True, **given | fields)


def answer(service: Service, token: str, *, granted: bool = True) -> None:
    """The reporter answers the newest request."""
    bearer = service.reporter(token)
    items = service.get("/case/messages", bearer).get_json()["items"]
    asked = [one for one in items if one["content"]["type"] == "consent-request"][-1]
    body = {"id": str(uuid4()), "content": {"request": asked["id"], "granted": granted}}
    assert service.post("/case/consents", body, bearer).status_code == 201


def join_elsewhere(
    service: Service, username: str = "handler-1", *, approved: bool = True
) -> None:
    """A handler of eeast becomes one of elsewhere too."""
    who = service.handlers[username].id
    code = invite(service, slug="elsewhere", account_id=who)
    body = {"invitation": code} | signing_in(service, as_shown(service, username))
    assert service.post("/join", body).status_code == 201
    if approved:
        answer = service.post(
            "/organisations/elsewhere/roster", {"approve": str(who)}, service.handler("handler-5")
        )
        assert answer.status_code < 300, answer.text
