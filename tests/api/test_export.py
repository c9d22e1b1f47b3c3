"""The case file: what is in it, that it holds by itself, who may make it, and who is told."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest
from cryptography.x509 import load_pem_x509_certificate
from PIL import Image

from api.rules import stamping
from shared.errors import BadSignature, Damaged
from shared.sealing import case_file as signature
from shared.sealing import proof
from shared.sealing.encoding import unb64
from tests import authority
from tests.api import sealed
from tests.api.checks import UNKNOWN, nothing_stored, refused
from tests.api.exporting import STORY, ask, attach, case_file, files, manifest, say
from tests.api.handling import acts, change, let_in, note
from tests.evidence import samples
from tests.service import OUTSIDERS, Service

SHARING = {"kind": "sharing", "summary": "An invented summary."}
POINTING = ("screenshot", "Pixel 9", "GPS", "handler-2's", STORY)


def opened(service: Service) -> tuple[str, str, str]:
    """A case with a report; its reference, words and a bearer of the reporter."""
    content = {"story": STORY, "when": "In an invented spring", "concerns": ["bullying"]}
    reference, token = service.open_case(content=content)
    return reference, token, service.reporter(token)


def told(service: Service) -> tuple[str, str, str, list[str]]:
    """A case with two pictures: one that may be shown, with a transcript, and one that may not."""
    reference, token, bearer = opened(service)
    shown = attach(service, bearer, samples.picture("JPEG"), "screenshot of mine.jpg")
    hidden = attach(service, bearer, samples.picture("PNG", Image.new("RGB", (30, 20), "red")))
    say(
        service,
        bearer,
        {
            "attachment": shown,
            "sharing": "investigation",
            "source": "messages",
            "transcript": "Person A: an invented line",
        },
        {"attachment": hidden, "transcript": "Person B: not to be shown"},
    )
    return reference, token, bearer, [shown, hidden]


def pdf(found: dict[str, bytes]) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(found["case.pdf"]))


def words(found: dict[str, bytes]) -> str:
    """The PDF's text, its lines put together."""
    return " ".join(" ".join(page.extract_text() for page in pdf(found).pages).split())


# --- what is in it ------------------------------------------------------------------------


def test_it_works(service: Service) -> None:
    reference, token, bearer, ids = told(service)
    answer = ask(service, reference)
    assert answer.status_code == 200
    assert answer.content_type == "application/zip"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{reference}.zip"'
    assert answer.headers["Cache-Control"] == "no-store"
    found = files(answer.data)
    assert list(found) == [
        "evidence/01-screenshot-of-mine.png", "evidence/02-screenshot.png", "case.pdf", "case.txt",
        "roster.json", "manifest.sha256", "manifest.json", "manifest.signature.json",
    ]  # fmt: skip
    listed = manifest(found)
    me, today = service.handlers["handler-1"].id, date.today().isoformat()
    assert listed | {"files": []} == {
        "format": "wren-case-file/1", "organisation": "eeast", "reference": reference,
        "kind": "full", "made_on": today, "made_by": {"id": str(me), "name": "handler-1"},
        "files": [],
    }  # fmt: skip
    for text in (found["case.txt"].decode(), words(found)):
        for one in (STORY, "In an invented spring", "See these.", "Person A: an invented line",
                    "Person B: not to be shown", "for the handler's eyes only",
                    "may be shown in an investigation", "which anyone can edit"):  # fmt: skip
            assert one in text
    # The hash of what was sent is the one that the reporter's proof shows.
    checked = proof.verify(service.get("/case/proof", bearer).get_json(), None, token)
    assert checked.holds
    assert {str(one.id) for one in checked.files} == set(ids)
    for one in checked.files:
        assert one.sha256.hex() in found["case.txt"].decode()


def test_the_signature_is_the_organisations(service: Service) -> None:
    reference, *_ = opened(service)
    found = case_file(service, reference)
    given = json.loads(found["manifest.signature.json"])
    made = signature.Signature(unb64(given["key_id"]), unb64(given["signature"]))
    keys = sealed.read_roster(service).newest.receipt_keys
    signature.check(made, keys, found["manifest.json"])
    with pytest.raises(BadSignature):
        signature.check(made, keys, found["manifest.json"] + b" ")
    published = service.get("/organisations/eeast/roster").get_json()
    assert json.loads(found["roster.json"]) == published


