"""Sending pictures and files from a browser: stored whole or not at all, and sent once."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from api import uploads
from api.models.attachment import Attachment
from api.models.report_draft import ReportDraft
from api.rules import sessions
from shared import evidence
from tests.api.checks import nothing_stored
from tests.api.handling import change_settings
from tests.evidence import samples, sending
from tests.service import Service
from tests.web import tour
from tests.web.cases import DAY, HOUR, comes_back, reads, rows, says
from tests.web.checks import check_page
from tests.web.hands import BASE, Hands
from tests.web.reading import slip_in
from tests.web.samples import choose_files, opens
from tests.web.screen import Place

WORDS = b"[13/03, 10:18] Sam: <script>alert(1)</script> come to my office"
Files = Sequence[tuple[str, bytes]]


def opened(hands: Hands) -> tuple[str, str, str]:
    """A case that was opened: its reference, words, and the page where files are added."""
    reference, words = hands.service.open_case()
    comes_back(hands, words)
    hands.go(hands.link("Add pictures or files"))
    assert hands.path.endswith("/evidence")
    return reference, words, hands.path


def choose(
    hands: Hands, files: Files, status: int = 200, headers: Mapping[str, str] | None = None
) -> str:
    """Chooses these files on the page that is open, and sends its form, as a browser does."""
    path, fields = hands.filled()
    return upload(hands, path, dict(fields), files, status, headers)


def upload(
    hands: Hands,
    path: str,
    fields: Mapping[str, str],
    files: Files,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> str:
    """Sends these fields and files in parts."""
    # A browser sends an empty part where nothing was chosen. As bytes: the client would keep a
    # long form in a file, and not close it.
    chosen = [FileStorage(io.BytesIO(data), name) for name, data in files]
    parts: list[tuple[str, Any]] = [*fields.items()]
    parts += [("files", one) for one in chosen or [FileStorage(io.BytesIO(), "")]]
    boundary, body = encode_multipart(MultiDict(parts))
    kind = f"multipart/form-data; boundary={boundary}"
    return hands._take("POST", path, status, headers or {}, data=body, content_type=kind)


def ids(hands: Hands) -> list[str]:
    """The files that the page lists."""
    return [value for name, value in hands.forms()[0]["fields"] if name == "attached"]


def handlers_view(service: Service, reference: str) -> list[dict[str, Any]]:
    """Contents of the messages that name files, as a handler reads them."""
    answer = service.get(f"/cases/{reference}/messages", service.handler()).get_json()
    contents = [one["content"] for one in answer["items"]]
    return [one for one in contents if one.get("attachments")]


def stored(service: Service) -> list[Attachment]:
    with service.database.read() as db:
        return list(db.scalars(select(Attachment)))


def photo() -> bytes:
    """A picture that says who made it."""
    about = Image.Exif()
    about[0x013B] = samples.MARK
    made = samples.picture("JPEG", exif=about)
    assert samples.MARK.encode() in made
    return made


def test_it_works(hands: Hands) -> None:
    service = hands.service
    reference, _, _ = opened(hands)
    for told in ("The picture itself is not changed.", "What a file says beside that is removed"):
        assert told in hands.text
    choose(hands, [("photo.jpg", photo()), ("chat.txt", WORDS)])
    assert hands.path.endswith("/evidence/send")
    assert "Nothing was sent yet." in hands.text
    assert "They are deleted after 7 days." in hands.text
    assert "photo.png" in hands.text
    first, second = ids(hands)
    assert hands.fields()[f"sharing-{first}"] == evidence.FOR_HANDLER
    assert handlers_view(service, reference) == []
    assert not any(one.message_id for one in stored(service))
    hands.press({f"sharing-{second}": "investigation", f"transcript-{second}": "Sam:\nCome.",
                 "text": "An invented chat."})  # fmt: skip
    assert hands.path.count("/") == 2
    assert "photo.png" in hands.text
    [said] = handlers_view(service, reference)
    assert said["text"] == "An invented chat."
    assert [str(one.attachment_id) for one in evidence.pieces(said)] == [first, second]
    assert [(one.sharing, one.source, one.transcript) for one in evidence.pieces(said)] == [
        ("handler", "picture", ""), ("investigation", "file", "Sam:\nCome."),
    ]  # fmt: skip
    answer = sending.fetch(service, service.handler(), first, f"/cases/{reference}", original=True)
    assert answer.status_code == 200
    assert samples.MARK.encode() not in answer.data
    hands.go(f"{hands.path}/evidence/send")
    assert hands.path.endswith("/evidence"), "nothing waits any more"


def test_without_words(page_hands: Hands) -> None:
    reference, *_ = opened(page_hands)
    choose(page_hands, [("chat.txt", WORDS)])
    page_hands.press()
    assert reads(page_hands.service, reference) == ["See what is attached."]


def test_from_the_end_of_a_report(page_hands: Hands) -> None:
    tour.report(page_hands)
    page_hands.press(button=("open", "files"))
    assert page_hands.path.endswith("/evidence")
    choose(page_hands, [("chat.txt", WORDS)])
    page_hands.press()
    assert "chat.txt" in page_hands.text


def test_a_reload_sends_nothing_twice(page_hands: Hands) -> None:
    service = page_hands.service
    reference, _, _ = opened(page_hands)
    path, fields = page_hands.filled()
    for _again in range(3):
        upload(page_hands, path, dict(fields), [("chat.txt", WORDS), ("more.txt", b"Invented.")])
    first, _second = ids(page_hands)
    assert rows(service, Attachment) == 2
    form = page_hands.filled({"leave-out": first})
    for _again in range(3):
        page_hands.send(*form)
        assert page_hands.path.count("/") == 2
    assert len(handlers_view(service, reference)) == 1
    assert rows(service, Attachment) == 1


def test_something_else_from_the_same_page(page_hands: Hands) -> None:
    """The browser's back shows the form that was sent, with its id."""
    service = page_hands.service
    reference, _, _ = opened(page_hands)
    choose(page_hands, [("chat.txt", WORDS)])
    to, fields = page_hands.filled({"text": "The first."})
    page_hands.send(to, fields)
    other = [(name, "The second." if name == "text" else value) for name, value in fields]
    page_hands.send(to, other, 422)
    assert "A message was sent from this page before." in page_hands.text
    assert page_hands.fields()["id"] != dict(fields)["id"]
    assert reads(service, reference) == ["The first."]


