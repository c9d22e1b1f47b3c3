"""Attachments at the console: in the thread, on a page of their own, and taken out with care."""

from __future__ import annotations

import hashlib
import io
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlalchemy import update
from werkzeug.test import TestResponse

from api import vault
from api.models.attachment import Attachment
from api.rules import several
from tests.api import clients
from tests.api.attaching import stage
from tests.api.handling import by_hours
from tests.console.cases import SCRIPT, page
from tests.console.hands import Hands, Shown
from tests.evidence import samples, sending
from tests.service import OUTSIDERS, Service

Make = Callable[..., Hands]
SANDBOX = "default-src 'none'; frame-ancestors 'none'; sandbox"
WORDS = b"[13/03, 10:18] Sam: <script>alert(1)</script> come to my office"


def send(
    service: Service, token: str, name: str, data: bytes, *, more: Any = (), **said: str
) -> str:
    """The reporter sends a file, and says this of it; its id."""
    bearer = service.reporter(token)
    found = sending.stored(service, bearer, name, data, **dict(more))
    content: dict[str, Any] = {"text": "See the file.", "attachments": [found]}
    if said:
        content["evidence"] = [{"attachment": found, **said}]
    body = {"id": str(uuid4()), "content": content}
    answer = service.post("/case/messages", body, bearer)
    assert answer.status_code == 201, answer.text
    return found


def where(reference: str, attachment: str, more: str = "") -> str:
    return page(reference, f"attachments/{attachment}{more}")


def take(one: Hands, path: str, kind: str = "cleaned") -> TestResponse:
    """Presses a button that takes the file out; the answer as it came."""
    shown = one.get(path)
    form = next(each for each in shown.forms if each.fields.get("as") == kind)
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    answer = one.http.post(form.action, data=form.fields, headers=headers)
    assert answer.data
    return answer


def opened(service: Service, reference: str) -> int:
    """How many openings of attachments the audit has."""
    path = f"/audit?organisation=eeast&case={reference}&limit=200"
    items = service.get(path, service.handler()).get_json()["items"]
    return sum(one["act"] == "attachment_opened" for one in items)


