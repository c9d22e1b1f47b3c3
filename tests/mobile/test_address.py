"""Organisations on the phone: by address or by a code, and what is no code of Wren's."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
import segno
from PIL import Image

from mobile import codes, pictures
from mobile.screens.address import AddressPage, KnownHere
from shared.sealing import tokens
from tests.mobile.conftest import Board, Hand, texts
from tests.mobile.shell import Shell

ADDRESS = "https://wren.example/o/eeast#AAAAAAAAAAAAAAAAAAAAAA"


def picture(*contents: str, kind: str = "PNG", scale: int = 6, **more: Any) -> bytes:
    """A picture with these codes side by side."""
    made = []
    for one in contents:
        out = io.BytesIO()
        segno.make(one).save(out, kind="png", scale=scale, border=4)
        made.append(Image.open(out).convert("RGB"))
    size = sum(one.width for one in made) or 300, max((one.height for one in made), default=300)
    whole = Image.new("RGB", size, "white")
    at = 0
    for one in made:
        whole.paste(one, (at, 0))
        at += one.width
    out = io.BytesIO()
    whole.save(out, kind, **more)
    return out.getvalue()


# --- codes in pictures ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_it_works(kind: str) -> None:
    assert codes.read(picture(ADDRESS, kind=kind)) == ADDRESS


def test_a_photograph_that_is_turned_and_small_is_read() -> None:
    taken = Image.open(io.BytesIO(picture(ADDRESS, scale=10)))
    turned = taken.rotate(17, expand=True, fillcolor="white").resize((420, 420))
    out = io.BytesIO()
    turned.save(out, "JPEG", quality=60)
    assert codes.read(out.getvalue()) == ADDRESS


def test_a_code_on_nothing_is_read() -> None:
    code = Image.open(io.BytesIO(picture(ADDRESS))).convert("L")
    clear = Image.new("RGBA", code.size, (0, 0, 0, 0))
    clear.putalpha(code.point(lambda grey: 255 - grey))
    out = io.BytesIO()
    clear.save(out, "PNG")
    assert codes.read(out.getvalue()) == ADDRESS


def test_a_large_photograph_is_read() -> None:
    code = Image.open(io.BytesIO(picture(ADDRESS, scale=30)))
    whole = Image.new("RGB", (6_000, 4_000), "grey")
    whole.paste(code, (2_000, 1_000))
    out = io.BytesIO()
    whole.save(out, "JPEG")
    assert codes.read(out.getvalue()) == ADDRESS


def bomb(width: int, height: int) -> bytes:
    """A PNG whose head promises this size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        whole = name + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1_000)) + chunk(b"IEND", b"")
    )  # fmt: skip


def gif() -> bytes:
    out = io.BytesIO()
    Image.new("P", (40, 40)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", codes.NOT_A_PICTURE),
        (b"not a picture", codes.NOT_A_PICTURE),
        (picture(ADDRESS)[:400], codes.NOT_A_PICTURE),
        (bomb(200, 200), codes.NOT_A_PICTURE),
        (gif(), codes.NOT_A_PICTURE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", codes.NOT_A_PICTURE),
        (bomb(9_000, 9_000), codes.TOO_LARGE),
        (bomb(11_000, 11_000), codes.TOO_LARGE),
        (bomb(60_000, 60_000), codes.TOO_LARGE),
        (picture(), codes.NO_CODE),
        (picture(ADDRESS, ADDRESS.replace("eeast", "other")), codes.SEVERAL),
    ],
    ids=["empty", "text", "cut", "short", "gif", "svg", "80MP", "120MP", "bomb", "none", "two"],
)  # fmt: skip
def test_a_picture_that_says_nothing_is_told(data: bytes, sentence: str) -> None:
    with pytest.raises(codes.NoCode) as caught:
        codes.read(data)
    assert caught.value.detail == sentence


def test_of_two_codes_the_one_of_wren_is_taken() -> None:
    assert codes.read(picture("WIFI:S:work;T:WPA;P:x;;", ADDRESS)) == ADDRESS