def test_sha256sum_reads_the_manifest(service: Service, tmp_path: Path) -> None:
    reference, *_ = told(service)
    for name, data in case_file(service, reference).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    run = ["sha256sum", "--strict", "-c", "manifest.sha256"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": OK") == 5
    (tmp_path / "case.txt").write_text("changed")
    assert subprocess.run(run, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_the_pdf_is_tagged(service: Service) -> None:
    reference, *_ = told(service)
    read = pdf(case_file(service, reference))
    root: Any = read.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert read.metadata is not None
    assert read.metadata.title == f"Case file {reference}"
    assert "pdfuaid" in root["/Metadata"].get_object().get_data().decode()
    roles, alternatives = set(), []

    def walk(one: Any) -> None:
        one = one.get_object() if hasattr(one, "get_object") else one
        if isinstance(one, list):
            for each in one:
                walk(each)
        elif isinstance(one, dict):
            roles.add(str(one.get("/S")))
            alternatives.extend([str(one["/Alt"])] if "/Alt" in one else [])
            walk(one.get("/K", []))

    walk(root["/StructTreeRoot"]["/K"])
    assert {"/Document", "/H1", "/P", "/Figure", "/L", "/LI"} <= roles
    assert alternatives == ["Picture of evidence file 1", "Picture of evidence file 2"]


HOSTILE = {
    "markup": "#set page() *bold* $x$ #read(\"/etc/passwd\") @ref <a> // gone /* gone */ `raw` \\",
    "right to left": "שלום \u202emrof\u202c مرحبا",
    "emoji": "😀 👩‍👩‍👧 🏳️‍🌈",
    "control characters": "a\x00b\x07c\x1bd\x7fe\u0085f",
    "other scripts": "中文 हिन्दी ไทย 한국어",
    "halves and holes": "\ufffe\uffff\U0010ffff\ue000",
    "one long word": "w" * 20_000,
    "twenty thousand characters": "An invented line.\n\n" * 1111,
    "combining": "Z" + "\u0301\u0327" * 400,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_comes_out_as_text(service: Service, name: str) -> None:
    if not service.database.is_sqlite:
        pytest.skip("the words are made the same way")
    text = HOSTILE[name][:20_000]
    reference, token = sealed.open_case(service)
    bearer = sealed.reporter(service, token)
    written = sealed.write(sealed.by_reporter(service, token, bearer), text, seq=2)
    assert service.post("/case/messages", written, bearer).status_code == 201
    found = case_file(service, reference)
    kept = found["case.txt"].decode()
    for line in text.strip().splitlines():  # each is set in: none looks like a heading
        assert line in kept
    shown = words(found)
    assert "Report" in shown
    expected = {
        "markup": '#set page() *bold* $x$ #read("/etc/passwd") @ref <a> // gone /* gone */ `raw`',
        "right to left": "[RIGHT-TO-LEFT OVERRIDE]",
        "emoji": "[GRINNING FACE]",
        "control characters": "[U+0007]",
        "other scripts": "[CJK UNIFIED",
        "halves and holes": "[U+FFFF]",
        "twenty thousand characters": "An invented line. An invented line.",
    }.get(name, "")
    assert expected in shown
    if name == "one long word":
        assert shown.count("w") >= 20_000


def test_private_notes_and_originals_come_if_they_are_asked_for(service: Service) -> None:
    reference, _, bearer = opened(service)
    sent = samples.picture("JPEG")
    piece = attach(service, bearer, sent, "../../etc/pass wd\u202egpj.jpg")
    say(service, bearer, {"attachment": piece})
    service.post(f"/cases/{reference}/notes", note("A private thought."), service.handler())
    usual = case_file(service, reference)
    assert "A private thought." not in usual["case.txt"].decode()
    assert not any(name.startswith("originals/") for name in usual)
    whole = case_file(service, reference, {"kind": "full", "notes": True, "originals": True})
    assert "A private thought." in words(whole)
    [original] = [name for name in whole if name.startswith("originals/")]
    assert hashlib.sha256(whole[original]).hexdigest() in whole["case.txt"].decode()
    for name in (*usual, *whole):
        assert ".." not in name
        assert name.isascii()
        assert name.isprintable()
        assert " " not in name


def test_what_can_not_be_opened_says_so(service: Service) -> None:
    reference, *_ = told(service)
    service.empty_vault()
    found = case_file(service, reference)
    assert not any(name.startswith("evidence/") for name in found)
    assert found["case.txt"].decode().count("Not in this case file") == 2
    assert STORY in found["case.txt"].decode()


# --- for sharing ----------------------------------------------------------------------------


def test_for_sharing(service: Service) -> None:
    reference, *_ = told(service)
    service.post(f"/cases/{reference}/notes", note("A private thought."), service.handler())
    found = case_file(service, reference, SHARING)
    assert [name for name in found if "/" in name] == ["evidence/01.png"]
    listed = manifest(found)
    assert (listed["kind"], "case_id" in listed) == ("sharing", False)
    for text in (found["case.txt"].decode(), words(found)):
        assert "An invented summary." in text
        assert "which anyone can edit" in text
        assert text.index("Person A: an invented line") > text.index("Transcript")
        for one in (*POINTING, "See these.", "Person B", "A private thought.", "In an invented"):
            assert one not in text
        assert "-Q" in text


def test_the_days_of_the_reporter_are_quarters(service: Service) -> None:
    reference, *_ = told(service)
    before = date.fromtimestamp(service.clock.now).isoformat()
    service.clock.now += 40 * 86_400
    found = case_file(service, reference, SHARING)
    assert before not in found["case.txt"].decode()
    assert before not in words(found)
    assert before not in found["manifest.json"].decode()


def test_transcripts_come_before_pictures(service: Service) -> None:
    reference, *_ = told(service)
    text = case_file(service, reference, SHARING)["case.txt"].decode()
    assert text.index("Person A: an invented line") < text.index("[Picture of evidence file 1]")


def test_nothing_allowed_is_nothing_shared(service: Service) -> None:
    reference, _, bearer = opened(service)
    say(service, bearer, {"attachment": attach(service, bearer, samples.picture("PNG"))})
    found = case_file(service, reference, SHARING)
    assert not any("/" in name for name in found)
    assert "marked nothing to be shown" in words(found)


def test_only_the_reporter_allows(service: Service) -> None:
    reference, *_ = opened(service)
    bearer, path = service.handler(), f"/cases/{reference}"
    piece = attach(service, bearer, samples.picture("PNG"), path=path)
    content = {
        "text": "Mine.",
        "attachments": [piece],
        "evidence": [{"attachment": piece, "sharing": "investigation"}],
    }
    body = {"id": "7f3b9d2c-4d0e-4f6a-8a53-1c5d8a0b2e91", "content": content}
    assert service.post(f"{path}/messages", body, bearer).status_code == 201
    assert not any("/" in name for name in case_file(service, reference, SHARING))


# --- who is told, and who may -----------------------------------------------------------------


def test_the_reporter_is_told(service: Service) -> None:
    reference, _, bearer = opened(service)
    assert service.get("/case", bearer).get_json()["exports"] == []
    case_file(service, reference)
    case_file(service, reference, SHARING)
    me, today = str(service.handlers["handler-1"].id), date.today().isoformat()
    expected = [
        {"day": today, "kind": kind, "handler": me, "display_name": "handler-1"}
        for kind in ("full", "sharing")
    ]
    assert service.get("/case", bearer).get_json()["exports"] == expected
    assert service.get(f"/cases/{reference}", service.handler()).get_json()["exports"] == expected
    assert acts(service, reference) == [
        ("case_exported", {"kind": "full"}),
        ("case_exported", {"kind": "sharing"}),
    ]
    assert service.call("DELETE", "/case", bearer=bearer).get_json()["exports"] == 2


@pytest.mark.parametrize("body", [None, {"kind": "full"}, SHARING])
def test_outsiders(service: Service, body: dict[str, Any] | None) -> None:
    reference, *_ = opened(service)
    method = "GET" if body is None else "POST"
    for name in OUTSIDERS:
        path = f"/cases/{reference}/export"
        refused(service, method, path, body, service.handler(name), status=404, code="not_found")
    for name in ("administrator-1", "analyst-1"):
        answer = ask(service, reference, body, name)
        assert answer.status_code in (403, 404)
    path = f"/cases/{UNKNOWN}/export"
    refused(service, method, path, body, service.handler(), status=404, code="not_found")


def test_a_reporter_may_not(service: Service) -> None:
    reference, _, bearer = opened(service)
    path = f"/cases/{reference}/export"
    refused(service, "GET", path, None, bearer, status=401, code="sign_in")


def test_a_session_that_seals_is_told_what_to_do(service: Service) -> None:
    reference, *_ = opened(service)
    bearer, path = sealed.handler(service), f"/cases/{reference}/export"
    problem = refused(service, "GET", path, None, bearer, status=403, code="not_allowed")
    assert "Sign in with password and code" in problem["detail"]
    refused(service, "POST", path, SHARING, bearer, status=403, code="not_allowed")


def test_who_reads_by_consent_may_not(service: Service) -> None:
    reference, token, _ = opened(service)
    let_in(service, reference, token, "handler-3")
    path, bearer = f"/cases/{reference}/export", service.handler("handler-3")
    refused(service, "GET", path, None, bearer, status=403, code="not_allowed")
    refused(service, "POST", path, SHARING, bearer, status=403, code="not_allowed")


def test_a_withdrawn_case_is_not_shared(service: Service) -> None:
    reference, _, bearer = opened(service)
    change(service, reference, legal_hold={"reason": "An invented claim"})
    service.call("DELETE", "/case", bearer=bearer)
    path = f"/cases/{reference}/export"
    refused(service, "POST", path, SHARING, service.handler(), status=403, code="not_allowed")
    assert "Withdrawn by the reporter" in case_file(service, reference)["case.txt"].decode()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "other"}, "kind"),
        ({"kind": "sharing"}, "summary"),
        ({"kind": "sharing", "summary": "  \n "}, "summary"),
        ({"kind": "sharing", "summary": "x" * 20_001}, "summary"),
        ({"kind": "full", "summary": "x"}, "summary"),
        (SHARING | {"notes": True}, "notes"),
        (SHARING | {"originals": True}, "originals"),
        ({"kind": "full", "notes": "yes"}, "notes"),
        ({"kind": "full", "more": 1}, "_unknown"),
    ],
)
def test_what_is_asked_for_wrongly(service: Service, body: dict[str, Any], field: str) -> None:
    reference, *_ = opened(service)
    path = f"/cases/{reference}/export"
    problem = refused(service, "POST", path, body, service.handler(), status=422, code="invalid")
    assert field in problem["errors"]


