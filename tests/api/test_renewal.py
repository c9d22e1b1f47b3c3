"""New keys after a loss: the same account and name, and no case until a handler approves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from api.models.account import Draft
from api.rules import joining, organisations
from shared.errors import Invalid
from tests.api.checks import check_problem, nothing_stored, refused
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
    join(service, renewal(service))
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


def test_it_gives_no_rights_elsewhere(service: Service) -> None:
    # An administrator of eeast could use the link, and be administrator of elsewhere with it.
    who = service.handlers["handler-2"]
    early = renewal(service)
    add = invite(service, "administrator", (), "elsewhere", account_id=who.id)
    body = {"invitation": add} | signing_in(service, as_shown(service, "handler-2"))
    assert service.post("/join", body).status_code == 201
    with nothing_stored(service), pytest.raises(Invalid) as caught:
        renewal(service)
    assert set(caught.value.errors) == {"account_id"}
    refused(service, "POST", "/join", {"invitation": early}, status=404, code="invitation")
    # There they are administrator; what they read at eeast, eeast's handlers guard.
    assert join(service, invite(service, slug="elsewhere", account_id=who.id))
    with service.database.read() as db:
        organisation = organisations.find(db, "eeast")
        assert not organisations.is_listed(db, organisation, who.id)
