"""New keys after a loss: the same account and name, and no case until a handler approves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from api.models.account import Draft
from api.rules import credentials, joining, organisations, rosters
from shared.errors import Conflict, Invalid
from tests.api import sealed
from tests.api.checks import at_once, check_problem, nothing_stored, refused, refused_open
from tests.api.handling import new_keys, retire
from tests.api.newcomers import (
    account,
    as_shown,
    audited,
    invite,
    join,
    positions,
    sign_in,
    signing_in,
)
from tests.service import Service


def renewal(service: Service, username: str = "handler-2", **more: Any) -> str:
    """The code of an invitation that gives this handler new keys."""
    return invite(service, account_id=service.handlers[username].id, **more)


def test_it_works(service: Service) -> None:
    before = account(service, "handler-2")
    assert before is not None
    code = renewal(service)
    with service.database.read() as db:
        found = joining.look_up(db, code)
    assert (found.kind, found.username) == ("renewal", "handler-2")
    answer = service.post("/join", {"invitation": code})
    assert answer.status_code == 201
    shown = answer.get_json()
    assert (shown["username"], shown["handler_id"]) == ("handler-2", str(before.id))
    assert (shown["listed"], shown["role"]) == (False, "handler")
    after = account(service, "handler-2")
    assert after is not None
    assert after.id == before.id
    for name in ("seal_key", "sign_key", "salt", "verifier", "recovery_seed", "sealed_totp"):
        assert getattr(after, name) != getattr(before, name), name
    assert sign_in(service, shown)
    assert ("keys_renewed", before.id, {}) in audited(service)


def test_what_was_before_works_no_more(service: Service) -> None:
    bearer, lost = service.handler("handler-2"), as_shown(service, "handler-2")
    join(service, renewal(service))
    refused(service, "GET", "/account", bearer=bearer, status=401, code="sign_in")
    check_problem(service.post("/sign-in", signing_in(service, lost)), 401, "wrong_sign_in")
    body = {"username": "handler-2", "recovery": lost["recovery"]}
    check_problem(service.post("/recovery", body), 401, "wrong_sign_in")


def test_no_case_until_a_handler_approves(service: Service) -> None:
    reference, _ = service.open_case()
    assert service.get(f"/cases/{reference}", service.handler("handler-2")).status_code == 200
    shown = join(service, renewal(service))
    assert positions(service, service.handlers["handler-2"].id)["eeast"][1] is False
    bearer = sign_in(service, shown)
    assert service.get("/cases", bearer).get_json()["items"] == []
    for path in (f"/cases/{reference}", f"/cases/{reference}/messages"):
        refused(service, "GET", path, bearer=bearer, status=404, code="not_found")
    # New reports go to the keys of the roster, which the new ones don't open.
    newer, _ = service.open_case()
    refused(service, "GET", f"/cases/{newer}", bearer=bearer, status=404, code="not_found")

    body = {"approve": shown["handler_id"]}
    assert service.post("/organisations/eeast/roster", body, service.handler()).status_code == 200
    assert positions(service, service.handlers["handler-2"].id)["eeast"][1] is True
    story = "An invented story about a group chat."
    for one in (reference, newer):
        assert story not in service.get(f"/cases/{one}", bearer).text
    last, _ = service.open_case()
    assert story in service.get(f"/cases/{last}", bearer).text


def test_listed_nowhere_any_more(service: Service) -> None:
    who = service.handlers["handler-2"]
    body = {"invitation": invite(service, slug="elsewhere", account_id=who.id)}
    body |= signing_in(service, as_shown(service, "handler-2"))
    assert service.post("/join", body).status_code == 201
    body = {"approve": str(who.id)}
    path = "/organisations/elsewhere/roster"
    assert service.post(path, body, service.handler("handler-5")).status_code == 200
    assert {one[1] for one in positions(service, who.id).values()} == {True}
    join(service, renewal(service, by_operator=True))
    assert {one[1] for one in positions(service, who.id).values()} == {False}
    assert ("keys_renewed", who.id, {}) in audited(service, "elsewhere")


def test_a_draft_that_can_not_be_opened_goes(service: Service) -> None:
    reference, _ = service.open_case()
    who = service.handlers["handler-2"]
    case = service.get(f"/cases/{reference}", service.handler()).get_json()["case_id"]
    draft = {"account_id": who.id, "case_id": UUID(case), "sealed": b"x" * 40}
    service.database.write(lambda db: db.store(Draft, draft))
    join(service, renewal(service))
    with service.database.read() as db:
        assert db.scalars(select(Draft)).all() == []


def test_role_desks_and_name_stay(service: Service) -> None:
    who = service.handlers["handler-3"]
    shown = join(service, renewal(service, "handler-3", role="administrator", desks=()))
    own = service.get("/account", sign_in(service, shown)).get_json()
    assert own["display_name"] == "handler-3"
    assert own["positions"][0]["desks"] == ["senior-manager"]
    assert positions(service, who.id)["eeast"][0] == "handler"


def test_another_renewal_ends_with_the_first(service: Service) -> None:
    one, two = renewal(service), renewal(service)
    join(service, one)
    body = {"invitation": two}
    refused(service, "POST", "/join", body, status=404, code="invitation")


def test_an_invitation_to_add_never_becomes_a_renewal(service: Service) -> None:
    who = service.handlers["handler-2"]
    one, two = (invite(service, slug="elsewhere", account_id=who.id) for _ in range(2))
    body = {"invitation": one} | signing_in(service, as_shown(service, "handler-2"))
    assert service.post("/join", body).status_code == 201
    refused(service, "POST", "/join", {"invitation": two}, status=404, code="invitation")


def work_elsewhere(service: Service, role: str = "handler", desks: Any = ("guardian",)) -> None:
    """Gives handler-2 a role in the other organisation too."""
    who = service.handlers["handler-2"]
    body = {"invitation": invite(service, role, desks, "elsewhere", account_id=who.id)}
    body |= signing_in(service, as_shown(service, "handler-2"))
    assert service.post("/join", body).status_code == 201


@pytest.mark.parametrize(
    ("role", "desks"), [("handler", ("guardian",)), ("administrator", ()), ("analyst", ())]
)
def test_nobody_renews_an_account_of_another_organisation_too(
    service: Service, role: str, desks: Any
) -> None:
    # They could use the link, and the keys that open cases there would be gone.
    who = service.handlers["handler-2"]
    early = renewal(service)
    work_elsewhere(service, role, desks)
    before = account(service, "handler-2")
    for slug, by in (("eeast", "administrator-1"), ("elsewhere", None)):
        with nothing_stored(service), pytest.raises(Invalid) as caught:
            renewal(service, slug=slug)
        assert "another organisation" in str(caught.value.errors["account_id"])
        if by is None:
            continue
        body = {"organisation": slug, "account": str(who.id)}
        bearer = service.handler(by)
        told = refused(service, "POST", "/invitations", body, bearer, status=422, code="invalid")
        assert "another organisation" in told["errors"]["account"][0]
    refused(service, "POST", "/join", {"invitation": early}, status=404, code="invitation")
    after = account(service, "handler-2")
    assert before is not None
    assert after is not None
    assert (after.seal_key, after.salt) == (before.seal_key, before.salt)


def test_whoever_runs_the_service_renews_it(service: Service) -> None:
    work_elsewhere(service)
    assert join(service, renewal(service, by_operator=True))
    assert {one[1] for one in positions(service, service.handlers["handler-2"].id).values()} == {
        False
    }


# --- somebody has to be left who signs ------------------------------------------------------


def renew(service: Service, username: str) -> Any:
    """The answer to an administrator who renews somebody, and the code."""
    body = {"organisation": "eeast", "account": str(service.handlers[username].id)}
    return service.post("/invitations", body, service.handler("administrator-1"))


def can_sign(service: Service) -> bool:
    """Whether eeast's roster can go on."""
    with service.database.read() as db:
        organisation = organisations.find(db, "eeast")
        newest = organisations.read_roster(db, organisation).newest
        return rosters.can_sign(db, organisation, newest)


