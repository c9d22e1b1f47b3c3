"""Evidence in the app's pages: from a picked picture to what a handler gets, and back."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mobile import pictures as folders
from shared.sealing import proof as proofs
from tests.mobile.conftest import Board, Hand, Inline, find, texts
from tests.mobile.evident import got
from tests.mobile.walk import Phone, held
from tests.online import Online

MARK = "zephyr" + "anthes"
CHAT = "[13/03/2026, 10:18] Ada Invented: An invented line.\n[13/03/2026, 10:19] Bo: Another one."


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is on the computer: a screenshot with metadata, a PDF, a text, a zip."""
    where = tmp_path / "home"
    where.mkdir()
    exif = Image.Exif()
    exif[0x010F] = MARK  # the maker's name
    exif.get_ifd(0x8825)[1] = "N"
    picture = Image.effect_noise((300, 500), 90).convert("RGB")
    picture.save(where / "Screenshot_2026-03-13-10-18.jpg", exif=exif)
    pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    pdf += b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    (where / "letter.pdf").write_bytes(pdf)
    (where / "notes.txt").write_text(f"An invented note. {MARK}", encoding="utf-8")
    with zipfile.ZipFile(where / "things.zip", "w") as packed:
        packed.writestr("notes.bin", bytes(range(256)))
    monkeypatch.setattr(folders, "begin", lambda _home=None: where)
    return where


@pytest.fixture
def phone(hand: Hand, online: Online, inline: Inline, board: Board, home: Path) -> Phone:
    assert home.is_dir()
    phone = Phone(hand, online.address, inline, board)
    hand.settle()
    return phone


def gather_picture(phone: Phone) -> None:
    """From the page of evidence over what hides things to the page of the piece."""
    phone.press("Add a picture")
    phone.press("Screenshot_2026-03-13-10-18.jpg")
    phone.screen.ids.picture.redaction.cover(10, 10, 60, 60)
    phone.screen.done()
    phone.hand.settle()
    phone.press("Use this picture")


def to_evidence(phone: Phone) -> None:
    phone.write_report(f"An invented story. {MARK}")
    phone.press("Do you have pictures or messages?")


def send(phone: Phone) -> str:
    """Sends the report and what goes with it; its reference."""
    phone.press("Send now")
    reference = str(phone.screen.reference)
    for _ in range(3):
        phone.try_again()
    return reference


def test_it_works(phone: Phone, online: Online) -> None:
    """A picture with things hidden in it goes right after the report, and nothing else does."""
    to_evidence(phone)
    gather_picture(phone)
    assert phone.sees("Screenshot_2026-03-13-10-18.jpg")
    phone.press("May be shown in an investigation")
    phone.screen.ids.transcript.ids.box.insert_text("Retyped words.")
    phone.press("Done")
    assert phone.sees("May be shown in an investigation")
    phone.press("Done")
    assert phone.sees("1 piece")
    reference = send(phone)
    ((name, sharing, source, transcript, data),) = got(online.case(reference))
    assert (name, sharing, source) == ("picture-1.png", "investigation", "picture")
    assert transcript == "Retyped words."
    assert MARK.encode() not in data
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("PNG", (300, 500))
        assert not picture.getexif()
        assert picture.getpixel((30, 30)) == (0, 0, 0)
        assert picture.getpixel((200, 300)) != (0, 0, 0)
    assert phone.app.outbox is not None
    assert not phone.app.outbox.unsent()
    assert not list(phone.app.store.parts())


def test_retyped_words_are_looked_at_before_they_go(phone: Phone) -> None:
    """They are sent like all that is written: what may point at their writer is shown first."""
    to_evidence(phone)
    gather_picture(phone)
    page = phone.screen
    page.ids.transcript.ids.box.insert_text("  I was the only one there. Call 07700 900123.")
    phone.press("Done")
    assert phone.sees("Could this point at you?")
    assert phone.sees("Retyped words")
    assert phone.sees("07700 900123")
    assert phone.screen.alone  # nothing is asked about the report
    phone.screen.change("words", 31, 43)
    phone.hand.settle(4)
    assert phone.screen is page
    assert page.ids.transcript.ids.box.selection_text == "07700 900123"
    page.ids.transcript.ids.box.delete_selection()
    phone.press("Done")
    assert phone.sees("1 piece")  # nothing new is in it: what was shown once is not asked again
    assert phone.sees("With its words")
    phone.press("Screenshot_2026-03-13-10-18.jpg")
    phone.screen.ids.transcript.ids.box.insert_text(" My crewmate is Ada Lovelace.")
    phone.press("Done")
    phone.press("Use them anyway")
    assert phone.sees("1 piece")


