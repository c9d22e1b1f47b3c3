"""An account joins one more organisation: it proves itself, and keeps password and keys."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.checks import check_problem, nothing_stored, refused
from tests.api.newcomers import account, as_shown, audited, invite, positions, signing_in
from tests.service import Service


def addition(service: Service, username: str = "handler-1", **more: Any) -> dict[str, Any]:
    """The body with which this handler joins the other organisation."""
    code = invite(service, slug="elsewhere", account_id=service.handlers[username].id, **more)
    return {"invitation": code} | signing_in(service, as_shown(service, username))


def test_it_works(service: Service) -> None:
    who, before = service.handlers["handler-1"], account(service, "handler-1")
    assert before is not None
    answer = service.post("/join", addition(service))
    assert answer.status_code == 201
    assert answer.get_json() == {
        "handler_id": str(who.id),
        "username": "handler-1",
        "fingerprint": answer.get_json()["fingerprint"],
        "organisation": "elsewhere",
        "role": "handler",
        "listed": False,
    }
    after = account(service, "handler-1")
    assert after is not None
    assert (after.verifier, after.seal_key) == (before.verifier, before.seal_key)
    assert positions(service, who.id) == {
        "eeast": ("handler", True, None),
        "elsewhere": ("handler", False, None),
    }
    assert audited(service, "elsewhere")[-1] == ("joined", who.id, {"role": "handler"})
    assert [act for act, _, _ in audited(service)].count("joined") == 0


def test_other_roles_there(service: Service) -> None:
    body = addition(service, role="administrator", desks=())
    assert service.post("/join", body).get_json()["role"] == "administrator"
    found = positions(service, service.handlers["handler-1"].id)
    assert {slug: one[0] for slug, one in found.items()} == {
        "eeast": "handler",
        "elsewhere": "administrator",
    }


def test_without_proof(service: Service) -> None:
    body = addition(service)
    for name in ("username", "password", "code"):
        sent = {key: value for key, value in body.items() if key != name}
        told = refused(service, "POST", "/join", sent, status=422, code="invalid")
        assert set(told["errors"]) == {name}
    assert service.post("/join", body).status_code == 201


def test_with_a_wrong_proof(service: Service, subtests: pytest.Subtests) -> None:
    body = addition(service)
    other = signing_in(service, as_shown(service, "handler-2"))
    for what, wrong in {
        "password": {"password": "six invented words that are wrong"},
        "code": {"code": other["code"]},
        "an unknown name": {"username": "nobody-here"},
        "somebody else, rightly": other,
    }.items():
        with subtests.test(what):
            check_problem(service.post("/join", body | wrong), 401, "wrong_sign_in")
    assert positions(service, service.handlers["handler-1"].id).keys() == {"eeast"}
    assert positions(service, service.handlers["handler-2"].id).keys() == {"eeast"}
    assert service.post("/join", body).status_code == 201


def test_used_twice(service: Service) -> None:
    body = addition(service)
    assert service.post("/join", body).status_code == 201
    service.clock.now += 30
    again = body | signing_in(service, as_shown(service, "handler-1"))
    with nothing_stored(service):
        check_problem(service.post("/join", again), 404, "invitation")
