"""The proof file: it holds by itself, and what was changed in it shows."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from shared.errors import BadSignature, BrokenChain, Damaged, WrenError, WrongKey
from shared.sealing import proof, tokens
from shared.sealing.encoding import b64, unb64
from tests.api import sealed
from tests.api.checks import nothing_stored, refused, text
from tests.service import Service


def prepared(service: Service) -> tuple[dict[str, Any], str]:
    """A proof of a report, a reply and an answer; and the words."""
    reference, token = service.open_case()
    bearer = service.reporter(token)
    service.post(f"/cases/{reference}/messages", text("A reply"), service.handler())
    service.post("/case/messages", text("An answer"), bearer)
    with nothing_stored(service):
        answer = service.get("/case/proof", bearer)
    assert answer.status_code == 200
    return answer.get_json(), token


def test_it_works(service: Service) -> None:
    found, token = prepared(service)
    fingerprint = sealed.read_roster(service).fingerprint
    checked = proof.verify(found, fingerprint, token)
    assert checked.holds
    assert checked.organisation == "eeast"
    said = [one.message.body for one in checked.items if one.message]
    assert [one.get("story") or one["text"] for one in said] == [
        "An invented story about a group chat.",
        "A reply",
        "An answer",
    ]
    first = service.handlers["handler-1"].id
    assert [one.author for one in checked.items] == ["reporter", f"handler:{first}", "reporter"]


def test_without_the_words_it_shows_no_text(service: Service) -> None:
    found, _ = prepared(service)
    checked = proof.verify(found, sealed.read_roster(service).fingerprint)
    assert checked.holds
    assert [one.message for one in checked.items] == [None] * 3
    assert "invented" not in json.dumps(found)


def test_a_sealed_case_has_one_too(service: Service) -> None:
    _, token = sealed.open_case(service)
    found = service.get("/case/proof", sealed.reporter(service, token)).get_json()
    assert proof.verify(found, sealed.read_roster(service).fingerprint, token).holds


def _flip(text_: str) -> str:
    data = bytearray(unb64(text_))
    data[-1] ^= 1
    return b64(bytes(data))


def _envelope(one: dict[str, Any]) -> None:
    one["messages"][1]["envelope"] = _flip(one["messages"][1]["envelope"])


def _day(one: dict[str, Any]) -> None:
    one["messages"][0]["receipt"]["day"] = "2026-01-01"


def _signature(one: dict[str, Any]) -> None:
    receipt = one["messages"][2]["receipt"]
    receipt["signature"] = _flip(receipt["signature"])


def _swapped(one: dict[str, Any]) -> None:
    first, second = one["messages"][0], one["messages"][2]
    first["envelope"], second["envelope"] = second["envelope"], first["envelope"]


def _left_out(one: dict[str, Any]) -> None:
    del one["messages"][1]


def _record(one: dict[str, Any]) -> None:
    one["epochs"][0]["signature"] = _flip(one["epochs"][0]["signature"])


def _roster(one: dict[str, Any]) -> None:
    one["roster"][1]["signature"] = _flip(one["roster"][1]["signature"])


def _case(one: dict[str, Any]) -> None:
    one["case_id"] = "6f1c2f0e-5a39-4c4b-9a55-0d9a3a1f2b7c"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (_envelope, None),
        (_day, None),
        (_signature, None),
        (_swapped, None),
        (_left_out, None),
        (_record, BrokenChain),
        (_roster, BrokenChain),
        (_case, BrokenChain),
    ],
)
def test_what_was_changed_shows(
    service: Service, change: Callable[[dict[str, Any]], None], error: type[WrenError] | None
) -> None:
    found, token = prepared(service)
    changed = copy.deepcopy(found)
    change(changed)
    if error is None:
        checked = proof.verify(changed, None, token)
        assert not checked.holds
        assert any(isinstance(one.problem, WrenError) for one in checked.items)
    else:
        with pytest.raises(error):
            proof.verify(changed, None, token)
    assert proof.verify(found, None, token).holds


def test_what_it_is_held_against(service: Service) -> None:
    found, _ = prepared(service)
    with pytest.raises(BrokenChain):
        proof.verify(found, bytes(16))
    with pytest.raises(WrongKey):
        proof.verify(found, None, tokens.new_token())
    with pytest.raises((BrokenChain, BadSignature)):
        proof.verify(found | {"organisation": "elsewhere"})
    with pytest.raises(Damaged):
        proof.verify({"format": "wren-proof/1"})


def test_a_handlers_bearer_is_not_taken(service: Service) -> None:
    bearer = service.handler()
    refused(service, "GET", "/case/proof", bearer=bearer, status=401, code="sign_in")