def test_an_administrator_leaves_somebody_who_signs(service: Service) -> None:
    names = ("handler-1", "handler-2", "handler-3", "handler-4")
    for name in names[:3]:
        join(service, renew(service, name).get_json()["code"])
    body = {"organisation": "eeast", "account": str(service.handlers[names[3]].id)}
    bearer = service.handler("administrator-1")
    told = refused(service, "POST", "/invitations", body, bearer, status=409, code="conflict")
    assert "Nobody else can sign" in told["detail"]
    assert can_sign(service)
    # Who waits for approval signs nothing, so they can be renewed again.
    assert renew(service, "handler-1").status_code == 201
    # Once a colleague is approved, so can the other.
    body = {"approve": str(service.handlers["handler-1"].id)}
    path = "/organisations/eeast/roster"
    assert service.post(path, body, service.handler("handler-4")).status_code == 200
    assert renew(service, "handler-4").status_code == 201


def test_an_invitation_that_was_made_before(service: Service) -> None:
    codes = {name: renew(service, name).get_json()["code"]
             for name in ("handler-1", "handler-2", "handler-3", "handler-4")}  # fmt: skip
    fresh = credentials.new()
    with service.database.read() as db:
        made = joining.prepare(db, codes["handler-4"], None, fresh)
    for name in ("handler-1", "handler-2", "handler-3"):
        join(service, codes[name])
    body = {"invitation": codes["handler-4"]}
    refused(service, "POST", "/join", body, status=409, code="conflict")
    # Nor by what was shown before.
    with nothing_stored(service), pytest.raises(Conflict):
        service.database.write(lambda db: joining.complete(db, made.bundle))
    assert can_sign(service)