def test_two_tabs(page_hands: Hands) -> None:
    service = page_hands.service
    reference, _, path = opened(page_hands)
    choose(page_hands, [("a.txt", b"Invented a.")])
    one = page_hands.filled()
    page_hands.go(path)
    assert "You added a file that was not sent yet." in page_hands.text
    choose(page_hands, [("b.txt", b"Invented b.")])
    assert len(ids(page_hands)) == 2
    both = page_hands.filled()
    page_hands.send(*one)
    page_hands.send(*both, 422)
    assert "were sent before, or left out" in page_hands.text
    page_hands.press()
    assert [len(said["attachments"]) for said in handlers_view(service, reference)] == [1, 1]
    page_hands.send(one[0], [(n, v) for n, v in one[1] if n != "id"], 422)
    assert "were sent before, or left out" in page_hands.text


def test_what_is_left_out_is_deleted(page_hands: Hands) -> None:
    service = page_hands.service
    opened(page_hands)
    choose(page_hands, [("a.txt", b"Invented a."), ("b.txt", b"Invented b.")])
    first, second = ids(page_hands)
    page_hands.press({"leave-out": [first, second]}, status=422)
    assert "Everything is left out." in page_hands.text
    page_hands.press({"leave-out": [first]})
    assert [str(one.id) for one in stored(service)] == [second]


def test_what_is_not_sent_goes_after_a_week(page_hands: Hands) -> None:
    service = page_hands.service
    _, words, _ = opened(page_hands)
    choose(page_hands, [("a.txt", b"Invented a.")])
    service.clock.now += 9 * DAY
    comes_back(page_hands, words)
    page_hands.go(f"{page_hands.path}/evidence/send")
    assert page_hands.path.endswith("/evidence")
    service.get("/account", service.handler())  # with the first call of a handler's in a day
    assert stored(service) == []


