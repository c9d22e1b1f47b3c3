"""Administrators keep webhooks and API keys by their pages, as others do by calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import standardwebhooks

from api.worker import Worker
from tests.api.checks import nothing_stored
from tests.console.hands import Hands, Shown
from tests.receiver import receiving
from tests.service import Service

Make = Callable[..., Hands]
ADMIN = "administrator-1"
HOOKS = "/console/organisation/eeast/webhooks"
KEYS = "/console/organisation/eeast/keys"


@pytest.fixture
def hooked(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """The service, whose webhooks may reach this machine."""
    config = replace(service.database.config, webhooks_private=("127.0.0.0/8",))
    monkeypatch.setattr(service.database, "config", config)
    return service


def press(hands: Hands, page: Shown, what: str) -> Shown:
    form = next(one for one in page.forms if one.action.endswith(f"/{what}"))
    return hands.send("", form, follow=True)


def told(page: Shown, what: str) -> str:
    found = re.search(rf"({what}[\w+/=-]+)", page.answer.text)
    assert found
    return found[1]


def test_it_works(hooked: Service, hands: Make) -> None:
    admin = hands(ADMIN)
    with receiving() as one:
        form = admin.get(f"{HOOKS}/new").form("name", "url")
        made = admin.send(f"{HOOKS}/new", form, name="Case system", url=one.url,
                          events=["case.opened", "case.updated"])  # fmt: skip
        assert (made.status, "Shown only now" in made.words) == (200, True)
        secret = told(made, "whsec_")
        listed = admin.get(HOOKS)
        assert "Case system" in listed.words
        assert "whsec_" not in listed.answer.text
        own = re.search(rf"{HOOKS}/[0-9a-f-]+", listed.answer.text)
        assert own
        page = admin.get(own[0])
        tested = press(admin, page, "test")
        assert "The test ended: arrived." in tested.words
        reference, _ = hooked.open_case()
        Worker(hooked.database).run_once()
        got = one.got[1]
        body = standardwebhooks.Webhook(secret).verify(got.body, got.headers)
        assert body["reference"] == reference
        assert reference not in admin.get(own[0]).answer.text
        form = admin.get(f"{own[0]}/secret").form("overlap_days")
        again = told(admin.send(f"{own[0]}/secret", form, overlap_days="1"), "whsec_")
        assert again != secret
        one.answer = 500
        hooked.open_case()
        Worker(hooked.database).run_once()
        assert "fails" in admin.get(HOOKS).words
        assert "a fault of the receiver" in admin.get(own[0]).words
        form = admin.get(own[0]).form("name", "url")
        form.fields.pop("enabled", None)
        changed = admin.send(own[0], form, follow=True, events=["case.overdue"])
        assert "It was stored" in changed.words
        assert "disabled" in admin.get(HOOKS).words
    gone = press(admin, admin.get(own[0]), "delete")
    assert "The webhook was deleted" in gone.words
    acts = admin.get("/console/audit/eeast").words
    for act in ("made a webhook", "changed a webhook", "deleted a webhook"):
        assert act in acts


def test_keys(service: Service, hands: Make) -> None:
    admin = hands(ADMIN)
    form = admin.get(f"{KEYS}/new").form("name", "expires_on")
    made = admin.send(f"{KEYS}/new", form, name="Figures", scopes=["cases:status"])
    key = told(made, "wk_")
    reference, _ = service.open_case()
    assert service.get(f"/cases/{reference}/status", key).status_code == 200
    listed = admin.get(KEYS)
    assert key not in listed.answer.text
    assert "follow the statuses" in listed.words
    revoked = press(admin, listed, "revoke")
    assert "It works no more" in revoked.words
    assert service.get(f"/cases/{reference}/status", key).status_code == 401


def test_what_is_refused_stands_beside_its_field(service: Service, hands: Make) -> None:
    admin = hands(ADMIN)
    far = (date.fromtimestamp(service.clock.now) + timedelta(days=500)).isoformat()
    cases: tuple[tuple[str, dict[str, Any], str], ...] = (
        (f"{HOOKS}/new", {"name": "A", "url": "https://127.0.0.1/", "events": ["case.opened"]},
         "This leads to an address inside a network"),
        (f"{HOOKS}/new", {"name": "A", "url": "https://a.example/"}, "Choose at least one event"),
        (f"{HOOKS}/new", {"name": "", "url": "https://a.example/", "events": ["case.opened"]},
         "Write something here"),
        (f"{KEYS}/new", {"name": "A", "scopes": ["cases:status"], "expires_on": far},
         "within 366 days"),
        (f"{KEYS}/new", {"name": "A"}, "Choose at least one scope"),
    )  # fmt: skip
    for path, fields, words in cases:
        form = admin.get(path).form("name")
        with nothing_stored(service):
            shown = admin.send(path, form, **fields)
        assert (shown.status, words in shown.words) == (422, True), shown.words


def test_another_organisation_has_nothing_here(service: Service, hands: Make) -> None:
    admin = hands(ADMIN)
    for path in (HOOKS, f"{HOOKS}/new", KEYS, f"{KEYS}/new"):
        assert admin.get(path.replace("eeast", "elsewhere")).status == 404
