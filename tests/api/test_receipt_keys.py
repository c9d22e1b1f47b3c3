"""The receipt key gets a successor, and what the old one signed stays good."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from api.models.audit import AuditEntry
from api.models.organisation import Organisation
from api.rules import organisations, receipt_keys
from shared.errors import NotFound
from shared.sealing import proof, roster
from shared.sealing.encoding import b64, unb64
from shared.sealing.envelope import key_id
from tests.api import sealed
from tests.api.checks import nothing_stored, refused, text
from tests.service import Service

ROSTER, WAITING = "/organisations/eeast/roster", "/organisations/eeast/newcomers"


def rotate(service: Service) -> str:
    """Makes the next key, as the command does; its fingerprint."""
    made = service.database.write(lambda db: receipt_keys.make_next(db, "eeast"))
    return receipt_keys.shown(made)


def signed_by(service: Service, bearer: str) -> bytes:
    """The key id of the receipt for a new message."""
    answer = service.post("/case/messages", text("An invented message"), bearer)
    assert answer.status_code == 201, answer.text
    return unb64(answer.get_json()["receipt"]["key_id"])


def keys_of(service: Service) -> tuple[bytes, ...]:
    return sealed.read_roster(service).newest.receipt_keys


def test_it_works(service: Service) -> None:
    _, token = service.open_case()
    bearer = service.reporter(token)
    [first] = keys_of(service)
    old = service.get("/case/proof", bearer).get_json()
    named = rotate(service)
    assert signed_by(service, bearer) == key_id(first)  # nobody has signed for it yet
    shown = service.get(WAITING, service.handler()).get_json()["receipt_key"]
    assert shown["fingerprint"] == named
    answer = service.post(ROSTER, {"receipt_key": named}, service.handler())
    assert answer.status_code == 200, answer.text
    assert keys_of(service) == (first, unb64(shown["key"]))
    assert service.get(WAITING, service.handler()).get_json()["receipt_key"] is None
    assert signed_by(service, bearer) == key_id(unb64(shown["key"]))
    # The proof from before, one with both keys' receipts, and a case that only knows the new.
    pinned = sealed.read_roster(service).fingerprint
    assert proof.verify(old, pinned, token).holds
    both = proof.verify(service.get("/case/proof", bearer).get_json(), pinned, token)
    assert both.holds
    assert len(both.items) == 3


def test_the_old_private_half_is_gone(service: Service) -> None:
    with service.database.read() as db:
        before = organisations.find(db, "eeast")
        old = (before.receipt_key, before.receipt_private)
    named = rotate(service)
    service.post(ROSTER, {"receipt_key": named}, service.handler())
    with service.database.read() as db:
        after = organisations.find(db, "eeast")
        assert organisations.receipt_key(db, after).public_key().public_bytes_raw() != old[0]
        assert old[1] not in {after.receipt_private, after.receipt_next_private}
        assert (after.receipt_next, after.receipt_next_private) == (None, None)
        other = db.scalars(select(Organisation).where(Organisation.slug == "elsewhere")).one()
        assert other.receipt_next is None


def test_a_key_that_waited_is_dropped_for_a_newer(service: Service) -> None:
    first, second = rotate(service), rotate(service)
    assert first != second
    refused(
        service, "POST", ROSTER, {"receipt_key": first}, service.handler(),
        status=409, code="conflict",
    )  # fmt: skip
    assert service.post(ROSTER, {"receipt_key": second}, service.handler()).status_code == 200
    assert len(keys_of(service)) == 2


def test_nothing_waits(service: Service) -> None:
    body = {"receipt_key": "0000 0000 0000 0000 0000 0000 0000 0000"}
    refused(service, "POST", ROSTER, body, service.handler(), status=409, code="conflict")


def test_approving_somebody_does_not_take_it_up(service: Service) -> None:
    rotate(service)
    before = keys_of(service)
    body = {"retire": str(service.handlers["handler-4"].id)}
    assert service.post(ROSTER, body, service.handler()).status_code == 200
    assert keys_of(service) == before
    assert service.get(WAITING, service.handler()).get_json()["receipt_key"] is not None


def test_a_client_that_seals_signs_it_itself(service: Service) -> None:
    named = rotate(service)
    bearer = sealed.handler(service)
    refused(
        service, "POST", ROSTER, {"receipt_key": named}, bearer, status=403, code="not_allowed"
    )
    waits = unb64(service.get(WAITING, bearer).get_json()["receipt_key"]["key"])
    who, found = service.handlers["handler-1"], sealed.read_roster(service)

    def body(*keys: bytes) -> dict[str, Any]:
        record = roster.following(
            found, found.newest.handlers, who.id, found.newest.day,
            (*found.newest.receipt_keys, *keys),
        )  # fmt: skip
        signed = roster.sign(record, who.keyring)
        return {"record": b64(signed.record), "signature": b64(signed.signature)}

    refused(
        service, "POST", ROSTER, body(waits, who.keyring.sign_key), bearer,
        status=422, code="broken_chain",
    )  # fmt: skip
    assert service.post(ROSTER, body(waits), bearer).status_code == 200
    with service.database.read() as db:
        assert organisations.find(db, "eeast").receipt_key == waits


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("handler-5", 404, "not_found"),
        ("administrator-1", 403, "not_allowed"),
        ("analyst-1", 403, "not_allowed"),
    ],
)
def test_who_may_not(service: Service, name: str, status: int, code: str) -> None:
    named = rotate(service)
    bearer = service.handler(name)
    refused(service, "POST", ROSTER, {"receipt_key": named}, bearer, status=status, code=code)
    refused(service, "GET", WAITING, None, bearer, status=status, code=code)


@pytest.mark.parametrize("more", [{"retire": "x"}, {"fingerprint": "x"}, {"desks": []}])
def test_it_goes_with_nothing_else(service: Service, more: dict[str, Any]) -> None:
    body = {"receipt_key": rotate(service)} | more
    refused(service, "POST", ROSTER, body, service.handler(), status=422, code="invalid")


def test_without_a_roster_there_is_nothing_to_rotate(service: Service) -> None:
    with pytest.raises(NotFound):
        service.database.write(lambda db: receipt_keys.make_next(db, "nowhere"))
    with nothing_stored(service), pytest.raises(NotFound), service.database.read() as db:
        receipt_keys.state(db, "nowhere")


def test_the_audit_tells_who_made_and_who_signed(service: Service) -> None:
    named = rotate(service)
    service.post(ROSTER, {"receipt_key": named}, service.handler("handler-2"))
    with service.database.read() as db:
        made, signed = db.scalars(
            select(AuditEntry).order_by(AuditEntry.number.desc()).limit(2)
        ).all()[::-1]
    assert (made.act, made.actor.int, made.detail) == ("receipt_key_made", 0, {"key": named})
    assert (signed.act, signed.actor) == ("roster_signed", service.handlers["handler-2"].id)
