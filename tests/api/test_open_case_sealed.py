"""Opening a case that the client sealed."""

from __future__ import annotations

import os
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.schemas.base import read
from shared.schemas.messages import Receipt as ReceiptSchema
from shared.sealing import epochs, receipt, tokens
from shared.sealing.encoding import b64, unb64
from shared.sealing.keyring import Keyring
from tests.api import sealed
from tests.api.checks import (
    MARK,
    at_once,
    counts,
    nothing_stored,
    outsiders_refused,
    refused,
    refused_open,
)
from tests.api.sealed import with_part
from tests.api.test_roster import ended
from tests.service import OUTSIDERS, Service

CASES = "/organisations/eeast/cases"
EMOJI = "\N{GRINNING FACE}" * 20_000
ZEROS = b64(bytes(32))


def test_it_works(service: Service) -> None:
    token = tokens.new_token()
    report = sealed.prepare(service, token)
    answer = service.post(CASES, report.body)
    assert answer.status_code == 201, answer.text
    reference = answer.get_json()["reference"]
    for seen in (
        service.get(f"/cases/{reference}", service.handler()).get_json()["report"],
        service.get("/case/messages", service.reporter(token)).get_json()["items"][0],
    ):
        assert seen["content"]["story"] == "An invented story, sealed."
        assert unb64(seen["sealed"]["envelope"]) == report.envelope


def test_only_their_own_keys_open_it(service: Service) -> None:
    reference, token = sealed.open_case(service)
    bearer = sealed.handler(service)
    seen = service.get(f"/cases/{reference}", bearer).get_json()["report"]
    assert "content" not in seen
    case = sealed.by_handler(service, reference, bearer)
    found = case.read("message", UUID(seen["id"]), unb64(seen["sealed"]["envelope"]))
    assert found.body["story"] == "An invented story, sealed."
    bearer = sealed.reporter(service, token)
    assert "content" not in service.get("/case/messages", bearer).get_json()["items"][0]
    assert sealed.by_reporter(service, token, bearer).author() == "reporter"


def test_the_receipt_holds(service: Service) -> None:
    report = sealed.prepare(service)
    given = read(ReceiptSchema(), service.post(CASES, report.body).get_json()["receipt"])
    keys = sealed.read_roster(service).newest.receipt_keys
    assert report.case_id is not None
    receipt.check(
        receipt.Receipt(**given), keys, report.case_id, report.id, report.envelope, "eeast"
    )


def test_outsiders_do_not_see_it(service: Service) -> None:
    reference, _ = sealed.open_case(service)
    outsiders_refused(service, "GET", "/cases/{}", reference)
    for name in OUTSIDERS:
        assert service.get("/cases", service.handler(name)).get_json()["items"] == []