def test_messages_and_files_in_a_conversation(phone: Phone, online: Online) -> None:
    words = phone.report()
    phone.press("I have my words")
    phone.come_back(words)
    phone.hand.tap(phone.screen.ids.attach)
    assert phone.sees("They go in one message.")
    assert phone.screen.ids.done.disabled  # nothing to send
    phone.press("Add WhatsApp messages")
    phone.screen.ids.text.ids.box.insert_text(CHAT)
    phone.press("Continue")
    phone.press("I am not in it, or don\u2019t want to say")
    phone.screen.then(frozenset({0}))
    phone.hand.settle()
    phone.screen.then()
    phone.hand.settle()
    phone.press("Done")
    phone.press("Add a file")
    phone.press("letter.pdf")
    assert phone.sees("This phone can\u2019t clean this file")
    phone.press("Add it all the same")
    phone.press("Done")
    assert phone.sees("letter.pdf")
    phone.press("Send")
    assert phone.sees("I add 2 pieces of evidence.")
    assert phone.sees("Text from an export, which anyone can edit") or "export" in texts(
        phone.stage
    )
    reference = phone.screen.subtitle
    first, second = got(online.case(reference))
    assert (first[0], first[2]) == ("messages-1.txt", "messages")
    assert "Ada" not in first[4].decode()
    assert "Person A" in first[4].decode()
    assert (second[0], second[2]) == ("file-2.pdf", "file")


def test_what_is_not_taken_says_what_to_do(phone: Phone) -> None:
    to_evidence(phone)
    phone.press("Add a file")
    phone.press("things.zip")
    assert "Unpack it" in texts(phone.stage)
    phone.back()
    assert phone.sees("Do you have pictures or messages?")
    phone.app.known["limits"]["attachment_bytes"] = 10
    phone.press("Add a file")
    phone.press("notes.txt")
    assert "larger than" in texts(phone.stage)


def test_a_piece_is_removed_and_changed(phone: Phone) -> None:
    to_evidence(phone)
    phone.press("Add a file")
    phone.press("notes.txt")
    phone.press("Done")
    phone.press("notes.txt")
    phone.press("Remove it")
    assert not phone.sees("notes.txt")
    assert not phone.app.reporting.pieces.all()
    assert not list(phone.app.store.parts())


def test_quick_exit_and_leaving_drop_what_is_begun(phone: Phone) -> None:
    to_evidence(phone)
    phone.press("Add a file")
    phone.press("notes.txt")
    phone.press("Done")
    assert list(phone.app.store.parts())
    phone.exit()
    assert not list(phone.app.store.parts())
    assert not phone.app.store.all("piece")
    assert MARK not in held(phone)


@pytest.fixture
def kept(hand: Hand, online: Online, inline: Inline, board: Board, home: Path) -> Phone:
    phone = Phone(hand, online.address, inline, board, home.parent / "app")
    hand.settle()
    phone.app.set_pin(phone.app.home)
    hand.settle()
    phone.set_pin()
    return phone


def test_with_a_pin_what_is_begun_is_there_after_a_restart(kept: Phone, online: Online) -> None:
    phone = kept
    to_evidence(phone)
    phone.press("Add a file")
    phone.press("notes.txt")
    phone.press("Done")
    phone.app.save()
    phone.restart()
    phone.pin("Open")
    phone.press("Do you have pictures or messages?")
    assert phone.sees("notes.txt")
    phone.press("Done")
    reference = send(phone)
    ((name, *_, data),) = got(online.case(reference))
    assert name == "file-1.txt"
    assert MARK in data.decode()
    assert not phone.app.store.part_names()


def handlers(online: Online, reference: str, data: bytes, name: str, kind: str) -> Any:
    """A handler attaches something to a message."""
    from shared.attaching import stage

    case = online.case(reference)
    staged = stage(io.BytesIO(data), len(data), name, kind, case.keys, into=io.BytesIO())
    case.attach(staged)
    case.send(case.prepare("Look at this.", [staged.attached]))
    return staged


def conversation(phone: Phone) -> str:
    words = phone.report()
    phone.press("I have my words")
    phone.come_back(words)
    return str(phone.screen.subtitle)