def test_a_file_too_large_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "big.png").write_bytes(picture(ADDRESS))
    assert codes.read_file(tmp_path / "big.png") == ADDRESS
    monkeypatch.setattr(codes, "LARGEST_FILE", 100)
    with pytest.raises(codes.NoCode) as caught:
        codes.read_file(tmp_path / "big.png")
    assert caught.value.detail == codes.TOO_LARGE
    with pytest.raises(codes.NoCode):
        codes.read_file(tmp_path / "not-there.png")


def test_without_the_library_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "find_spec", lambda _name: None)
    with pytest.raises(codes.NoCode) as caught:
        codes.read(picture(ADDRESS))
    assert caught.value.detail == codes.NO_READER


# --- what it is -------------------------------------------------------------------------------

WORDS = tokens.encode(bytes(range(10)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ADDRESS, ""),
        (" https://wren.example/o/eeast ", ""),
        ("http://127.0.0.1:8080/o/eeast", ""),
        ("http://" + "a" * 56 + ".onion/o/eeast", ""),
        ("WIFI:S:work;T:WPA;P:x;;", "Wi-Fi"),
        ("BEGIN:VCARD\nFN:handler-1\nEND:VCARD", "contact card"),
        ("MECARD:N:handler-1;;", "contact card"),
        ("tel:999", "a call"),
        ("mailto:a@b.example", "a call"),
        ("BEGIN:VEVENT", "a date"),
        ("otpauth://totp/x?secret=JBSWY3DP", "signing in"),
        ("http://wren.example/o/eeast", "not a safe one"),
        ("https://www.example.com/", "some other page"),
        ("https://wren.example/", "some other page"),
        (ADDRESS + "short", "some other page"),
        (WORDS, "eight words"),
        ("-".join(WORDS.split()), "eight words"),
        (" ".join(WORDS.split()[:5]), "eight words"),
        ("hello", "Use the address from the poster"),
        ("", "Use the address from the poster"),
        ("x" * 200_000, "too long"),
        ("intent://x#Intent;end", "Use the address from the poster"),
    ],
    ids=lambda value: value[:24],
)
def test_a_text_of_another_kind_is_told_as_what_it_is(text: str, says: str) -> None:
    found = codes.other_kind(text)
    assert says in found if says else found == ""
    assert "JBSWY3DP" not in found


# --- choosing a picture -----------------------------------------------------------------------


def test_folders_and_pictures_are_listed_the_newest_first(tmp_path: Path) -> None:
    import os

    for at, name in enumerate(("old.png", "new.JPG", "text.txt", ".hidden.png")):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (at, at))
    (tmp_path / "Folder").mkdir()
    found = [(one.name, one.folder) for one in pictures.look(tmp_path)]
    assert found == [("Folder", True), ("new.JPG", False), ("old.png", False)]
    assert pictures.look(tmp_path / "not-there") == []
    assert pictures.begin(tmp_path) == tmp_path
    (tmp_path / "Pictures").mkdir()
    assert pictures.begin(tmp_path).name == "Pictures"


# --- the page ---------------------------------------------------------------------------------


def test_the_page_hands_over_what_can_be_an_address(hand: Hand) -> None:
    used: list[str] = []
    page = hand.show(AddressPage(use=used.append, check=codes.other_kind))
    page.go_on()
    assert page.ids.address.error
    page.fill(WORDS)
    page.go_on()
    assert "eight words" in page.ids.address.error
    page.fill(ADDRESS)
    page.go_on()
    page.go_on()  # it is under way
    assert used == [ADDRESS]
    page.refused("Not there.")
    assert (page.busy, page.ids.address.error) == (False, "Not there.")
    page.forget()
    assert page.ids.address.text == ""


def test_removing_takes_two_taps(hand: Hand) -> None:
    gone: list[str] = []
    page = hand.show(AddressPage(remove=gone.append))
    page.show([KnownHere("https://a/o/x", "An invented service", "Fetched on a day.", True)])
    hand.settle()
    card = page.ids.known.children[0]
    card.press_remove()
    assert gone == []
    card.press_remove()
    assert gone == ["https://a/o/x"]


# --- in the app -------------------------------------------------------------------------------

Served = dict[str, Any]


