"""A valid request for each call: so that what is refused is refused for who asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from shared.sealing.encoding import b64
from tests.attack.world import Things, World, api_key, consent, in_days, webhook

OCTETS = "application/octet-stream"
CHUNK = 65_552

Body = Callable[[World, Things], Any]


def _id(**content: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "content": content}


def _text(_world: World, _of: Things) -> dict[str, Any]:
    return _id(text="Invented.")


def _report(world: World, of: Things) -> dict[str, Any]:
    body, _ = world.service.report(desk=of["desk"])
    return body


def _recorded(_world: World, of: Things) -> dict[str, Any]:
    return {
        "case_id": str(uuid4()), "organisation": of["slug"], "desk": of["desk"],
        "confidentiality": "confidential", "content": {"raised": "phone", "story": "Invented."},
    }  # fmt: skip


def _invite(_world: World, of: Things) -> dict[str, Any]:
    return {"organisation": of["slug"], "role": "handler", "display_name": "handler-9",
            "desks": [of["desk"]]}  # fmt: skip


CASE, MINE, HOOK = "/cases/<string:reference>", "/case", "/webhooks/<uuid:webhook>"
PIECE = "attachments/<uuid:attachment>/chunks/<int:number>"
RETURN = "/returns/<int:year>/<int:quarter>"

BODIES: dict[tuple[str, str], Body] = {
    ("POST", "/organisations/<string:slug>/cases"): _report,
    ("POST", "/sessions"): lambda w, of: {"token": of["token"]},
    ("POST", "/sign-in"): lambda w, of: _signing_in(w),
    ("POST", "/join"): lambda w, of: {"invitation": "wi_" + "A" * 43, "username": "handler-9"},
    ("POST", "/recovery"): lambda w, of: {
        "username": "handler-4", "recovery": w.service.handlers["handler-4"].recovery},
    ("PATCH", "/account"): lambda w, of: {"organisation": of["slug"], "away_until": in_days(9)},
    ("PUT", "/account/notices"): lambda w, of: {"address": "somebody@trust.example"},
    ("POST", "/account/notices"): lambda w, of: {"code": "123456"},
    ("POST", "/password"): lambda w, of: {"password": "not six of my words", "code": "000000"},
    ("POST", "/api-keys"): lambda w, of: api_key(of["slug"]),
    ("POST", "/webhooks"): lambda w, of: webhook(of["slug"]) | {"name": "Another"},
    ("PATCH", HOOK): lambda w, of: {"name": "Changed"},
    ("POST", f"{HOOK}/secret"): lambda w, of: {"overlap_days": 1},
    ("POST", "/invitations"): _invite,
    ("PATCH", "/accounts/<string:account>"): lambda w, of: {
        "organisation": of["slug"], "display_name": "Changed"},
    ("PATCH", "/organisations/<string:slug>"): lambda w, of: {"name": "Changed"},
    ("POST", "/organisations/<string:slug>/roster"): lambda w, of: {"approve": of["reader"]},
    ("POST", RETURN): lambda w, of: {
        "organisation": of["slug"], "number": 1, "digest": "A" * 43, "why": ""},
    ("POST", "/board-report"): lambda w, of: {
        "organisation": of["slug"], "from": "2025-Q3", "to": "2025-Q4"},
    ("POST", "/cases"): _recorded,
    ("PATCH", CASE): lambda w, of: {"urgent": True},
    ("POST", f"{CASE}/attachments"): lambda w, of: _attachment(),
    ("PUT", f"{CASE}/{PIECE}"): lambda w, of: bytes(CHUNK),
    ("PUT", f"{MINE}/{PIECE}"): lambda w, of: bytes(CHUNK),
    ("POST", f"{CASE}/messages"): _text,
    ("POST", f"{CASE}/notes"): _text,
    ("POST", f"{CASE}/checks"): lambda w, of: _id(text="Invented.") | {"months": 3},
    ("PUT", f"{CASE}/classification"): lambda w, of: _id(national="2026", local=0),
    ("PUT", f"{CASE}/draft"): lambda w, of: {"content": {"text": "Invented."}},
    ("POST", f"{CASE}/consents"): lambda w, of: consent(
        w.service, "handler-4" if of["slug"] == "eeast" else "handler-6"),
    ("POST", f"{CASE}/disclosures"): lambda w, of: _id(told="999", reason="Invented."),
    ("POST", f"{CASE}/epochs"): lambda w, of: _epoch(),
    ("POST", f"{CASE}/readers"): lambda w, of: {"handler": of["handler"]},
    ("POST", f"{CASE}/links"): lambda w, of: {"reference": of["other"]},
    ("POST", f"{CASE}/export"): lambda w, of: {"kind": "full"},
    ("POST", "/handovers"): lambda w, of: {
        "organisation": of["slug"], "from": of["reader"], "to": of["handler"]},
    ("POST", "/search"): lambda w, of: {"text": "lantern"},
    ("POST", f"{MINE}/attachments"): lambda w, of: _attachment(),
    ("POST", f"{MINE}/messages"): _text,
    ("POST", f"{MINE}/read"): lambda w, of: {"number": 1},
    ("POST", f"{MINE}/consents"): lambda w, of: _id(request=of["request"], granted=False),
    ("POST", f"{MINE}/epochs"): lambda w, of: {"remove": [of["reader"]]},
    ("POST", f"{MINE}/feedback"): lambda w, of: _id(comment="Invented.") | {"answer": "yes"},
}  # fmt: skip

QUERIES = {
    ("DELETE", "/accounts/<string:account>"), ("GET", "/accounts"), ("GET", "/api-keys"),
    ("GET", "/webhooks"), ("GET", "/invitations"), ("GET", "/returns"), ("GET", RETURN),
    ("GET", f"{RETURN}.csv"), ("GET", f"{RETURN}.xlsx"), ("GET", "/audit"), ("GET", "/audit.csv"),
    ("GET", "/statistics"), ("GET", "/statistics.csv"),
}  # fmt: skip
"""Calls that name their organisation in the query."""


def _signing_in(world: World) -> dict[str, Any]:
    one = world.service.handlers["handler-4"]
    return {"username": one.username, "password": one.password,
            "code": world.service.code("handler-4")}  # fmt: skip


def _attachment() -> dict[str, Any]:
    return {"id": str(uuid4()), "chunks": 1, "sealed": {"envelope": b64(b"\1\1" + bytes(4152))}}


def _epoch() -> dict[str, Any]:
    return {
        "purpose": 0, "epoch": {"case_key": b64(bytes(32)), "record": b64(b"record"),
        "signature": b64(bytes(64)),
        "readers": [{"reader": "reporter", "sealed_key": b64(bytes(90))}]},
    }  # fmt: skip


def filled(rule: str, of: Things) -> str:
    """The address of a rule with these things in it."""
    return re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda found: of[found[1]], rule)


def call(world: World, method: str, rule: str, of: Things, bearer: str | None) -> Any:
    """The answer to a valid request about these things."""
    body = BODIES.get((method, rule), lambda w, of: None)(world, of)
    query = f"?organisation={of['slug']}" if (method, rule) in QUERIES else ""
    more: dict[str, Any] = {}
    if isinstance(body, bytes):
        more, body = {"data": body, "content_type": OCTETS}, None
    answer = world.service.call(method, filled(rule, of) + query, body, bearer, **more)
    answer.get_data()
    answer.close()
    return answer
