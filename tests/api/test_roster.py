"""The roster: published as exact bytes, continued only by its own handlers."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from api import setup
from api.config import ACCOUNT_SESSION
from api.rules import sessions
from shared.sealing import roster
from shared.sealing.encoding import b64, sha256
from shared.sealing.keyring import Keyring
from shared.sealing.roster import Entry, Record
from tests.api import sealed
from tests.api.checks import MARK, at_once, check_problem, nothing_stored, refused
from tests.service import OUTSIDERS, Service

PATH = "/organisations/eeast/roster"


def test_it_works(service: Service) -> None:
    answer = service.get(PATH)
    assert answer.status_code == 200
    found = sealed.read_roster(service)
    assert [one.name for one in found.newest.handlers] == [f"handler-{at}" for at in range(1, 5)]
    assert [one.version for one in found.records] == [1, 2, 3, 4]


def test_it_is_the_same_for_all_and_can_be_kept(service: Service) -> None:
    first = service.get(PATH)
    tag = f'"{hashlib.sha256(first.data).hexdigest()}"'
    assert first.headers["ETag"] == tag
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert service.get(PATH, service.handler()).data == first.data
    again = service.http.get(f"/api/v1{PATH}", headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)


def newcomer(service: Service, desk: str = "guardian", slug: str = "eeast") -> str:
    """Makes an account that waits for approval; its id."""
    name = f"handler-{uuid4().hex[:8]}"
    new, listed = service.database.write(
        lambda db: setup.add_handler(db, slug, (desk,), name, name)
    )
    assert not listed
    return str(new.id)


def test_a_newcomer_is_approved(service: Service) -> None:
    new = newcomer(service)
    before = service.get("/organisations/eeast")
    assert new not in before.text
    answer = service.post(PATH, {"approve": new}, service.handler())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.get_json()["records"]) == 5
    after = service.get("/organisations/eeast")
    assert new in [one["id"] for one in after.get_json()["handlers"]]
    assert after.get_json()["roster_version"] == 5
    assert after.headers["ETag"] != before.headers["ETag"]
    newest = sealed.read_roster(service).newest
    assert newest.signer == service.handlers["handler-1"].id


def test_the_same_again_adds_nothing(service: Service) -> None:
    new = newcomer(service)
    first = service.post(PATH, {"approve": new}, service.handler())
    bearer = service.handler("handler-2")
    with nothing_stored(service):
        again = service.post(PATH, {"approve": new}, bearer)
    assert (again.status_code, again.data) == (200, first.data)


def test_two_at_the_same_time(service: Service) -> None:
    one, two = newcomer(service), newcomer(service)
    first, second = service.handler("handler-1"), service.handler("handler-2")
    answers = at_once(
        service,
        [("POST", PATH, {"approve": one}, first), ("POST", PATH, {"approve": two}, second)],
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    listed = {str(entry.id) for entry in sealed.read_roster(service).newest.handlers}
    assert {one, two} <= listed


def test_outsiders_add_nothing(service: Service) -> None:
    new = newcomer(service)
    outsider = service.handler(OUTSIDERS[1])
    path = "/organisations/nowhere/roster"
    unknown = service.post(path, {"approve": new}, service.handler())
    told = refused(service, "POST", PATH, {"approve": new}, outsider, status=404, code="not_found")
    assert told == check_problem(unknown, 404, "not_found")


def test_another_desk_of_the_organisation_may_sign(service: Service) -> None:
    # The roster is the organisation's: any handler in it vouches (sealing.md).
    answer = service.post(PATH, {"approve": newcomer(service)}, service.handler(OUTSIDERS[0]))
    assert answer.status_code == 200


def test_who_waits_approves_nobody(service: Service) -> None:
    waiting = newcomer(service)
    seed = Keyring.new().seed
    bearer = service.database.write(
        lambda db: sessions.start(db, "account", UUID(waiting), ACCOUNT_SESSION, seed)
    )["session"]
    for body in ({"approve": waiting}, {"approve": newcomer(service)}):
        refused(service, "POST", PATH, body, bearer, status=404, code="not_found")


def test_somebody_of_elsewhere_is_not_approved(service: Service) -> None:
    bearer = service.handler()
    for other in (str(service.handlers["handler-5"].id), str(uuid4())):
        refused(service, "POST", PATH, {"approve": other}, bearer, status=404, code="not_found")


def test_a_session_without_keys_sends_a_signed_record(service: Service) -> None:
    bearer = sealed.handler(service)
    body = {"approve": newcomer(service)}
    refused(service, "POST", PATH, body, bearer, status=403, code="not_allowed")
    answer = service.post(PATH, ended(service, "handler-2"), bearer)
    assert answer.status_code == 200
    with nothing_stored(service):
        assert service.post(PATH, ended(service, None), bearer).data == answer.data


def follow(service: Service, **changes: Any) -> Record:
    """The next record, with changes."""
    found = sealed.read_roster(service)
    first = service.handlers["handler-1"].id
    made = roster.following(found, found.newest.handlers, first, date(2026, 11, 23))
    return replace(made, **changes)


def signed(record: Record, keys: Keyring) -> dict[str, str]:
    """What is sent of a record."""
    one = roster.sign(record, keys)
    return {"record": b64(one.record), "signature": b64(one.signature)}


def ended(service: Service, username: str | None) -> dict[str, str]:
    """The next record, in which a handler's entry ends; without a name: the newest as it is."""
    found = sealed.read_roster(service)
    if username is None:
        newest = found.signed[-1]
        return {"record": b64(newest.record), "signature": b64(newest.signature)}
    who = service.handlers[username].id
    handlers = tuple(
        replace(one, until=date(2026, 11, 23)) if one.id == who else one
        for one in found.newest.handlers
    )
    return signed(follow(service, handlers=handlers), service.handlers["handler-1"].keyring)