def test_it_works(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    data = samples.picture("PNG", Image.new("RGB", (2600, 700), (9, 99, 199)))
    found = send(service, token, "shot.png", data, sharing="investigation", source="picture",
                 transcript=SCRIPT)  # fmt: skip
    one = hands()
    thread = one.get(page(reference))
    assert {"shot.png", "may be shown in an investigation"} <= _words(thread)
    assert SCRIPT in thread.words
    assert where(reference, found) in thread.answer.text
    shown = one.get(where(reference, found))
    assert (shown.status, SCRIPT in shown.words) == (200, True)
    assert opened(service, reference) == 0
    preview = one.http.get(where(reference, found, "/preview"))
    assert preview.headers["Content-Type"] == "image/png"
    assert preview.headers.getlist("Content-Security-Policy") == [SANDBOX]
    assert preview.headers["X-Content-Type-Options"] == "nosniff"
    assert preview.headers["Cache-Control"] == "no-store"
    assert max(Image.open(io.BytesIO(preview.data)).size) == 2000
    assert opened(service, reference) == 1
    cleaned = take(one, where(reference, found))
    assert cleaned.headers["Content-Disposition"] == "attachment; filename=shot.png"
    assert cleaned.headers["Content-Type"] == "application/octet-stream"
    assert Image.open(io.BytesIO(cleaned.data)).size == (2600, 700)
    exact = take(one, where(reference, found), "exact")
    assert hashlib.sha256(exact.data).hexdigest() in shown.answer.text
    assert exact.headers.getlist("Content-Security-Policy") == [SANDBOX]
    assert opened(service, reference) == 3
    history = one.get(page(reference, "history"))
    assert "opened an attachment" in history.words


def _words(shown: Shown) -> set[str]:
    known = ("shot.png", "may be shown in an investigation", "for your eyes only",
             "text from an export, which anyone can edit")  # fmt: skip
    return {one for one in known if one in shown.words}


def test_marks_of_a_piece(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    found = send(service, token, "chat.txt", WORDS, source="messages")
    one = hands()
    marks = {"for your eyes only", "text from an export, which anyone can edit"}
    assert _words(one.get(page(reference))) == marks
    shown = one.get(where(reference, found))
    assert _words(shown) == marks
    assert "<pre" in shown.answer.text
    assert WORDS.decode() in shown.words
    assert "<script>alert" not in shown.answer.text
    assert opened(service, reference) == 1
    printed = one.get(page(reference, "print"))
    assert "chat.txt" in printed.words
    assert where(reference, found) not in printed.answer.text


def test_a_long_text_is_cut(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    found = send(service, token, "long.txt", "é ".encode() * 100_000)
    shown = hands().get(where(reference, found))
    assert "This is its beginning." in shown.words
    assert shown.answer.text.count("é") == 50_000


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16"])
def test_texts_with_a_mark_before_them(service: Service, hands: Make, coding: str) -> None:
    reference, token = service.open_case()
    found = send(service, token, "a.txt", "Zażółć gęślą".encode(coding))
    assert ">Zażółć gęślą</pre>" in hands().get(where(reference, found)).answer.text


def test_other_kinds_only_with_a_warning(
    service: Service, hands: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, token = service.open_case()
    data = samples.recording(tmp_path, "mp3")
    found = send(service, token, "call.mp3", data)
    one = hands()
    shown = one.get(where(reference, found))
    assert "A recording or video is read by a player" in shown.words
    assert '<img src="/console/cases' not in shown.answer.text
    assert one.get(where(reference, found, "/preview")).status == 404
    cleaned = take(one, where(reference, found))
    assert cleaned.headers["Content-Disposition"] == "attachment; filename=call.mp3"
    assert opened(service, reference) == 1
    monkeypatch.setattr("api.rules.cleaning.shutil.which", lambda _name: None)
    refused = take(one, where(reference, found))
    assert refused.status_code == 409
    assert "It could not be cleaned" in refused.text
    assert len(take(one, where(reference, found), "exact").data) > 1000


def test_a_file_that_is_asked_for_by_its_address(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    found = send(service, token, "a.txt", WORDS)
    answer = hands().get(where(reference, found, "/file"))
    assert (answer.status, answer.location) == (303, where(reference, found))
    assert opened(service, reference) == 0


def damage(service: Service, attachment: str, number: int = 0) -> None:
    """Alters a stored chunk."""
    with service.database.read() as db:
        row = db.query(Attachment).filter(Attachment.id == UUID(attachment)).one()
    kept = vault.of(service.database.config)
    parts = [kept.get(row.case_id, row.id, at) for at in range(row.chunks)]
    parts[number] = parts[number][:-1] + bytes([parts[number][-1] ^ 1])
    kept.delete(row.case_id, row.id)
    kept.fill(row.case_id, row.id, parts)


def test_a_damaged_one_is_told(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    data = samples.picture("PNG", samples.noise(400, 400))
    found = send(service, token, "shot.png", data)
    damage(service, found, 1)
    one = hands()
    shown = one.get(where(reference, found))
    assert (shown.status, "This attachment can't be shown" in shown.words) == (200, True)
    assert not [each for each in shown.forms if "as" in each.fields]
    assert one.get(where(reference, found, "/preview")).status == 422


def test_a_missing_one_is_told(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    found = send(service, token, "a.txt", WORDS)
    service.empty_vault()
    vault.at.cache_clear()
    shown = hands().get(where(reference, found))
    assert "This attachment can't be shown" in shown.words


def test_another_description_in_its_place(service: Service, hands: Make) -> None:
    """Anybody can seal to a case's key: what counts is the hash that the message signed."""
    reference, token = service.open_case()
    found, other = (send(service, token, f"{name}.txt", WORDS) for name in ("mine", "other"))
    with service.database.read() as db:
        theirs = db.query(Attachment.envelope).filter(Attachment.id == UUID(other)).scalar()
    service.database.write(lambda db: db.execute(
        update(Attachment).where(Attachment.id == UUID(found)).values(envelope=theirs)
    ))  # fmt: skip
    one = hands()
    assert "An attachment that did not check" in one.get(page(reference)).words
    assert "This attachment can't be shown" in one.get(where(reference, found)).words
    assert one.get(where(reference, found, "/preview")).status == 422


def test_what_was_not_released_is_not_there(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    by_hours(service)
    found = send(service, token, "early.txt", WORDS)
    one = hands()
    assert "early.txt" not in one.get(page(reference)).words
    for more in ("", "/preview", "/file"):
        assert one.get(where(reference, found, more)).status == 404
    service.clock.now += 24 * 3600
    assert one.get(where(reference, found)).status in (200, 401)


def test_what_hangs_on_nothing_is_not_there(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    found = sending.stored(service, service.reporter(token), "a.txt", WORDS)
    assert hands().get(where(reference, found)).status == 404


def test_what_a_message_only_names_is_not_shown(service: Service, hands: Make) -> None:
    """A client that seals names one in the signed part alone: it hangs on nothing."""
    reference, token = service.open_case()
    case = clients.reporter(service, token)
    made = stage(case, WORDS, name="only-named.txt")
    case.attach(made)
    prepared = case.prepare("Look.", [made.attached])
    body = {name: value for name, value in prepared.body.items() if name != "attachments"}
    sent = service.post("/case/messages", body, service.reporter(token))
    assert sent.status_code == 201
    shown = hands().get(page(reference))
    assert "Look." in shown.words
    assert "only-named.txt" not in shown.answer.text


def test_of_another_case(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    _, token = service.open_case()
    found = send(service, token, "a.txt", WORDS)
    one = hands()
    for other in (found, str(uuid4()), "x"):
        for more in ("", "/preview", "/file"):
            assert one.get(where(reference, other, more)).status == 404


@pytest.mark.parametrize("name", [*OUTSIDERS, "administrator-1", None])
def test_outsiders(service: Service, hands: Make, name: str | None) -> None:
    reference, token = service.open_case()
    found = send(service, token, "a.txt", WORDS)
    form = hands().get(where(reference, found)).forms
    before = opened(service, reference)
    outsider = hands(name)
    status = {None: 401, "administrator-1": 403}.get(name, 404)
    for more in ("", "/preview", "/file"):
        shown = outsider.get(where(reference, found, more))
        assert (shown.status, "a.txt" in shown.words) == (status, False)
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    sent = {"csrf_token": "", "as": "exact"}
    answer = outsider.http.post(where(reference, found, "/file"), data=sent, headers=headers)
    assert WORDS not in answer.data
    assert form
    assert opened(service, reference) == before


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "x\u202etxt.exe", "<img src=x>.txt", "n" * 300, "…"]
)
def test_hostile_names(service: Service, hands: Make, name: str) -> None:
    reference, token = service.open_case()
    found = send(service, token, name, WORDS)
    one = hands()
    assert "<img src=x" not in one.get(page(reference)).answer.text
    told = take(one, where(reference, found), "exact").headers["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename=[^\r\n/\\]+", told)
    assert "\u202e" not in told


def attach(one: Hands, path: str, *names: str, follow: bool = True, **fields: Any) -> Shown:
    """Sends the form of a page with these files."""
    files = [(io.BytesIO(WORDS), name) for name in names]
    return one.send(path, one.get(path).form("text", "id"), follow=follow, files=files, **fields)


def test_a_handler_attaches_to_a_reply(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    shown = attach(hands(), page(reference), "advice.txt", text="Read this.")
    assert "The reply is sent." in shown.words
    assert "advice.txt" in shown.words
    bearer = service.reporter(token)
    said = service.get("/case/messages", bearer).get_json()["items"][-1]["content"]
    (found,) = said["attachments"]
    found = found["id"] if isinstance(found, dict) else found
    assert sending.fetch(service, bearer, found).data == WORDS


def test_a_form_waits_for_others(
    service: Service, hands: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is told so where they take too long: nothing is kept, and it can be sent again."""
    reference, _ = service.open_case()
    one, room = hands(), threading.BoundedSemaphore(1)
    monkeypatch.setattr(several, "WAIT", 0.05)
    monkeypatch.setattr(several, "_ROOM", room)
    with room:
        assert attach(one, page(reference), "advice.txt", text="Read this.").status == 503
    with service.database.read() as db:
        assert db.query(Attachment).count() == 0
    assert "The reply is sent." in attach(one, page(reference), "advice.txt", text="Read.").words


def test_a_handler_attaches_to_a_note(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    shown = attach(one, page(reference, "notes"), "mine.txt", text="See it.")
    assert "The note is kept." in shown.words
    found = re.search(r"attachments/([0-9a-f-]{36})", shown.answer.text)
    assert found is not None
    assert WORDS.decode() in one.get(where(reference, found[1])).words
    assert sending.fetch(service, service.reporter(token), found[1]).status_code == 404
    assert hands("handler-3").get(where(reference, found[1])).status == 404


def test_what_is_refused_attaches_nothing(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one, path = hands(), page(reference)
    form = one.get(path).form("text", "epoch")
    files = [(io.BytesIO(WORDS), "a.txt"), (io.BytesIO(b""), "empty.txt")]
    shown = one.send(path, form, text="Look.", files=files)
    assert (shown.status, "empty.txt: This file is empty." in shown.words) == (422, True)
    assert shown.form("text", "epoch").fields["text"] == "Look."
    with service.database.read() as db:
        assert db.query(Attachment).count() == 0


def test_what_can_not_be_cleaned_is_asked_about(
    service: Service, hands: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, _ = service.open_case()
    data = samples.recording(tmp_path, "mp3")
    monkeypatch.setattr("api.rules.cleaning.shutil.which", lambda _name: None)
    one, path = hands(), page(reference)
    form = one.get(path).form("text", "epoch")
    asked = one.send(path, form, text="Listen.", files=(io.BytesIO(data), "call.mp3"))
    assert (asked.status, "could not be cleaned" in asked.words) == (422, True)
    again = asked.form("text", "attached")
    assert one.send(path, again).status == 422
    assert "call.mp3" not in one.get(path).words
    sent = one.send(path, again, follow=True, **{"sure-file": again.fields["attached"]})
    assert "call.mp3" in sent.words
    left = one.send(path, one.get(path).form("text", "epoch"), text="Again.",
                    files=(io.BytesIO(data), "second.mp3"))  # fmt: skip
    form = left.form("text", "attached")
    out = one.send(path, form, follow=True, **{"leave-out": form.fields["attached"]})
    assert "The reply is sent." in out.words
    assert "second.mp3" not in out.words


def test_a_double_click_attaches_once(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one, path = hands(), page(reference)
    form = one.get(path).form("text", "epoch")
    for _again in range(2):
        shown = one.send(path, form, text="Once.", files=(io.BytesIO(WORDS), "a.txt"))
        assert shown.status == 303
    with service.database.read() as db:
        assert db.query(Attachment).count() == 1


def test_another_site_attaches_nothing(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one, path = hands(), page(reference)
    form = one.get(path).form("text", "epoch")
    files = [(io.BytesIO(WORDS), "a.txt") for _ in range(2)]
    assert one.send(path, form, text="x", files=files[0], site="cross-site").status == 403
    other = one.get(page(reference, "hold")).form("reason")
    assert one.send(page(reference, "hold"), other, reason="x", files=files[1]).status == 415
    with service.database.read() as db:
        assert db.query(Attachment).count() == 0
