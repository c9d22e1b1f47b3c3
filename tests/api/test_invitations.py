"""Invitations: made by administrators, used once, taken back; for new and for lost accounts."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from api.models.account import Invitation, Position
from api.models.audit import AuditEntry
from shared.sealing.encoding import sha256, unb64
from tests.api.checks import MARK, check_problem, nothing_stored, refused, stored
from tests.api.newcomers import DAY
from tests.api.test_newcomers import found, id_of, waiting
from tests.service import Service

PATH = "/invitations"
LIST = f"{PATH}?organisation=eeast"
BODY = {
    "organisation": "eeast",
    "role": "handler",
    "display_name": "handler-9",
    "desks": ["guardian"],
}


def administrator(service: Service) -> str:
    return service.handler("administrator-1")


def invited(service: Service, **changes: Any) -> dict[str, Any]:
    answer = service.post(PATH, BODY | changes, administrator(service))
    assert answer.status_code == 201, answer.text
    return dict(answer.get_json())


def waits(service: Service) -> list[dict[str, Any]]:
    answer = service.get(LIST, administrator(service))
    assert answer.status_code == 200
    return list(answer.get_json()["items"])


def join(service: Service, code: str, name: str) -> Any:
    return service.post("/join", {"invitation": code, "username": name})


def test_it_works(service: Service) -> None:
    made = invited(service)
    assert set(made) == {"id", "code", "link_path", "expires_on"}
    assert made["link_path"] == f"/console/join#{made['code']}"
    assert made["code"].startswith("wi_")
    assert waits(service) == [
        {
            "id": made["id"],
            "role": "handler",
            "display_name": "handler-9",
            "desks": ["guardian"],
            "account": None,
            "expires_on": made["expires_on"],
        }
    ]
    answer = join(service, made["code"], "handler-9")
    assert answer.status_code == 201, answer.text
    assert not answer.get_json()["listed"]
    assert [one["why"] for one in found(service)] == ["new"]
    assert waits(service) == []
    assert join(service, made["code"], "handler-10").status_code == 404


def test_the_code_is_stored_nowhere(service: Service) -> None:
    code = invited(service)["code"]
    secret = unb64(code.removeprefix("wi_"))
    rows = str(stored(service))
    for form in (code, code.removeprefix("wi_"), repr(secret)[2:-1], secret.hex()):
        assert form not in rows
    with service.database.read() as db:
        assert db.get(Invitation, sha256(secret)) is not None
        newest = db.scalars(select(AuditEntry).where(AuditEntry.act == "invited")).one()
        assert "handler-9" not in str(newest.detail)


def test_it_ends(service: Service) -> None:
    made = invited(service)
    with service.database.read() as db:
        left = (date.fromisoformat(made["expires_on"]) - db.utc.date()).days
    assert left == 7
    service.clock.now += (left + 1) * DAY
    assert waits(service) == []
    assert join(service, made["code"], "handler-9").status_code == 404


def test_it_is_taken_back(service: Service) -> None:
    made = invited(service)
    path = f"{PATH}/{made['id']}"
    assert service.call("DELETE", path, bearer=administrator(service)).status_code == 204
    assert waits(service) == []
    assert join(service, made["code"], "handler-9").status_code == 404
    refused(service, "DELETE", path, None, administrator(service), status=404, code="not_found")


@pytest.mark.parametrize("role", ["analyst", "administrator", "manager"])
def test_other_roles(service: Service, role: str) -> None:
    desks = ["senior-manager"] if role == "manager" else []
    made = invited(service, role=role, desks=desks)
    answer = join(service, made["code"], "person-9")
    assert (answer.status_code, answer.get_json()["role"]) == (201, role)


def test_an_account_that_lost_its_keys(service: Service) -> None:
    who = id_of(service, "handler-2")
    body = {"organisation": "eeast", "account": who}
    answer = service.post(PATH, body, administrator(service))
    assert answer.status_code == 201, answer.text
    one = waits(service)[0]
    assert (one["account"], one["role"], one["desks"]) == (who, "handler", ["guardian"])
    for more in ({"role": "handler"}, {"desks": ["guardian"]}, {"role": "administrator"}):
        told = refused(
            service, "POST", PATH, body | more, administrator(service), status=422, code="invalid"
        )
        assert list(told["errors"]) == ["account"]


def test_an_account_of_another_organisation_gets_a_role_here(service: Service) -> None:
    who = id_of(service, "handler-5")
    body = {"organisation": "eeast", "account": who}
    bearer = administrator(service)
    told = refused(service, "POST", PATH, body, bearer, status=422, code="invalid")
    assert list(told["errors"]) == ["role"]
    more = {"role": "handler", "desks": ["guardian"]}
    assert service.post(PATH, body | more, bearer).status_code == 201
    told = refused(
        service, "POST", PATH, body | more | {"account": str(uuid4())}, bearer,
        status=422, code="invalid",
    )  # fmt: skip
    assert list(told["errors"]) == ["account"]


def test_nobody_takes_another_organisations_administrator_over(service: Service) -> None:
    # One account, an analyst here and an administrator there: new keys would be both.
    name = waiting(service, "administrator", "elsewhere")
    who = service.handlers[name].id

    def place(db: Any) -> None:
        eeast = db.get_one(Position, (service.handlers["handler-1"].id, 1)).organisation_id
        db.add(Position(account_id=who, organisation_id=eeast, role="analyst", listed=False))

    service.database.write(place)
    body = {"organisation": "eeast", "account": str(who)}
    told = refused(service, "POST", PATH, body, administrator(service), status=422, code="invalid")
    assert list(told["errors"]) == ["account"]


def test_roles_and_outsiders(service: Service) -> None:
    made = invited(service)
    one = f"{PATH}/{made['id']}"
    other = waiting(service, "administrator", "elsewhere")
    cases = [("handler-1", 403, "not_allowed"), ("handler-3", 403, "not_allowed"),
             ("analyst-1", 403, "not_allowed"), ("handler-5", 404, "not_found"),
             (other, 404, "not_found")]  # fmt: skip
    for name, status, code in cases:
        bearer = service.handler(name)
        for method, path, body in (("POST", PATH, BODY), ("GET", LIST, None),
                                   ("DELETE", one, None)):  # fmt: skip
            refused(service, method, path, body, bearer, status=status, code=code)
    unknown = service.get(f"{PATH}?organisation=nowhere", administrator(service))
    told = service.get(LIST, service.handler(other))
    assert check_problem(told, 404, "not_found") == check_problem(unknown, 404, "not_found")


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    bearer = administrator(service)
    without = {name: value for name, value in BODY.items() if name != "desks"}
    for what, body, field in (
        ("no desk", without, "desks"),
        ("an unknown desk", BODY | {"desks": ["canteen"]}, "desks"),
        ("a desk for an analyst", BODY | {"role": "analyst"}, "desks"),
        ("a desk for an administrator", BODY | {"role": "administrator"}, "desks"),
        ("an unknown role", BODY | {"role": MARK}, "role"),
        ("no role", {"organisation": "eeast", "display_name": "x", "desks": []}, "role"),
        ("no name", {"organisation": "eeast", "role": "analyst"}, "display_name"),
        ("a blank name", BODY | {"display_name": "  "}, "display_name"),
        ("a long name", BODY | {"display_name": "x" * 101}, "display_name"),
        ("two lines", BODY | {"display_name": "a\nb"}, "display_name"),
        ("a hidden character", BODY | {"display_name": "a\u202eb"}, "display_name"),
        ("a name for an account", {"organisation": "eeast", "display_name": "a",
                                   "account": str(uuid4())}, "display_name"),
        ("no account", BODY | {"account": MARK}, "account"),
        ("no organisation", {"role": "analyst", "display_name": "a"}, "organisation"),
        ("something more", BODY | {MARK: 1}, "_unknown"),
    ):  # fmt: skip
        with subtests.test(what):
            told = refused(service, "POST", PATH, body, bearer, status=422, code="invalid")
            assert field in told["errors"], told
    for path in (f"{PATH}/{MARK}", f"{PATH}/{uuid4()}"):
        with subtests.test(path), nothing_stored(service):
            answer = service.call("DELETE", path, bearer=bearer)
            check_problem(answer, 404, "not_found")