def test_records_that_do_not_follow(service: Service, subtests: pytest.Subtests) -> None:
    first, second = service.handlers["handler-1"], service.handlers["handler-2"]
    found = sealed.read_roster(service)
    handlers, keys = found.newest.handlers, Keyring.new()
    stranger = Entry(uuid4(), MARK, ("guardian",), keys.seal_key, keys.sign_key)
    mine = first.keyring
    bad: dict[str, tuple[dict[str, str], str]] = {
        "a version left out": (signed(follow(service, version=6), mine), "broken_chain"),
        "an old version": (signed(follow(service, version=4), mine), "broken_chain"),
        "another record before": (
            signed(follow(service, previous=sha256(b"another")), mine), "broken_chain",
        ),
        "another organisation": (
            signed(follow(service, organisation="elsewhere"), mine), "broken_chain",
        ),
        "a handler left out": (
            signed(follow(service, handlers=handlers[:-1]), mine), "broken_chain",
        ),
        "a stranger": (
            signed(follow(service, handlers=(*handlers, stranger)), mine), "not_found",
        ),
        "a handler's keys changed": (
            signed(
                follow(
                    service,
                    handlers=(
                        *handlers,
                        replace(handlers[0], seal_key=keys.seal_key, sign_key=keys.sign_key),
                    ),
                ),
                mine,
            ),
            "broken_chain",
        ),
        "a handler's desks changed": (
            signed(
                follow(
                    service,
                    handlers=(replace(handlers[0], desks=("senior-manager",)), *handlers[1:]),
                ),
                mine,
            ),
            "broken_chain",
        ),
        "a receipt key added": (
            signed(
                follow(service, receipt_keys=(*found.newest.receipt_keys, keys.sign_key)), mine
            ),
            "broken_chain",
        ),
        "no receipt key": (signed(follow(service, receipt_keys=()), mine), "broken_chain"),
        "signed by a stranger": (signed(follow(service), keys), "broken_chain"),
        "signed by another than who sends it": (
            signed(follow(service, signer=second.id), second.keyring), "bad_signature",
        ),
        "a bit of the signature changed": (
            signed(follow(service), mine) | {"signature": b64(bytes(64))}, "broken_chain",
        ),
        "no record at all": ({"record": b64(MARK.encode()), "signature": b64(bytes(64))},
                             "damaged"),
        "all-zero seal key": (
            signed(
                follow(service, handlers=(*handlers, replace(stranger, seal_key=bytes(32)))),
                mine,
            ),
            "bad_key",
        ),
    }  # fmt: skip
    bearer = service.handler()
    for what, (body, code) in bad.items():
        with subtests.test(what):
            status = 404 if code == "not_found" else 422
            refused(service, "POST", PATH, body, bearer, status=status, code=code)


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    bearer, record = service.handler(), ended(service, "handler-2")
    for what, body in {
        "nothing": {},
        "both": record | {"approve": str(uuid4())},
        "no signature": {"record": record["record"]},
        "no record": {"signature": record["signature"]},
        "a name": {"approve": MARK},
        "a number": {"approve": 1},
        "an unknown field": {"approve": str(uuid4()), MARK: 1},
        "a short signature": record | {"signature": b64(bytes(63))},
        "not base64url": record | {"record": MARK + "="},
        "a list": [MARK],
    }.items():
        with subtests.test(what):
            refused(service, "POST", PATH, body, bearer, status=422, code="invalid")


def test_an_organisation_that_is_not_there(service: Service) -> None:
    path = "/organisations/nowhere/roster"
    refused(service, "GET", path, status=404, code="not_found")