def test_the_last_two_at_the_same_time(service: Service) -> None:
    for name in ("handler-3", "handler-4"):
        retire(service, name)
    codes = [renew(service, name).get_json()["code"] for name in ("handler-1", "handler-2")]
    answers = at_once(service, [("POST", "/join", {"invitation": one}, None) for one in codes])
    assert sorted(one.status_code for one in answers) == [201, 409]
    assert can_sign(service)


def test_the_last_one_by_whoever_runs_the_service(service: Service) -> None:
    for name in ("handler-2", "handler-3", "handler-4"):
        retire(service, name)
    with pytest.raises(Conflict):
        renewal(service, "handler-1", by_operator=True)
    join(service, renewal(service, "handler-1", by_operator=True, last_handler=True))
    assert not can_sign(service)
    told = refused_open(service, service.report()[0], 409, "no_reader")
    assert told["detail"]


# --- keys that nobody has are nobody's ------------------------------------------------------


def test_a_report_needs_somebody_who_has_the_keys(service: Service) -> None:
    new_keys(service, "handler-1", by=None)
    assert service.open_case()[0]
    sealed.open_case(service)
    new_keys(service, "handler-2", by=None)
    refused_open(service, service.report()[0], 409, "no_reader")
    refused_open(service, sealed.prepare(service).body, 409, "no_reader")
    assert service.open_case(desk="senior-manager")[0]
    rosters_signer = service.handlers["handler-3"]
    service.database.write(
        lambda db: rosters.next_record(
            db, "eeast", rosters_signer.id, rosters_signer.keyring,
            {"approve": service.handlers["handler-1"].id},
        )
    )  # fmt: skip
    assert service.open_case()[0]


def test_a_case_goes_to_no_desk_without_keys(service: Service) -> None:
    _, token = service.open_case()
    for name in ("handler-3", "handler-4"):
        new_keys(service, name, by=None)
    service.clock.now += 40 * 86_400
    body, bearer = {"desk": "senior-manager"}, service.reporter(token)
    refused(service, "POST", "/case/epochs", body, bearer, status=409, code="no_reader")