def test_another_session_lists_none(page_hands: Hands) -> None:
    _, words, path = opened(page_hands)
    choose(page_hands, [("a.txt", b"Invented a.")])
    page_hands.go("/leave", 303)
    page_hands.go(f"{path}/send", 401)
    comes_back(page_hands, words)
    page_hands.go(f"{page_hands.path}/evidence/send")
    assert page_hands.path.endswith("/evidence")
    assert "not sent yet." not in page_hands.text.partition("Pictures or files")[0]


def test_a_session_that_ended_loses_nothing(page_hands: Hands) -> None:
    """Neither the files, nor what was chosen and typed for them. Sent once more it is the same."""
    service = page_hands.service
    reference, words, _ = opened(page_hands)
    choose(page_hands, [("a.txt", b"Invented a."), ("b.txt", b"Invented b.")])
    first, second = ids(page_hands)
    form = page_hands.filled(
        {f"sharing-{first}": "investigation", f"transcript-{first}": "Sam:\nCome. <é🐦>",
         "leave-out": second, "text": "Written for\nmore than an hour."}
    )  # fmt: skip
    service.clock.now += HOUR
    page_hands.send(*form, status=401)
    assert "They were not sent." in page_hands.text
    page_hands.press({"words": "qqqq " + words.split(" ", 1)[1]}, status=422)
    page_hands.press({"words": words})
    assert page_hands.path.endswith("/evidence/send")
    assert "is in its box again" in page_hands.text
    assert ids(page_hands) == [first, second]
    filled = page_hands.fields()
    assert filled[f"sharing-{first}"] == "investigation"
    assert filled[f"transcript-{first}"] == "Sam:\nCome. <é🐦>"
    assert filled["leave-out"] == second
    assert filled["text"] == "Written for\nmore than an hour."
    page_hands.press()
    [said] = handlers_view(service, reference)
    assert said["text"] == "Written for\nmore than an hour."
    [piece] = evidence.pieces(said)
    assert (str(piece.attachment_id), piece.sharing) == (first, "investigation")
    assert piece.transcript == "Sam:\nCome. <é🐦>"
    page_hands.go(f"{page_hands.path}/evidence/send")
    assert page_hands.path.endswith("/evidence"), "nothing waits any more"
    page_hands.send(*form, status=401)  # the old page once more: it is the same message
    page_hands.press({"words": words})
    page_hands.press()
    assert len(handlers_view(service, reference)) == 1