class Asked(Shell):
    """The app without an address, on a real service."""

    def start(self, **more: Any) -> None:
        super().start(**{"address": ""} | more)
        self.app.organisation = self.app.known = None

    def type(self, text: str) -> None:
        self.screen.fill(text)
        self.press("Continue")


@pytest.fixture
def asked(hand: Hand, board: Board, tmp_path: Path) -> Any:
    shell = Asked(hand, board, tmp_path / "app")
    yield shell
    shell.stop()


@pytest.fixture
def poster(served: Served) -> str:
    from shared.client import Client
    from shared.sealing.encoding import b64

    return f"{served['address']}#{b64(Client(served['url']).roster('eeast').fingerprint)}"


def test_an_address_of_a_poster_leads_to_the_first_page(asked: Asked, poster: str) -> None:
    assert asked.sees("Which organisation?")
    asked.type(poster)
    assert asked.sees("Report something")
    assert not asked.app.organisation.on_trust
    asked.restart(address="")
    assert asked.sees("Report something")


def test_without_a_posters_code_the_list_is_said_to_be_taken_on_trust(
    asked: Asked, served: Served
) -> None:
    asked.type(served["address"])
    assert asked.sees("You take this list on trust")
    assert asked.sees("127.0.0.1")
    assert asked.sees("handler-1")
    asked.press("Compare the key")
    key = asked.app.organisation.people[0].fingerprint.split()[0]
    assert asked.sees(key)
    asked.press("Go on")
    assert asked.sees("Report something")


def test_a_false_poster_stops_with_a_page(asked: Asked, served: Served) -> None:
    asked.type(f"{served['address']}#AAAAAAAAAAAAAAAAAAAAAA")
    assert asked.sees("Stop: something is wrong")
    asked.press("Try again")
    assert asked.sees("Which organisation?")
    assert asked.app.guide.organisations == {}


def test_nobody_there_is_told_beside_the_field(asked: Asked) -> None:
    asked.type("http://127.0.0.1:9/o/eeast")
    assert asked.sees("can\u2019t be reached") or asked.sees("can't be reached")
    assert asked.screen.ids.address.text == "http://127.0.0.1:9/o/eeast"


def test_several_organisations_and_a_switch(asked: Asked, poster: str, served: Served) -> None:
    asked.type(poster)
    other = "https://elsewhere.example/o/other"
    from dataclasses import replace

    kept = asked.app.guide.kept()
    name = {**kept.directory, "name": "Another invented service"}
    asked.app.guide.keep(other, replace(kept, directory=name, slug="other"))
    asked.app.draft.story, asked.app.draft.desk = "Begun.", "guardian"
    asked.app.connecting.ask_address()
    assert asked.sees("Another invented service")
    asked.press("Use this one")
    assert asked.app.guide.current == other
    assert (asked.app.draft.story, asked.app.draft.desk) == ("Begun.", "")
    asked.app.connecting.ask_address()
    first = next(c for c in asked.screen.ids.known.children if c.current)
    first.press_remove()
    first.press_remove()
    assert asked.app.guide.current == served["address"]
    assert other not in asked.app.guide.organisations
    assert asked.sees("Which organisation?")


def test_a_code_is_read_from_a_picture(asked: Asked, poster: str, tmp_path: Path) -> None:
    (tmp_path / "code.png").write_bytes(picture(poster))
    (tmp_path / "wifi.png").write_bytes(picture("WIFI:S:work;;"))
    (tmp_path / "none.png").write_bytes(picture())
    asked.press("Read the code from a picture")
    asked.screen.enter(tmp_path)
    asked.hand.settle()
    asked.press("none.png")
    assert asked.sees("no QR code")
    asked.press("wifi.png")
    assert asked.sees("Wi-Fi network")
    asked.press("Read the code from a picture")
    asked.screen.enter(tmp_path)
    asked.hand.settle()
    asked.press("code.png")
    assert asked.screen.ids.address.text == poster
    assert asked.app.guide.organisations == {}  # nothing is asked before *Continue*
    asked.press("Continue")
    assert asked.sees("Report something")


def test_where_no_code_can_be_read_it_says_so(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "can_read", lambda: False)
    asked.app.connecting.ask_address()
    assert "Your camera app can" in texts(asked.stage)
    assert asked.screen.picture is None