def test_the_same_again_is_the_first_answer(service: Service) -> None:
    left_out = [service.handlers["handler-2"].id]
    body = sealed.prepare(service, excluded=left_out, urgent=True).body
    first = service.post(CASES, body)
    with nothing_stored(service):
        again = service.post(CASES, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.data == first.data


def test_a_repeat_is_known_before_new_readers_are_looked_at(service: Service) -> None:
    body = sealed.prepare(service).body
    first = service.post(CASES, body)
    retire(service, "handler-2")
    again = service.post(CASES, body)
    assert (again.status_code, again.data) == (200, first.data)


def test_something_else_under_the_same_id_is_a_conflict(
    service: Service, subtests: pytest.Subtests
) -> None:
    body = dict(sealed.prepare(service).body)
    assert service.post(CASES, body).status_code == 201
    other = sealed.prepare(service).body
    others: dict[str, Any] = {
        "sealed": other["sealed"],
        "sealed.message.envelope": other["sealed"]["message"]["envelope"],
        "sealed.message.id": str(uuid4()),
        "sealed.verifier": b64(os.urandom(32)),
        "desk": "senior-manager",
        "urgent": True,
        "excluded": [str(service.handlers["handler-2"].id)],
    }
    for path, value in others.items():
        with subtests.test(path):
            refused_open(service, with_part(body, path, value), 409, "conflict")


def test_a_verifier_is_used_once(service: Service) -> None:
    _, token = sealed.open_case(service)
    told = refused_open(service, sealed.prepare(service, token).body, 409, "conflict")
    assert "words" in told["detail"]


def test_two_at_the_same_time_are_one(service: Service) -> None:
    body = sealed.prepare(service).body
    before = counts(service)
    one, two = at_once(service, [("POST", CASES, body, None)] * 2)
    assert sorted((one.status_code, two.status_code)) == [200, 201]
    assert one.data == two.data
    added = {name: rows - before[name] for name, rows in counts(service).items()}
    assert (added["cases"], added["messages"], added["case_keys"]) == (1, 1, 3)


def test_twenty_thousand_emoji(service: Service) -> None:
    reference, _ = sealed.open_case(service, story=EMOJI)
    seen = service.get(f"/cases/{reference}", service.handler()).get_json()["report"]
    assert seen["content"]["story"] == EMOJI


def flipped(text: str, at: int) -> str:
    """The same bytes with one bit changed."""
    data = bytearray(unb64(text))
    data[at] ^= 1
    return b64(bytes(data))


def test_what_does_not_hold_is_refused(service: Service, subtests: pytest.Subtests) -> None:
    body = dict(sealed.prepare(service).body)
    other = sealed.prepare(service).body["sealed"]
    mine = body["sealed"]
    envelope, record = mine["message"]["envelope"], mine["epoch"]["record"]
    signed = epochs.parse(unb64(record)).to_bytes()
    bad: dict[str, tuple[str, Any, int, str]] = {
        "envelope cut short": (
            "message.envelope", b64(unb64(envelope)[:-1]), 422, "invalid",
        ),
        "envelope of 57 bytes": (
            "message.envelope", b64(unb64(envelope)[:57]), 422, "invalid",
        ),
        "envelope too long": (
            "message.envelope", b64(unb64(envelope) + bytes(200_000)), 422, "invalid",
        ),
        "envelope for another case": (
            "message.envelope", other["message"]["envelope"], 422, "wrong_key",
        ),
        "envelope of another version": (
            "message.envelope", flipped(envelope, 0), 422, "unknown_version",
        ),
        "envelope of another suite": (
            "message.envelope", flipped(envelope, 1), 422, "unknown_version",
        ),
        "envelope not base64url": ("message.envelope", MARK + "=", 422, "invalid"),
        "all-zero seal key": ("seal_key", ZEROS, 422, "bad_key"),
        "all-zero sign key": ("sign_key", ZEROS, 422, "broken_chain"),
        "another seal key": ("seal_key", other["seal_key"], 422, "broken_chain"),
        "another sign key": ("sign_key", other["sign_key"], 422, "broken_chain"),
        "seal key of 31 bytes": ("seal_key", b64(bytes(31)), 422, "invalid"),
        "verifier of 33 bytes": ("verifier", b64(bytes(33)), 422, "invalid"),
        "verifier a number": ("verifier", 12345678, 422, "invalid"),
        "all-zero case key": ("epoch.case_key", ZEROS, 422, "broken_chain"),
        "another case key": (
            "epoch.case_key", other["epoch"]["case_key"], 422, "broken_chain",
        ),
        "record of another case": ("epoch", other["epoch"], 422, "broken_chain"),
        "record with a bit changed": (
            "epoch.record", b64(flip(signed, 20)), 422, "broken_chain",
        ),
        "record cut short": ("epoch.record", b64(signed[:-1]), 422, "damaged"),
        "record of nothing": ("epoch.record", "", 422, "damaged"),
        "record too long": ("epoch.record", b64(bytes(16_385)), 422, "invalid"),
        "signature with a bit changed": (
            "epoch.signature", flipped(mine["epoch"]["signature"], 5), 422, "broken_chain",
        ),
        "signature of 63 bytes": ("epoch.signature", b64(bytes(63)), 422, "invalid"),
        "an earlier key where there is none": (
            "epoch.previous_key", mine["epoch"]["readers"][0]["sealed_key"], 422, "invalid",
        ),
        "a reader left out": (
            "epoch.readers", mine["epoch"]["readers"][:-1], 409, "readers_changed",
        ),
        "a reader twice": (
            "epoch.readers",
            [*mine["epoch"]["readers"], mine["epoch"]["readers"][0]],
            409,
            "readers_changed",
        ),
        "a reader from elsewhere": (
            "epoch.readers",
            [
                *mine["epoch"]["readers"],
                mine["epoch"]["readers"][0]
                | {"reader": str(service.handlers["handler-5"].id)},
            ],
            409,
            "readers_changed",
        ),
        "keys sealed to another": (
            "epoch.readers",
            [
                one | {"sealed_key": other["epoch"]["readers"][0]["sealed_key"]}
                for one in mine["epoch"]["readers"]
            ],
            422,
            "wrong_key",
        ),
        "nobody reads": ("epoch.readers", [], 422, "invalid"),
        "readers a number": ("epoch.readers", 7, 422, "invalid"),
        "reader by name": (
            "epoch.readers",
            [{"reader": "handler-1", "sealed_key": b64(bytes(90))}],
            422,
            "invalid",
        ),
        "unknown field": (MARK, MARK, 422, "invalid"),
        "epoch a list": ("epoch", [MARK], 422, "invalid"),
        "message null": ("message", None, 422, "invalid"),
    }  # fmt: skip
    for what, (path, value, status, code) in bad.items():
        with subtests.test(what):
            refused_open(service, with_part(body, f"sealed.{path}", value), status, code)
    assert service.post(CASES, body).status_code == 201


def flip(data: bytes, at: int) -> bytes:
    """The bytes with one bit changed."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_all_zero_keys_in_a_record_that_is_signed(service: Service) -> None:
    body = dict(sealed.prepare(service).body)
    mine, keys = body["sealed"], Keyring.new()
    before = epochs.parse(unb64(mine["epoch"]["record"]))
    readers = (
        epochs.Party(before.readers[0].id, keys.seal_key, keys.sign_key),
        *before.readers[1:],
    )
    record = epochs.Record(
        before.case_id, 0, 0, bytes(32), before.previous, before.signer, readers
    ).to_bytes()
    for path, value in {
        "seal_key": keys.seal_key,
        "sign_key": keys.sign_key,
        "epoch.case_key": bytes(32),
        "epoch.record": record,
        "epoch.signature": keys.sign(record),
    }.items():
        body = with_part(body, f"sealed.{path}", b64(value))
    refused_open(service, body, 422, "bad_key")


def test_readers_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    second = str(service.handlers["handler-2"].id)
    body = dict(sealed.prepare(service).body)
    with subtests.test("one too many: excluded only outside"):
        changed = with_part(body, "excluded", [second])
        refused_open(service, changed, 409, "readers_changed")
    with subtests.test("one too few: excluded only inside"):
        left_out = dict(sealed.prepare(service, excluded=[UUID(second)]).body)
        changed = with_part(left_out, "excluded", [])
        refused_open(service, changed, 409, "readers_changed")
    with subtests.test("of another desk"):
        refused_open(service, body | {"desk": "senior-manager"}, 409, "readers_changed")
    with subtests.test("of another organisation"):
        path = "/organisations/elsewhere/cases"
        refused(service, "POST", path, body, status=409, code="readers_changed")


def retire(service: Service, username: str) -> None:
    """Ends a handler's entry in the roster, signed by the first handler."""
    body = ended(service, username)
    answer = service.post("/organisations/eeast/roster", body, service.handler())
    assert answer.status_code == 200, answer.text


def test_a_roster_that_went_on(service: Service) -> None:
    body = sealed.prepare(service).body
    retire(service, "handler-2")
    told = refused_open(service, body, 409, "readers_changed")
    assert "Fetch the roster" in told["detail"]
    again = sealed.prepare(service)
    assert len(again.body["sealed"]["epoch"]["readers"]) == 2
    assert service.post(CASES, again.body).status_code == 201


def test_everybody_excluded(service: Service) -> None:
    both = [service.handlers[name].id for name in ("handler-1", "handler-2")]
    told = refused_open(service, sealed.prepare(service, excluded=both).body, 409, "no_reader")
    assert "another desk" in told["detail"]
