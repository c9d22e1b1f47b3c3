"""Whom the roster has to be signed for, and signing it: new, changed and retired handlers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update

from api import setup
from api.models.account import Account, Membership, Position
from api.models.audit import AuditEntry
from api.models.organisation import Desk, Organisation
from api.rules import accounts, organisations
from shared.sealing import roster
from shared.sealing.encoding import b64
from shared.sealing.keyring import Keyring, fingerprint
from tests.api import sealed
from tests.api.checks import UNKNOWN, at_once, check_problem, nothing_stored, refused
from tests.service import Service

PATH = "/organisations/eeast/newcomers"
ROSTER = "/organisations/eeast/roster"


def waiting(service: Service, role: str = "handler", slug: str = "eeast") -> str:
    """An account of this role that waits for approval, with a session to call with."""
    name = f"person-{uuid4().hex[:8]}"

    def make(db: Any) -> Any:
        organisation = organisations.find(db, slug)
        desk = organisations.find_desk(db, organisation, "guardian")
        desks = [desk] if role in ("handler", "manager") and desk else []
        return accounts.add(db, name, name, organisation.id, role, desks)

    service.handlers = {**service.handlers, name: service.database.write(make)}
    return name


def id_of(service: Service, name: str) -> str:
    return str(service.handlers[name].id)


def found(service: Service, name: str = "handler-1") -> list[dict[str, Any]]:
    answer = service.get(PATH, service.handler(name))
    assert answer.status_code == 200, answer.text
    return list(answer.get_json()["items"])


def sign(service: Service, body: dict[str, Any], name: str = "handler-1") -> None:
    answer = service.post(ROSTER, body, service.handler(name))
    assert answer.status_code == 200, answer.text


def listed(service: Service, name: str) -> bool:
    with service.database.read() as db:
        return organisations.is_listed(
            db, organisations.find(db, "eeast"), service.handlers[name].id
        )


def new_keys(service: Service, name: str) -> Keyring:
    """The account gets other keys, as after a loss."""
    keys = Keyring.new()
    service.database.write(
        lambda db: db.execute(
            update(Account)
            .where(Account.id == service.handlers[name].id)
            .values(seal_key=keys.seal_key, sign_key=keys.sign_key)
        )
    )
    service.database.write(
        lambda db: db.execute(
            update(Position)
            .where(Position.account_id == service.handlers[name].id)
            .values(listed=False)
        )
    )
    service.handlers = {**service.handlers, name: replace(service.handlers[name], keyring=keys)}
    return keys


def move(service: Service, name: str, desk: str) -> None:
    """The account works at another desk, as an administrator may say."""

    def change(db: Any) -> None:
        who = service.handlers[name].id
        db.execute(delete(Membership).where(Membership.account_id == who))
        place = select(Desk.id).join(Organisation, Organisation.id == Desk.organisation_id)
        place = place.where(Desk.slug == desk, Organisation.slug == "eeast")
        db.add(Membership(account_id=who, desk_id=db.scalar(place)))

    service.database.write(change)


def audited(service: Service) -> list[tuple[str, str, str]]:
    """Acts on the roster after the service was filled: act, by whom, whom."""
    with service.database.read() as db:
        rows = db.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [
            (one.act, str(one.actor), one.detail["handler"])
            for one in rows
            if one.act.startswith("roster_") and one.detail["version"] > 4
        ]


def test_it_works(service: Service) -> None:
    name = waiting(service)
    keys = service.handlers[name].keyring
    own = service.handlers["handler-1"].keyring
    answer = service.get(PATH, service.handler())
    assert answer.status_code == 200
    assert answer.get_json() == {
        "own_fingerprint": fingerprint(own.seal_key, own.sign_key),
        "items": [
            {
                "id": id_of(service, name),
                "display_name": name,
                "role": "handler",
                "desks": ["guardian"],
                "why": "new",
                "fingerprint": fingerprint(keys.seal_key, keys.sign_key),
                "listed_fingerprint": None,
                "listed_name": None,
                "listed_desks": None,
            }
        ],
        "receipt_key": None,
    }
    shown = answer.get_json()["items"][0]
    body = {"approve": shown["id"], "fingerprint": shown["fingerprint"], "desks": shown["desks"]}
    sign(service, body)
    assert listed(service, name)
    assert found(service) == []
    first = id_of(service, "handler-1")
    assert audited(service) == [("roster_approved", first, id_of(service, name))]


def test_changed_keys(service: Service) -> None:
    before = service.handlers["handler-2"].keyring
    keys = new_keys(service, "handler-2")
    one = found(service)[0]
    assert (one["why"], one["display_name"]) == ("keys", "handler-2")
    assert one["listed_fingerprint"] == fingerprint(before.seal_key, before.sign_key)
    assert one["fingerprint"] == fingerprint(keys.seal_key, keys.sign_key)
    who = service.handlers["handler-2"].id
    sign(service, {"approve": str(who)})
    newest = sealed.read_roster(service).newest
    old, new = (entry for entry in newest.handlers if entry.id == who)
    with service.database.read() as db:
        today = organisations.today(db, organisations.find(db, "eeast"))
    assert (old.until, old.seal_key) == (today, before.seal_key)
    assert (new.until, new.seal_key, new.sign_key) == (None, keys.seal_key, keys.sign_key)
    assert newest.active(who) == new
    assert listed(service, "handler-2")
    assert found(service) == []
    assert audited(service)[0][0] == "roster_approved"


def test_who_has_new_keys_does_not_approve_themselves(service: Service) -> None:
    new_keys(service, "handler-2")
    body = {"approve": id_of(service, "handler-2")}
    bearer = service.handler("handler-2")
    refused(service, "POST", ROSTER, body, bearer, status=404, code="not_found")
    refused(service, "GET", PATH, None, bearer, status=404, code="not_found")


def test_changed_desks(service: Service) -> None:
    move(service, "handler-2", "senior-manager")
    one = found(service)[0]
    assert (one["why"], one["desks"], one["listed_desks"]) == (
        "desks",
        ["senior-manager"],
        ["guardian"],
    )
    assert one["fingerprint"] == one["listed_fingerprint"]
    who = service.handlers["handler-2"].id
    # Until a handler signs, the roster's word is what counts.
    assert who in {entry.id for entry in sealed.read_roster(service).newest.desk("guardian")}
    sign(service, {"approve": str(who)})
    newest = sealed.read_roster(service).newest
    assert [entry.desks for entry in newest.handlers if entry.id == who] == [("senior-manager",)]
    assert listed(service, "handler-2")


def test_what_was_shown_has_to_be_what_is_signed(service: Service) -> None:
    name = waiting(service)
    shown = found(service)[0]
    body = {"approve": shown["id"], "fingerprint": shown["fingerprint"], "desks": shown["desks"]}
    new_keys(service, name)
    refused(service, "POST", ROSTER, body, service.handler(), status=409, code="conflict")
    shown = found(service)[0]
    body = {"approve": shown["id"], "fingerprint": shown["fingerprint"], "desks": shown["desks"]}
    move(service, name, "senior-manager")
    refused(service, "POST", ROSTER, body, service.handler(), status=409, code="conflict")
    assert not listed(service, name)


def test_retiring(service: Service) -> None:
    who = service.handlers["handler-2"].id
    sign(service, {"retire": str(who)})
    newest = sealed.read_roster(service).newest
    assert newest.active(who) is None
    assert any(entry.id == who and entry.until for entry in newest.handlers)
    assert not listed(service, "handler-2")
    assert audited(service) == [("roster_retired", id_of(service, "handler-1"), str(who))]
    bearer = service.handler()
    with nothing_stored(service):
        assert service.post(ROSTER, {"retire": str(who)}, bearer).status_code == 200
    assert found(service)[0]["why"] == "new", "as long as the account is a handler's"
    sign(service, {"approve": str(who)})
    newest = sealed.read_roster(service).newest
    assert [entry.until for entry in newest.handlers if entry.id == who] == [None]
    assert listed(service, "handler-2")


def test_a_retired_handler_sees_no_case(service: Service) -> None:
    reference, _ = service.open_case()
    bearer = service.handler("handler-2")
    assert service.get(f"/cases/{reference}", bearer).status_code == 200
    sign(service, {"retire": id_of(service, "handler-2")})
    unknown = service.get(f"/cases/{UNKNOWN}", bearer)
    answer = service.get(f"/cases/{reference}", bearer)
    assert check_problem(answer, 404, "not_found") == unknown.get_json()


def test_the_last_handler_stays(service: Service) -> None:
    for name in ("handler-2", "handler-3"):
        sign(service, {"retire": id_of(service, name)})
    # The fourth has lost the keys: the entry is there, but nobody can sign with it.
    new_keys(service, "handler-4")
    body = {"retire": id_of(service, "handler-1")}
    refused(service, "POST", ROSTER, body, service.handler(), status=409, code="conflict")
    assert listed(service, "handler-1")


def test_a_change_that_nobody_approved_is_in_no_ones_way(service: Service) -> None:
    name = waiting(service)
    move(service, "handler-2", "senior-manager")
    new_keys(service, "handler-3")
    service.database.write(
        lambda db: db.execute(
            delete(Position).where(Position.account_id == service.handlers["handler-4"].id)
        )
    )
    assert {one["why"] for one in found(service)} == {"new", "desks", "keys", "left"}
    sign(service, {"approve": id_of(service, name)})
    assert listed(service, name)
    left = next(one for one in found(service) if one["why"] == "left")
    assert (left["display_name"], left["role"]) == ("handler-4", None)
    sign(service, {"retire": left["id"]})
    assert {one["why"] for one in found(service)} == {"desks", "keys"}


@pytest.mark.parametrize("role", ["analyst", "administrator"])
def test_roles_that_never_sign_or_stand_in_it(service: Service, role: str) -> None:
    name = waiting(service, role)
    assert found(service) == []
    bearer, who = service.handler(name), id_of(service, name)
    refused(service, "GET", PATH, None, bearer, status=403, code="not_allowed")
    other = id_of(service, waiting(service))
    for body in (
        {"approve": who},
        {"approve": other},
        {"retire": id_of(service, "handler-2")},
        record(service, name, ()),
        record(service, name, (entry(service, name),)),
    ):
        refused(service, "POST", ROSTER, body, bearer, status=403, code="not_allowed")
    # Nor does a handler list one, whether the service signs or the client did.
    for body in ({"approve": who}, record(service, "handler-1", (entry(service, name),))):
        first = service.handler()
        refused(service, "POST", ROSTER, body, first, status=404, code="not_found")


def entry(service: Service, name: str) -> roster.Entry:
    keys = service.handlers[name].keyring
    who = service.handlers[name].id
    return roster.Entry(who, name, ("guardian",), keys.seal_key, keys.sign_key)


def record(service: Service, signer: str, more: tuple[roster.Entry, ...]) -> dict[str, str]:
    """The next record with these entries too, signed by this person."""
    before, who = sealed.read_roster(service), service.handlers[signer]
    with service.database.read() as db:
        today = organisations.today(db, organisations.find(db, "eeast"))
    made = roster.following(before, (*before.newest.handlers, *more), who.id, today)
    signed = roster.sign(made, who.keyring)
    return {"record": b64(signed.record), "signature": b64(signed.signature)}


def test_a_handler_turned_administrator_neither_signs_nor_reads(service: Service) -> None:
    reference, _ = service.open_case()
    who = service.handlers["handler-2"].id

    def turn(db: Any) -> None:
        db.execute(update(Position).where(Position.account_id == who).values(role="administrator"))
        organisation = organisations.find(db, "eeast")
        organisations.mark_listed(
            db, organisation, organisations.read_roster(db, organisation).newest
        )

    service.database.write(turn)
    bearer = service.handler("handler-2")
    check_problem(service.get(f"/cases/{reference}", bearer), 404, "not_found")
    for body in ({"retire": str(who)}, record(service, "handler-2", ())):
        refused(service, "POST", ROSTER, body, bearer, status=403, code="not_allowed")
    assert [(one["why"], one["role"]) for one in found(service)] == [("left", "administrator")]


def test_outsiders(service: Service) -> None:
    unknown = service.get("/organisations/nowhere/newcomers", service.handler())
    told = check_problem(unknown, 404, "not_found")
    for name in ("handler-5", waiting(service), waiting(service, "administrator", "elsewhere")):
        bearer = service.handler(name)
        assert refused(service, "GET", PATH, None, bearer, status=404, code="not_found") == told
        for body in ({"retire": id_of(service, "handler-2")}, {"approve": id_of(service, name)}):
            refused(service, "POST", ROSTER, body, bearer, status=404, code="not_found")
    # Another desk of the organisation vouches too: the roster is the organisation's.
    assert service.get(PATH, service.handler("handler-3")).status_code == 200


def test_who_left_signs_no_more(service: Service) -> None:
    who = service.handlers["handler-2"].id
    service.database.write(
        lambda db: db.execute(delete(Position).where(Position.account_id == who))
    )
    bearer = service.handler("handler-2")
    for body in ({"retire": id_of(service, "handler-1")}, record(service, "handler-2", ())):
        refused(service, "POST", ROSTER, body, bearer, status=404, code="not_found")


def test_nobody_to_retire(service: Service) -> None:
    bearer = service.handler()
    for other in (str(uuid4()), id_of(service, "handler-5"), id_of(service, waiting(service))):
        refused(service, "POST", ROSTER, {"retire": other}, bearer, status=404, code="not_found")


def test_forms_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    bearer, who = service.handler(), str(uuid4())
    for what, body in {
        "both": {"approve": who, "retire": who},
        "a fingerprint to retire": {"retire": who, "fingerprint": "0000"},
        "desks with a record": record(service, "handler-1", ()) | {"desks": []},
        "desks that are none": {"approve": who, "desks": ["Guardian Desk"]},
        "no id": {"retire": "handler-2"},
    }.items():
        with subtests.test(what):
            refused(service, "POST", ROSTER, body, bearer, status=422, code="invalid")


def ended(service: Service, **changes: Any) -> dict[str, str]:
    """handler-2 retired in a record of the client's, with other changes."""
    before, who = sealed.read_roster(service), service.handlers["handler-1"]
    with service.database.read() as db:
        today = organisations.today(db, organisations.find(db, "eeast"))
    handlers = tuple(
        replace(one, **({"until": today} | changes)) if one.name == "handler-2" else one
        for one in before.newest.handlers
    )
    signed = roster.sign(roster.following(before, handlers, who.id, today), who.keyring)
    return {"record": b64(signed.record), "signature": b64(signed.signature)}