def look(phone: Phone) -> None:
    phone.hand.tap(phone.screen.ids.look)
    phone.hand.settle()


def open_piece(phone: Phone, at: int = -1) -> None:
    """Presses *Open* of a card in the thread."""
    item = [one for one in phone.app.returning._talk.view().items if one.pieces][at]
    phone.screen.act_on(item.pieces[0].buttons[0][0])
    phone.hand.settle()


def test_what_a_handler_attached_is_shown(phone: Phone, online: Online) -> None:
    reference = conversation(phone)
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), (200, 30, 30)).save(picture, "JPEG")
    handlers(online, reference, picture.getvalue(), "map\u202egpj.exe", "image/jpeg")
    look(phone)
    assert "\u202e" not in texts(phone.stage)
    open_piece(phone)
    assert phone.screen.ids.picture.texture is not None
    phone.back()
    handlers(online, reference, b"Invented words.", "words.txt", "text/plain")
    look(phone)
    open_piece(phone)
    assert phone.sees("Invented words.")
    phone.back()
    assert not phone.sees("Invented words.")


def test_a_damaged_one_says_so(phone: Phone, online: Online) -> None:
    reference = conversation(phone)
    handlers(online, reference, b"Invented words.", "words.txt", "text/plain")
    look(phone)
    real = phone.app.returning._talk._case.client.get_chunk

    def altered(*args: Any) -> bytes:
        found = bytearray(real(*args))
        found[0] ^= 1
        return bytes(found)

    phone.app.returning._talk._case.client.get_chunk = altered
    open_piece(phone)
    assert phone.sees("This file did not check")
    assert not phone.sees("Invented words.")
    assert not phone.screen.can_save


def test_another_file_is_saved_after_a_warning(phone: Phone, online: Online, home: Path) -> None:
    reference = conversation(phone)
    pdf = (home / "letter.pdf").read_bytes()
    handlers(online, reference, pdf, "../../letter.pdf", "application/pdf")
    look(phone)
    open_piece(phone)
    assert phone.sees("Wren does not show files of this kind.")
    phone.press("Save it on this phone")
    assert phone.sees("Files can do harm")
    phone.press("Save it")
    phone.press("Save it here")
    assert (home / "letter-2.pdf").read_bytes() == pdf
    assert phone.sees("Saved as letter-2.pdf.")


def test_a_proof_is_kept_where_its_owner_says(phone: Phone, online: Online, home: Path) -> None:
    conversation(phone)
    phone.press("About your case")
    phone.press("Keep a proof")
    assert phone.sees("It shows that there is a case")
    phone.press("Save the file")
    phone.press("Save it here")
    (file,) = home.glob("*.json")
    proof = json.loads(file.read_bytes())
    assert proof["format"] == proofs.FORMAT
    assert MARK not in file.read_text()
    assert online


def test_one_that_waits_shows_how_far_it_is_and_can_be_taken_back(
    phone: Phone, online: Online
) -> None:
    from shared.errors import Unreachable

    reference = conversation(phone)
    phone.hand.tap(phone.screen.ids.attach)
    phone.press("Add a file")
    phone.press("notes.txt")
    phone.press("Done")
    phone.line.refuse = [("chunk", Unreachable())]
    phone.press("Send")
    (item,) = phone.app.returning._talk.outbox
    assert phone.sees("Waiting to be sent")
    phone.app.outbox._items.progress(item.name, 3, 4)
    phone.app.returning.sent(())
    phone.hand.settle()
    assert phone.sees("Being sent: 75%")
    phone.press("Take it back")
    assert phone.sees("notes.txt")
    assert not phone.app.returning._talk.outbox
    phone.press("Send")
    phone.try_again()
    assert len(list(got(online.case(reference)))) == 1


def texts_of(case: Any) -> Iterator[str]:
    return (str(one.content["text"]) for one in case.thread()[1:])


def test_leaving_with_something_begun_is_asked_about(phone: Phone) -> None:
    conversation(phone)
    phone.hand.tap(phone.screen.ids.attach)
    phone.press("Add a file")
    phone.press("notes.txt")
    phone.press("Done")
    phone.back()
    phone.back()
    assert "is not sent yet" in texts(phone.stage)
    phone.back()
    assert not phone.app.store.all("piece")
    assert find(phone.stage, "Report something")