def test_by_get_it_takes_no_query(service: Service) -> None:
    reference, *_ = opened(service)
    bearer = service.handler()
    with nothing_stored(service):
        answer = service.get(f"/cases/{reference}/export?kind=full", bearer)
    assert answer.status_code == 422


# --- time stamps ------------------------------------------------------------------------------


@pytest.fixture
def asking(service: Service, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the address of the authority."""

    def put(url: str) -> None:
        config = replace(service.database.config, timestamp_authority=url)
        monkeypatch.setattr(service.database, "config", config)

    return put


def test_a_time_stamp(service: Service, asking: Any, tmp_path: Path) -> None:
    reference, *_ = opened(service)
    with authority.running(tmp_path) as running:
        asking(running.url)
        found = case_file(service, reference)
        root = load_pem_x509_certificate(running.root.read_bytes())
    token, made = found["manifest.tsr"], found["manifest.json"]
    stamp = stamping.read(token, made, [root])
    assert stamp.by == "CN=An invented authority"
    assert stamp.at.date().year >= 2026
    assert "NO-TIME-STAMP.txt" not in found
    # Nothing but a hash and a random number went out.
    [asked] = running.asked
    assert len(asked) < 80
    assert hashlib.sha256(made).digest() in asked
    with pytest.raises(BadSignature):
        stamping.read(token, made + b" ", [root])
    other = bytearray(token)
    other[-1] ^= 1
    with pytest.raises((BadSignature, Damaged)):
        stamping.read(bytes(other), made, [root])
    (tmp_path / "other").mkdir()
    with authority.running(tmp_path / "other") as another:
        stranger = load_pem_x509_certificate(another.root.read_bytes())
    with pytest.raises(BadSignature):
        stamping.read(token, made, [stranger])


def test_an_authority_that_is_away(service: Service, asking: Any) -> None:
    reference, *_ = opened(service)
    asking("http://127.0.0.1:9/")
    found = case_file(service, reference)
    assert "manifest.tsr" not in found
    assert "has no time stamp" in found["NO-TIME-STAMP.txt"].decode()
    manifest(found)


@pytest.mark.parametrize("answer", [b"", b"no", b"x" * 100_000, b"\x30\x03\x02\x01\x02"])
def test_what_answers_in_its_place(
    service: Service, asking: Any, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    reference, *_ = opened(service)

    class Said:
        def __init__(self, **_more: Any) -> None:
            self.raw = self
            self.trust_env = True

        def __enter__(self) -> Said:
            return self

        def __exit__(self, *_values: object) -> None: ...

        def post(self, *_values: Any, **_more: Any) -> Said:
            return self

        def raise_for_status(self) -> None: ...

        def read(self, most: int, **_more: Any) -> bytes:
            return answer[:most]

    monkeypatch.setattr(stamping.requests, "Session", Said)
    asking("http://authority.example/")
    assert "NO-TIME-STAMP.txt" in case_file(service, reference)


def test_without_an_authority_nothing_is_said_of_it(service: Service) -> None:
    reference, *_ = opened(service)
    found = case_file(service, reference)
    assert not {"manifest.tsr", "NO-TIME-STAMP.txt"} & set(found)