def test_an_entry_ends_as_it_was(service: Service) -> None:
    bearer, today = service.handler(), ended(service)
    for changes in ({"name": "renamed"}, {"desks": ("senior-manager",)}):
        body = ended(service, **changes)
        refused(service, "POST", ROSTER, body, bearer, status=422, code="broken_chain")
    assert service.post(ROSTER, today, bearer).status_code == 200
    assert audited(service)[-1][0] == "roster_retired"
    stranger = replace(entry(service, "handler-5"), id=UUID(id_of(service, "handler-5")))
    with service.database.read() as db:
        day = organisations.today(db, organisations.find(db, "eeast"))
    body = record(service, "handler-1", (replace(stranger, until=day),))
    refused(service, "POST", ROSTER, body, bearer, status=422, code="broken_chain")


def test_two_signed_records_at_once(service: Service) -> None:
    one, two = waiting(service), waiting(service)
    calls: list[tuple[str, str, Any, str | None]] = [
        ("POST", ROSTER, record(service, "handler-1", (entry(service, one),)),
         service.handler("handler-1")),
        ("POST", ROSTER, record(service, "handler-2", (entry(service, two),)),
         service.handler("handler-2")),
    ]  # fmt: skip
    answers = at_once(service, calls)
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    lost = next(answer for answer in answers if answer.status_code == 422)
    check_problem(lost, 422, "broken_chain")
    assert [listed(service, name) for name in (one, two)].count(True) == 1
    loser = two if listed(service, one) else one
    sign(service, {"approve": id_of(service, loser)})
    assert listed(service, one)
    assert listed(service, two)


def test_approving_and_retiring_the_same_at_once(service: Service) -> None:
    who = id_of(service, "handler-2")
    move(service, "handler-2", "senior-manager")
    answers = at_once(
        service,
        [
            ("POST", ROSTER, {"approve": who}, service.handler("handler-1")),
            ("POST", ROSTER, {"retire": who}, service.handler("handler-3")),
        ],
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    newest = sealed.read_roster(service).newest
    assert newest.version in (5, 6)
    assert listed(service, "handler-2") == (newest.active(UUID(who)) is not None)


def test_setup_signs_as_before(service: Service) -> None:
    first = service.handlers["handler-1"]
    new, approved = service.database.write(
        lambda db: setup.add_handler(
            db, "eeast", ("guardian",), "one-more", "one-more", (first.id, first.keyring)
        )
    )
    assert approved
    assert ("roster_approved", str(first.id), str(new.id)) in audited(service)
