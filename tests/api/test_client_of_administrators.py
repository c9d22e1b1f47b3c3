"""The Python client's methods for administrators, audit and figures, over the application."""

from __future__ import annotations

import pytest

from shared.errors import NotAllowed, NotFound
from tests.api.clients import client
from tests.api.test_newcomers import id_of, waiting
from tests.service import Service


def test_it_works(service: Service) -> None:
    line, bearer = client(service), service.handler("administrator-1")
    body = {"organisation": "eeast", "role": "analyst", "display_name": "analyst-9"}
    made = line.invite(body, bearer)
    assert [one["id"] for one in line.invitations("eeast", bearer)] == [made["id"]]
    line.withdraw_invitation(str(made["id"]), bearer)
    assert line.invitations("eeast", bearer) == []

    who = id_of(service, "handler-2")
    change = {"organisation": "eeast", "desks": ["senior-manager"]}
    assert line.change_person(who, change, bearer)["pending"] == "desks"
    names = [one["display_name"] for one in line.people("eeast", bearer)]
    assert names == sorted(names)
    assert "handler-2" in names
    handler = service.handler("handler-1")
    found = line.newcomers("eeast", handler)
    assert [(str(one["id"]), one["why"]) for one in found["items"]] == [(who, "desks")]
    line.post_roster("eeast", {"approve": who}, handler)
    assert line.remove_person(who, "eeast", bearer) is True
    line.post_roster("eeast", {"retire": who}, handler)
    assert line.newcomers("eeast", handler)["items"] == []

    settings = line.change_organisation("eeast", {"settings": {"idle_minutes": 5}}, bearer)
    assert settings == line.settings("eeast", handler)
    assert settings["settings"]["idle_minutes"] == 5
    newest = line.audit("eeast", bearer, limit="1")
    assert newest["items"][0]["act"] == "organisation_changed"
    assert newest["next"] != line.audit("eeast", bearer, limit="1", after=newest["next"])["next"]
    figures = line.statistics("eeast", bearer, "2026-Q1", "2026-Q2")
    assert (figures["least"], figures["quarters"]) == (5, [])
    assert line.statistics("eeast", bearer)["next"] == figures["next"]


def test_refusals_are_raised(service: Service) -> None:
    line = client(service)
    outsider = service.handler(waiting(service, "administrator", "elsewhere"))
    with pytest.raises(NotFound):
        line.people("eeast", outsider)
    with pytest.raises(NotAllowed):
        line.invitations("eeast", service.handler())
