"""Joining by invitation: once, with a name of one's own, waiting for a handler's approval."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pyotp
import pytest
from sqlalchemy import update

from api import setup
from api.models.organisation import Desk
from api.rules import joining
from shared.errors import Invalid
from shared.sealing.keyring import fingerprint, read_recovery
from tests.api.checks import MARK, at_once, check_problem, nothing_stored, refused
from tests.api.newcomers import (
    DAY,
    account,
    audited,
    invite,
    join,
    positions,
    sign_in,
    signing_in,
)
from tests.service import Service


def test_it_works(service: Service) -> None:
    code = invite(service)
    assert re.fullmatch(r"wi_[A-Za-z0-9_-]{43}", code)
    shown = join(service, code)
    assert set(shown) == {
        "handler_id", "username", "password", "totp_secret", "totp_uri", "recovery",
        "fingerprint", "organisation", "role", "listed",
    }  # fmt: skip
    assert len(shown["password"].split()) == 6
    assert len(read_recovery(shown["recovery"])) == 16
    assert pyotp.parse_uri(shown["totp_uri"]).secret == shown["totp_secret"]
    assert re.fullmatch(r"([0-9a-f]{4} ){7}[0-9a-f]{4}", shown["fingerprint"])
    assert (shown["organisation"], shown["role"], shown["listed"]) == ("eeast", "handler", False)

    stored = account(service, "handler-9")
    assert stored is not None
    assert str(stored.id) == shown["handler_id"]
    assert fingerprint(stored.seal_key, stored.sign_key) == shown["fingerprint"]
    assert positions(service, stored.id) == {"eeast": ("handler", False, None)}
    assert audited(service)[-1] == ("joined", stored.id, {"role": "handler"})
    own = service.get("/account", sign_in(service, shown)).get_json()
    assert own["display_name"] == "handler-9"
    assert own["positions"][0]["desks"] == ["guardian"]


def test_they_wait_for_a_handler(service: Service) -> None:
    shown = join(service, invite(service))
    before = service.get("/organisations/eeast").get_json()
    assert shown["handler_id"] not in {one["id"] for one in before["handlers"]}
    answer = service.post(
        "/organisations/eeast/roster", {"approve": shown["handler_id"]}, service.handler()
    )
    assert answer.status_code == 200
    assert positions(service, UUID(shown["handler_id"])) == {"eeast": ("handler", True, None)}


def test_the_first_handler_signs_the_roster(service: Service) -> None:
    service.database.write(
        lambda db: setup.add_organisation(db, "north", "North", contacts=[], release="at once")
    )
    administrator = join(
        service, invite(service, "administrator", (), "north", name="A"), "administrator-9"
    )
    assert administrator["listed"] is False
    assert service.get("/organisations/north").get_json()["roster_version"] == 0
    first = join(service, invite(service, slug="north"))
    assert first["listed"] is True
    directory = service.get("/organisations/north").get_json()
    assert [one["id"] for one in directory["handlers"]] == [first["handler_id"]]
    second = join(service, invite(service, slug="north"), "handler-10")
    assert second["listed"] is False


def test_two_who_come_first_at_once(service: Service) -> None:
    service.database.write(
        lambda db: setup.add_organisation(db, "north", "North", contacts=[], release="at once")
    )
    bodies = [
        {"invitation": invite(service, slug="north"), "username": f"handler-{at}"}
        for at in (9, 10)
    ]
    answers = at_once(service, [("POST", "/join", body, None) for body in bodies])
    assert [one.status_code for one in answers] == [201, 201]
    assert sorted(one.get_json()["listed"] for one in answers) == [False, True]


@pytest.mark.parametrize("role", ["analyst", "administrator"])
def test_a_role_without_a_desk(service: Service, role: str) -> None:
    shown = join(service, invite(service, role, (), name="somebody"), "somebody")
    assert (shown["role"], shown["listed"]) == (role, False)
    own = service.get("/account", sign_in(service, shown)).get_json()
    assert own["positions"][0] | {"desks": [], "listed": False} == own["positions"][0]


def test_an_invitation_used_twice(service: Service) -> None:
    code = invite(service)
    join(service, code)
    body = {"invitation": code, "username": "handler-10"}
    used = refused(service, "POST", "/join", body, status=404, code="invitation")
    body = {"invitation": f"wi_{'A' * 43}", "username": "handler-10"}
    assert refused(service, "POST", "/join", body, status=404, code="invitation") == used


def test_an_invitation_used_by_two_at_once(service: Service) -> None:
    code = invite(service)
    calls = [
        ("POST", "/join", {"invitation": code, "username": f"handler-{at}"}, None)
        for at in (9, 10)
    ]
    answers = at_once(service, calls)
    assert sorted(one.status_code for one in answers) == [201, 404]
    made = [name for name in ("handler-9", "handler-10") if account(service, name)]
    assert len(made) == 1


def test_one_name_taken_by_two_at_once(service: Service) -> None:
    calls = [
        ("POST", "/join", {"invitation": invite(service), "username": "handler-9"}, None)
        for _ in range(2)
    ]
    answers = at_once(service, calls)
    assert sorted(one.status_code for one in answers) == [201, 422]


def test_an_invitation_that_has_ended(service: Service) -> None:
    code = invite(service)
    service.clock.now += 7 * DAY
    with service.database.read() as db:
        assert joining.look_up(db, code).kind == "new"
    service.clock.now += DAY
    body = {"invitation": code, "username": "handler-9"}
    refused(service, "POST", "/join", body, status=404, code="invitation")


def test_what_is_no_invitation(service: Service, subtests: pytest.Subtests) -> None:
    code = invite(service)
    for what, given in {
        "nothing": "",
        "a mark": MARK,
        "cut": code[:-1],
        "longer": f"{code}A",
        "a session": service.handler(),
        "not ASCII": "wi_é",
        "words": "abandon ability able about above absent",
    }.items():
        with subtests.test(what):
            body = {"invitation": given, "username": "handler-9"}
            refused(service, "POST", "/join", body, status=404, code="invitation")
    assert join(service, code)


def test_an_invitation_is_for_its_organisation(service: Service) -> None:
    shown = join(service, invite(service, slug="elsewhere"))
    bearer = sign_in(service, shown)
    assert positions(service, UUID(shown["handler_id"])).keys() == {"elsewhere"}
    body = {"approve": shown["handler_id"]}
    path = "/organisations/eeast/roster"
    refused(service, "POST", path, body, service.handler(), status=404, code="not_found")
    body = {"organisation": "eeast", "away_until": None}
    refused(service, "PATCH", "/account", body, bearer, status=404, code="not_found")


def test_user_names_that_can_not_be(service: Service, subtests: pytest.Subtests) -> None:
    code = invite(service)
    for what, given in {
        "taken": "handler-1",
        "empty": "",
        "blank": "   ",
        "a space before": " handler-9",
        "a space after": "handler-9 ",
        "too long": "x" * 101,
        "a line break": "handler\n9",
        "a control character": f"{MARK}\x07",
        "turned around": "handler\u202e9",
        "half a character": f"{MARK}\ud83d",
        "a number": 7,
        "null": None,
    }.items():
        with subtests.test(what):
            body = {"invitation": code, "username": given}
            with nothing_stored(service):
                answer = service.post("/join", body)
            told = check_problem(answer, 422, "invalid")
            assert set(told["errors"]) == {"username"}
    told = refused(service, "POST", "/join", {"invitation": code}, status=422, code="invalid")
    assert set(told["errors"]) == {"username"}
    assert join(service, code), "a mistake uses nothing up"


def test_a_new_account_has_no_password_yet(service: Service) -> None:
    body = {"invitation": invite(service), "username": "handler-9", "password": MARK}
    told = refused(service, "POST", "/join", body, status=422, code="invalid")
    assert set(told["errors"]) == {"password"}


def test_roles_and_desks_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    for what, (role, desks, field) in {
        "no such role": ("king", ("guardian",), "role"),
        "a handler without a desk": ("handler", (), "desks"),
        "a manager without a desk": ("manager", (), "desks"),
        "an analyst with a desk": ("analyst", ("guardian",), "desks"),
        "an administrator with a desk": ("administrator", ("guardian",), "desks"),
        "no such desk": ("handler", ("guardian", MARK), "desks"),
    }.items():
        with subtests.test(what), nothing_stored(service):
            with pytest.raises(Invalid) as caught:
                invite(service, role, desks)
            assert set(caught.value.errors) == {field}
            assert MARK not in str(caught.value.errors)
    for name in ("", "  ", "x" * 101, "a\x07b"):
        with nothing_stored(service), pytest.raises(Invalid) as caught:
            invite(service, name=name)
        assert set(caught.value.errors) == {"display_name"}
    with nothing_stored(service), pytest.raises(Invalid) as caught:
        invite(service, account_id=uuid4())
    assert set(caught.value.errors) == {"account_id"}


def test_a_desk_that_went_meanwhile(service: Service) -> None:
    code = invite(service, desks=("senior-manager",))

    rename = update(Desk).where(Desk.slug == "senior-manager").values(slug="other")
    service.database.write(lambda db: db.execute(rename))
    body = {"invitation": code, "username": "handler-9"}
    refused(service, "POST", "/join", body, status=404, code="invitation")


def test_the_code_is_not_in_the_database(service: Service) -> None:
    code = invite(service)
    with service.database.read() as db:
        rows = db.connection().exec_driver_sql("SELECT * FROM invitations").all()
    assert len(rows) == 1
    assert code.removeprefix("wi_") not in repr(rows)


def test_ended_invitations_are_swept(service: Service) -> None:
    for _ in range(2):
        invite(service)
    service.clock.now += 8 * DAY
    invite(service)
    with service.database.read() as db:
        assert len(db.connection().exec_driver_sql("SELECT id FROM invitations").all()) == 1


def test_somebody_who_joined_signs_in_with_nothing_else(service: Service) -> None:
    shown = join(service, invite(service))
    for field in ("username", "password", "code"):
        sent = signing_in(service, shown, **{field: "123456"})
        check_problem(service.post("/sign-in", sent), 401, "wrong_sign_in")
    assert service.post("/sign-in", signing_in(service, shown)).status_code == 201
