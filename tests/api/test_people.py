"""The people of an organisation: seen, changed, taken out, and what an administrator can't do."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from api.models.account import Account, Invitation, Membership, Position
from api.models.audit import AuditEntry
from api.models.organisation import Desk
from tests.api.checks import MARK, at_once, check_problem, nothing_stored, refused
from tests.api.test_newcomers import ROSTER, found, id_of, listed, new_keys, sign, waiting
from tests.service import Service

PATH = "/accounts?organisation=eeast"


def administrator(service: Service) -> str:
    return service.handler("administrator-1")


def people(service: Service, name: str = "administrator-1") -> dict[str, dict[str, Any]]:
    answer = service.get(PATH, service.handler(name))
    assert answer.status_code == 200, answer.text
    return {one["display_name"]: one for one in answer.get_json()["items"]}


def one(service: Service, name: str) -> str:
    return f"/accounts/{id_of(service, name)}"


def change(service: Service, name: str, **fields: Any) -> dict[str, Any]:
    body = {"organisation": "eeast"} | fields
    answer = service.call("PATCH", one(service, name), body, administrator(service))
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def remove(service: Service, name: str, bearer: str | None = None) -> Any:
    path = f"{one(service, name)}?organisation=eeast"
    return service.call("DELETE", path, bearer=bearer or administrator(service))


def test_it_works(service: Service) -> None:
    assert set(people(service)) == {
        "handler-1", "handler-2", "handler-3", "handler-4", "administrator-1", "analyst-1",
    }  # fmt: skip
    assert people(service)["handler-1"] == {
        "id": id_of(service, "handler-1"),
        "username": "handler-1",
        "display_name": "handler-1",
        "role": "handler",
        "desks": ["guardian"],
        "listed": True,
        "pending": None,
        "away_until": None,
        "cover": None,
    }
    assert people(service)["analyst-1"]["pending"] is None


def test_handlers_choose_among_them_without_user_names(service: Service) -> None:
    for name in ("handler-1", "handler-3"):
        shown = people(service, name)
        assert set(shown) == set(people(service))
        assert not any("username" in who for who in shown.values())


def test_other_desks(service: Service) -> None:
    shown = change(service, "handler-2", desks=["senior-manager", "guardian"])
    assert (shown["desks"], shown["pending"]) == (["guardian", "senior-manager"], "desks")
    assert shown["listed"], "the keys are the same"
    assert [who["why"] for who in found(service)] == ["desks"]
    sign(service, {"approve": shown["id"]})
    assert people(service)["handler-2"]["pending"] is None
    with service.database.read() as db:
        newest = db.scalars(select(AuditEntry).where(AuditEntry.act == "account_changed")).all()
    assert [entry.detail for entry in newest] == [
        {"account": shown["id"], "fields": ["desks"], "desks": ["guardian", "senior-manager"]}
    ]


def test_new_desks_open_nothing_before_a_handler_signs(service: Service) -> None:
    reference, _ = service.open_case(desk="senior-manager")
    change(service, "handler-2", desks=["senior-manager"])
    later, _ = service.open_case(desk="senior-manager")
    for case in (reference, later):
        answer = service.get(f"/cases/{case}", service.handler("handler-2"))
        check_problem(answer, 404, "not_found")


def test_another_role(service: Service) -> None:
    assert change(service, "handler-2", role="manager")["listed"]
    reference, _ = service.open_case()
    shown = change(service, "handler-2", role="analyst")
    assert (shown["role"], shown["desks"], shown["listed"]) == ("analyst", [], False)
    assert shown["pending"] == "left"
    answer = service.get(f"/cases/{reference}", service.handler("handler-2"))
    check_problem(answer, 404, "not_found")
    assert [who["why"] for who in found(service)] == ["left"]
    sign(service, {"retire": shown["id"]})
    assert people(service)["handler-2"]["pending"] is None
    shown = change(service, "handler-2", role="handler", desks=["guardian"])
    assert (shown["pending"], shown["listed"]) == ("new", False)


def test_another_name(service: Service) -> None:
    shown = change(service, "handler-2", display_name="  Renamed ")
    assert (shown["display_name"], shown["pending"]) == ("Renamed", "desks")
    why = found(service)[0]
    assert (why["display_name"], why["listed_name"]) == ("Renamed", "handler-2")
    with service.database.read() as db:
        rows = db.scalars(select(AuditEntry).where(AuditEntry.act == "account_changed")).all()
        assert "Renamed" not in str([entry.detail for entry in rows])


def test_a_name_that_another_organisation_uses_too(service: Service) -> None:
    who = service.handlers["handler-5"].id

    def place(db: Any) -> None:
        first = db.get_one(Account, service.handlers["handler-1"].id)
        here = db.scalar(select(Position.organisation_id).where(Position.account_id == first.id))
        db.add(Position(account_id=who, organisation_id=here, role="analyst", listed=False))

    service.database.write(place)
    body = {"organisation": "eeast", "display_name": "Renamed"}
    refused(
        service, "PATCH", one(service, "handler-5"), body, administrator(service),
        status=403, code="not_allowed",
    )  # fmt: skip


def test_the_same_again_is_no_act(service: Service) -> None:
    def acts() -> int:
        with service.database.read() as db:
            return len(db.scalars(select(AuditEntry)).all())

    before = acts()
    change(service, "handler-2", role="handler", desks=["guardian"], display_name="handler-2")
    change(service, "handler-2")
    assert acts() == before


@pytest.mark.parametrize("name", ["handler-2", "handler-3", "analyst-1"])
def test_nobody_becomes_an_administrator(service: Service, name: str) -> None:
    body = {"organisation": "eeast", "role": "administrator", "desks": []}
    bearer = administrator(service)
    with nothing_stored(service):
        answer = service.call("PATCH", one(service, name), body, bearer)
    told = check_problem(answer, 403, "not_allowed")
    assert "approve whom they invite" in told["detail"]


@pytest.mark.parametrize("role", ["handler", "manager", "analyst"])
def test_no_administrator_becomes_anything_else(service: Service, role: str) -> None:
    other = waiting(service, "administrator")
    body = {"organisation": "eeast", "role": role}
    body |= {} if role == "analyst" else {"desks": ["guardian"]}
    for name in ("administrator-1", other):
        refused(
            service, "PATCH", one(service, name), body, administrator(service),
            status=403, code="not_allowed",
        )  # fmt: skip


def test_somebody_leaves(service: Service) -> None:
    reference, _ = service.open_case()
    bearer = service.handler("handler-2")
    invitation = {"organisation": "eeast", "account": id_of(service, "handler-2")}
    assert service.post("/invitations", invitation, administrator(service)).status_code == 201
    answer = remove(service, "handler-2")
    assert answer.get_json() == {"id": id_of(service, "handler-2"), "to_sign": True}
    check_problem(service.get("/cases", bearer), 401, "sign_in")
    again = service.handler("handler-2")
    check_problem(service.get(f"/cases/{reference}", again), 404, "not_found")
    for path in (PATH, "/organisations/eeast/settings", "/audit?organisation=eeast"):
        check_problem(service.get(path, again), 404, "not_found")
    with service.database.read() as db:
        who = service.handlers["handler-2"].id
        assert db.scalar(select(Position).where(Position.account_id == who)) is None
        assert db.scalar(select(Membership).where(Membership.account_id == who)) is None
        assert db.scalar(select(Invitation).where(Invitation.account_id == who)) is None
    # The roster lists them until a handler retires them, and says so.
    assert [(gone["why"], gone["role"]) for gone in found(service)] == [("left", None)]
    sign(service, {"retire": id_of(service, "handler-2")})
    assert found(service) == []
    body = {"approve": id_of(service, "handler-2")}
    refused(service, "POST", ROSTER, body, service.handler(), status=404, code="not_found")


def test_cover_ends_with_who_leaves(service: Service) -> None:
    def cover(db: Any) -> None:
        mine = db.scalars(
            select(Position).where(Position.account_id == service.handlers["handler-1"].id)
        ).one()
        mine.cover = service.handlers["handler-2"].id

    service.database.write(cover)
    assert people(service)["handler-1"]["cover"] == id_of(service, "handler-2")
    assert remove(service, "handler-2").status_code == 200
    assert people(service)["handler-1"]["cover"] is None


def test_the_last_administrator_stays(service: Service) -> None:
    path = f"{one(service, 'administrator-1')}?organisation=eeast"
    refused(service, "DELETE", path, None, administrator(service), status=409, code="conflict")
    waiting(service, "administrator")
    assert remove(service, "administrator-1").get_json()["to_sign"] is False


def test_two_administrators_take_each_other_out(service: Service) -> None:
    other = waiting(service, "administrator")
    calls: list[tuple[str, str, Any, str | None]] = [
        ("DELETE", f"{one(service, whom)}?organisation=eeast", None, service.handler(by))
        for by, whom in ((other, "administrator-1"), ("administrator-1", other))
    ]
    answers = sorted(answer.status_code for answer in at_once(service, calls))
    # The second one belongs there no more, or is the last.
    assert answers[0] == 200
    assert answers[1] in (401, 404, 409)
    with service.database.read() as db:
        left = db.scalars(select(Position).where(Position.role == "administrator")).all()
    assert len(left) == 1


def test_the_last_handler_who_can_sign_stays(service: Service) -> None:
    for name in ("handler-3", "handler-4"):
        assert remove(service, name).status_code == 200
    new_keys(service, "handler-2")
    bearer = administrator(service)
    path = f"{one(service, 'handler-1')}?organisation=eeast"
    refused(service, "DELETE", path, None, bearer, status=409, code="conflict")
    body = {"organisation": "eeast", "role": "analyst"}
    refused(service, "PATCH", one(service, "handler-1"), body, bearer, status=409, code="conflict")
    assert listed(service, "handler-1")


def test_roles_and_outsiders(service: Service) -> None:
    body = {"organisation": "eeast", "desks": ["senior-manager"]}
    mine = one(service, "handler-2")
    gone = f"{mine}?organisation=eeast"
    other = waiting(service, "administrator", "elsewhere")
    for name, status, code in (
        ("handler-1", 403, "not_allowed"), ("handler-3", 403, "not_allowed"),
        ("analyst-1", 403, "not_allowed"), ("handler-5", 404, "not_found"),
        (other, 404, "not_found"),
    ):  # fmt: skip
        bearer = service.handler(name)
        refused(service, "PATCH", mine, body, bearer, status=status, code=code)
        refused(service, "DELETE", gone, None, bearer, status=status, code=code)
    for name, status, code in (
        ("analyst-1", 403, "not_allowed"), (waiting(service), 403, "not_allowed"),
        ("handler-5", 404, "not_found"), (other, 404, "not_found"),
    ):  # fmt: skip
        refused(service, "GET", PATH, None, service.handler(name), status=status, code=code)
    # Nor does an administrator of one organisation reach people of the other.
    theirs = {"organisation": "elsewhere", "desks": ["senior-manager"]}
    bearer = administrator(service)
    for path, sent in ((one(service, "handler-5"), body), (mine, theirs),
                       (f"/accounts/{uuid4()}", body), (f"/accounts/{MARK}", body)):  # fmt: skip
        refused(service, "PATCH", path, sent, bearer, status=404, code="not_found")
        gone = f"{path}?organisation={sent['organisation']}"
        refused(service, "DELETE", gone, None, bearer, status=404, code="not_found")


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    bearer, path = administrator(service), one(service, "handler-2")
    for what, fields, field in (
        ("no desk", {"desks": []}, "desks"),
        ("an unknown desk", {"desks": ["canteen"]}, "desks"),
        ("a desk of no form", {"desks": [MARK.upper()]}, "desks"),
        ("desks for an analyst", {"role": "analyst", "desks": ["guardian"]}, "desks"),
        ("an unknown role", {"role": MARK}, "role"),
        ("a blank name", {"display_name": " "}, "display_name"),
        ("a long name", {"display_name": "x" * 101}, "display_name"),
        ("something more", {"listed": True}, "_unknown"),
        ("a user name", {"username": MARK}, "_unknown"),
    ):
        with subtests.test(what):
            body = {"organisation": "eeast"} | fields
            told = refused(service, "PATCH", path, body, bearer, status=422, code="invalid")
            assert field in told["errors"]
    with subtests.test("an analyst made a handler without a desk"):
        body = {"organisation": "eeast", "role": "handler"}
        refused(
            service, "PATCH", one(service, "analyst-1"), body, bearer, status=422, code="invalid"
        )
    for query in ("/accounts", f"{PATH}&more=1"):
        with subtests.test(query):
            refused(service, "GET", query, None, bearer, status=422, code="invalid")


def test_the_statements_do_not_grow(service: Service) -> None:
    def statements() -> int:
        bearer, count = administrator(service), [0]

        def see(*_: Any) -> None:
            count[0] += 1

        event.listen(service.database.engine, "before_cursor_execute", see)
        assert service.get(PATH, bearer).status_code == 200
        event.remove(service.database.engine, "before_cursor_execute", see)
        return count[0]

    statements()  # the day's first call also tidies up
    before = statements()
    for role in ("handler", "analyst", "handler"):
        waiting(service, role)
    assert statements() == before
    with service.database.read() as db:
        assert db.scalars(select(Desk)).all()