def test_files_without_a_word_wait_after_the_hour(
    page_hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that can't be cleaned is asked about again."""
    service = page_hands.service
    reference, words, _ = opened(page_hands)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    choose(page_hands, [("note.pdf", samples.picture("PDF"))])
    [one] = ids(page_hands)
    form = page_hands.filled()
    service.clock.now += HOUR
    page_hands.send(*form, status=401)
    page_hands.press({"words": words})
    page_hands.press(status=422)
    assert "Say whether to send note.pdf as it is" in page_hands.text
    page_hands.press({"sure-file": one})
    assert len(handlers_view(service, reference)) == 1


def test_files_are_put_in_no_other_case(page_hands: Hands) -> None:
    service = page_hands.service
    reference, _, _ = opened(page_hands)
    other, others = service.open_case(content={"story": "Another invented story."})
    page_hands.go(f"{page_hands.path}")
    choose(page_hands, [("a.txt", b"Invented a.")])
    [one] = ids(page_hands)
    form = page_hands.filled({f"transcript-{one}": "For the first alone."})
    service.clock.now += HOUR
    page_hands.send(*form, status=401)
    page_hands.press({"words": others})
    assert "for another report. It was not filled in here." in page_hands.text
    page_hands.go(f"{page_hands.path}/evidence/send")
    assert page_hands.path.endswith("/evidence")
    assert "For the first alone." not in page_hands.page.text
    assert not handlers_view(service, reference)
    assert not handlers_view(service, other)


@pytest.mark.parametrize(
    ("files", "says_"),
    [
        ([], "Choose a picture or a file first."),
        ([("empty.txt", b"")], "empty.txt: "),
        ([("run.exe", b"MZ" + bytes(99))], "run.exe: "),
        ([("fine.txt", b"Invented."), ("a.zip", b"PK\3\4" + bytes(99))], "a.zip: "),
        ([("broken.png", b"\x89PNG\r\n\x1a\n" + bytes(40))], "broken.png: "),
        ([(f"{at}.txt", b"Invented %d" % at) for at in range(21)], "takes up to 20 files"),
        ([("%22><script>\u202egpj.exe", b"MZ" + bytes(99))], '"><script>gpj.exe: '),
        ([("../../etc/passwd%0A" + "n" * 999, b"\0\1")], "etc/passwd"),
    ],
    ids=["none", "empty", "a program", "one of two", "broken", "too many", "hostile", "long"],
)
def test_what_is_refused_stores_nothing(page_hands: Hands, files: Files, says_: str) -> None:
    service = page_hands.service
    opened(page_hands)
    with nothing_stored(service):
        choose(page_hands, files, 422)
    assert says_ in page_hands.text
    assert "\u202e" not in page_hands.page.text
    assert "<script>gpj" not in page_hands.page.text
    assert "<title>Error: " in page_hands.page.text
    assert 'href="#files"' in page_hands.page.text
    choose(page_hands, [("chat.txt", WORDS)])
    assert len(ids(page_hands)) == 1


def test_too_large(page_hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    service = page_hands.service
    opened(page_hands)
    monkeypatch.setattr(uploads, "PAGE", 2_000_000)
    with nothing_stored(service):
        choose(page_hands, [("large.txt", b"a" * 4_000_000)], 422)
    assert "That is more than 2 MB at once. Nothing was kept." in page_hands.text
    choose(page_hands, [("chat.txt", WORDS)])
    assert len(ids(page_hands)) == 1


def test_one_that_is_too_large_for_the_desk(page_hands: Hands) -> None:
    service = page_hands.service
    change_settings(service, attachment_bytes=1_000_000)
    opened(page_hands)
    with nothing_stored(service):
        choose(page_hands, [("fine.txt", WORDS), ("large.txt", b"a" * 1_000_001)], 422)
    assert "large.txt: A file may have up to 1 MB here." in page_hands.text


def test_what_can_not_be_cleaned_is_asked_about(
    page_hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = page_hands.service
    reference, *_ = opened(page_hands)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    choose(page_hands, [("note.pdf", samples.picture("PDF"))])
    assert "could not be taken out" in page_hands.text
    [one] = ids(page_hands)
    page_hands.press({"text": "Kept."}, status=422)
    assert "Say whether to send note.pdf as it is, or leave it out." in page_hands.text
    assert page_hands.fields()["text"] == "Kept."
    assert handlers_view(service, reference) == []
    page_hands.press({"sure-file": one})
    [said] = handlers_view(service, reference)
    assert said["attachments"] == [one]


@pytest.mark.parametrize("length", [5_001, 10_000])
def test_a_transcript_that_is_too_long(page_hands: Hands, length: int) -> None:
    service = page_hands.service
    reference, *_ = opened(page_hands)
    choose(page_hands, [("chat.txt", WORDS)])
    name = f"transcript-{ids(page_hands)[0]}"
    page_hands.press({name: "a" * length}, status=422)
    assert f'href="#{name}"' in page_hands.page.text
    assert len(page_hands.fields()[name]) == length
    page_hands.press({name: "🐦" * 5_000})
    assert len(handlers_view(service, reference)) == 1


def test_twenty_with_the_longest_transcripts(page_hands: Hands) -> None:
    reference, *_ = opened(page_hands)
    choose(page_hands, [(f"{at}.txt", b"Invented %d" % at) for at in range(20)])
    page_hands.press({f"transcript-{one}": "a" * 5_000 for one in ids(page_hands)})
    [said] = handlers_view(page_hands.service, reference)
    assert len(said["attachments"]) == 20


def test_strange_fields(page_hands: Hands) -> None:
    service = page_hands.service
    reference, *_ = opened(page_hands)
    _, others = service.open_case()
    foreign = sending.stored(service, service.reporter(others), "x.txt", WORDS)
    choose(page_hands, [("chat.txt", WORDS)])
    [one] = ids(page_hands)
    for attached in ("", "x", foreign, sending.stored(service, service.handler(), "y.txt", WORDS,
                                                      f"/cases/{reference}")):  # fmt: skip
        page_hands.go(f"{page_hands.path.partition('/evidence')[0]}/evidence/send")
        page_hands.press({"attached": attached}, status=422)
        assert handlers_view(service, reference) == []
    page_hands.go(f"{page_hands.path.partition('/evidence')[0]}/evidence/send")
    page_hands.press({f"sharing-{one}": "everybody", "leave-out": ["x"], "sure-file": "\0"})
    [said] = handlers_view(service, reference)
    assert evidence.pieces(said)[0].sharing == "handler"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site(page_hands: Hands, site: str) -> None:
    opened(page_hands)
    with nothing_stored(page_hands.service):
        choose(page_hands, [("chat.txt", WORDS)], 403, {"Sec-Fetch-Site": site})


def test_without_the_cases_key(page_hands: Hands) -> None:
    *_, path = opened(page_hands)
    with nothing_stored(page_hands.service):
        for key in ("", "wd_", "x" * 24):
            upload(page_hands, path, {"key": key}, [("chat.txt", WORDS)], 403)


def test_other_pages_take_no_files(page_hands: Hands) -> None:
    *_, path = opened(page_hands)
    key = page_hands.fields()["key"]
    with nothing_stored(page_hands.service):
        for other in (path.removesuffix("/evidence"), f"{path}/send"):
            upload(page_hands, other, {"key": key}, [("chat.txt", WORDS)], 415)


def test_the_session_is_over(page_hands: Hands) -> None:
    service = page_hands.service
    _, _, path = opened(page_hands)
    fields = dict(page_hands.filled()[1])
    visit = path.split("/")[2]
    bearer = page_hands.cookies()[f"__Host-w-{visit}"]
    choose(page_hands, [("chat.txt", WORDS)])
    form = page_hands.filled()
    service.database.write(lambda db: sessions.end(db, bearer))
    with nothing_stored(service):
        upload(page_hands, path, fields, [("chat.txt", WORDS)], 401)
        assert "What you were about to do was not done." in page_hands.text
        page_hands.send(*form, 401)
    assert "chat.txt" not in page_hands.text


def test_somebody_unknown_is_asked_about_before_anything_is_stored(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    path = comes_back(page_hands, words)
    page_hands.go(f"{path}/evidence")
    sent = dict(page_hands.filled()[1])
    slip_in(service, reference, "handler-3")
    with nothing_stored(service):
        upload(page_hands, f"{path}/evidence", sent, [("chat.txt", WORDS)], 422)
    assert "Nothing was sent yet." in page_hands.text
    assert 'type="file"' not in page_hands.page.text
    page_hands.press(button=("people", "go-on"))
    choose(page_hands, [("chat.txt", WORDS)])
    page_hands.press(status=422)
    assert handlers_view(service, reference) == []
    page_hands.press(button=("people", "go-on"))
    assert len(handlers_view(service, reference)) == 1


def test_nothing_in_address_or_cookies(page_hands: Hands) -> None:
    *_, path = opened(page_hands)
    before = page_hands.cookies()
    choose(page_hands, [("chat.txt", WORDS)])
    assert page_hands.path == f"{path}/send"
    assert page_hands.cookies() == before
    with page_hands.service.database.read() as db:
        sealed = b"".join(db.scalars(select(ReportDraft.sealed)))
    assert ids(page_hands)[0].encode() not in sealed


def test_news_do_not_show_in_the_length(page_hands: Hands) -> None:
    reference, _, path = opened(page_hands)
    quiet = len(page_hands.page.data)
    says(page_hands.service, reference, "Thank you. " * 400)
    page_hands.go(path)
    assert len(page_hands.page.data) == quiet == 32 * 1024
    check_page(page_hands.http.get(path, base_url=BASE), 200)


def test_in_a_browser(place: Place) -> None:
    service = place.service
    reference, token = service.open_case()
    opens(place, token)
    place.follow("/evidence")
    choose_files(place, {"shot.png": samples.picture("PNG"), "chat.txt": WORDS})
    place.page.locator('[value="investigation"]').first.check()
    place.page.locator("textarea").first.fill("An invented transcript.")
    place.press()
    [said] = handlers_view(service, reference)
    assert [(one.sharing, one.transcript) for one in evidence.pieces(said)] == [
        ("investigation", "An invented transcript."), ("handler", ""),
    ]  # fmt: skip
    place.page.reload()
    assert len(handlers_view(service, reference)) == 1
