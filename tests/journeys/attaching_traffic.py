"""Marked attachments, sealed by both sides: their bytes, their names, what is said of them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from shared import attaching
from shared.schemas import base, cases
from shared.sealing import case as sealing
from shared.sealing import roster, stretch
from shared.sealing.encoding import REPORTER, unb64

if TYPE_CHECKING:
    from tests.journeys.traffic import Traffic

OF_CASE, PLACE = "/cases/<string:reference>", "attachments/<uuid:attachment>"


def send(traffic: Traffic, salt: bytes) -> None:
    """The reporter and a handler each attach something and send it; the other fetches it."""
    given = traffic.good("GET", "/organisations/<string:slug>/roster")["records"]
    checked = roster.check(
        [roster.SignedRecord(*(unb64(v) for v in one.values())) for one in given], "eeast"
    )
    keyring = stretch.root(traffic.token, salt).keyring
    own = base.read(cases.ReporterCase(), traffic.good("GET", "/case", who="reporter"))
    party = sealing.reporter_party(keyring.seal_key, keyring.sign_key)
    epochs = [sealing.SealedEpoch(**one) for one in own["epochs"]]
    unlocked = sealing.unlock(own["case_id"], REPORTER, keyring, epochs, party, checked)
    _attach(traffic, unlocked, "/case", "reporter", OF_CASE, "account")
    found = base.read(cases.HandlerCase(), traffic.good("GET", OF_CASE, who="account"))
    who = traffic.handlers["handler-1"]
    epochs = [sealing.SealedEpoch(**one) for one in found["epochs"]]
    unlocked = sealing.unlock(own["case_id"], who.id, who.keyring, epochs, party, checked)
    _attach(traffic, unlocked, OF_CASE, "account", "/case", "reporter")
    _attach_readable(traffic, "/case", "reporter")
    _attach_readable(traffic, OF_CASE, "account")
    traffic.good("GET", f"{OF_CASE}/export", who="account")
    for wanted in (
        {"kind": "full", "notes": True, "originals": True},
        {"kind": "sharing", "summary": traffic.mark("summary-for-sharing")},
    ):
        traffic.good("POST", f"{OF_CASE}/export", wanted, "account")


def _attach(
    traffic: Traffic, case: sealing.Case, path: str, who: str, other: str, reader: str
) -> None:
    data = (traffic.mark(f"attached-by-{who}") * 4000).encode()
    made = attaching.stage(
        io.BytesIO(data),
        len(data),
        traffic.mark(f"file-name-of-{who}"),
        traffic.mark("media-type"),
        case,
        into=io.BytesIO(),
    )
    key = case.open_attachment("message", made.attached, made.envelope).key
    traffic.marks.add(f"attachment-key-of-{who}", key)
    traffic.good("POST", f"{path}/attachments", made.body, who)
    traffic.values |= {"attachment": str(made.id)}
    for number in range(made.chunks):
        traffic.values["number"] = str(number)
        rule = f"/api/v1{path}/{PLACE}/chunks/<int:number>"
        status, _ = traffic.call(
            "PUT", rule, made.chunk(number), traffic.bearers[who],
            Content_Type="application/octet-stream",
        )  # fmt: skip
        assert status == 204
    said = {"attachment": str(made.id), "transcript": traffic.mark(f"transcript-of-{who}")}
    content: dict[str, Any] = {
        "text": traffic.mark(f"text-beside-{who}"),
        "attachments": [str(made.id)],
        "evidence": [said],
    }
    traffic.good("POST", f"{path}/messages", {"id": str(uuid4()), "content": content}, who)
    traffic.values["number"] = "0"
    traffic.good("GET", f"{other}/{PLACE}/state", who=reader)
    traffic.good("GET", f"{other}/{PLACE}/chunks/<int:number>", who=reader)
    traffic.good("GET", f"{other}/{PLACE}", who=reader)


def _attach_readable(traffic: Traffic, path: str, who: str) -> None:
    """The service seals: a form with a file in clear, and one that can't be taken."""
    name, words = traffic.mark(f"readable-name-of-{who}"), traffic.mark(f"readable-file-of-{who}")
    for start, status in ((b"PK\3\4", 422), (b"", 201)):
        made = str(uuid4())
        file = FileStorage(io.BytesIO(start + (words * 4000).encode()), f"{name}.txt")
        boundary, body = encode_multipart(MultiDict({"id": made, "file": file}))
        kind = f"multipart/form-data; boundary={boundary}"
        rule, bearer = f"/api/v1{path}/attachments", traffic.bearers[who]
        found = traffic.call("POST", rule, body, bearer, Content_Type=kind)
        assert found[0] == status, found
    content = {"text": traffic.mark(f"beside-readable-{who}"), "attachments": [made]}
    traffic.good("POST", f"{path}/messages", {"id": str(uuid4()), "content": content}, who)
