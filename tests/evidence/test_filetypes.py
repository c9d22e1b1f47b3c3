"""What a file is, is told by its content; what is not taken is refused with what to do instead."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from shared import filetypes, packages
from shared.errors import Refused
from shared.filetypes import clean_name, kind_of
from tests.evidence import samples


def test_it_works() -> None:
    for kind, ending in (("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif")):
        found = kind_of(samples.picture(kind))
        assert (found.group, found.ending) == ("picture", ending)
    assert kind_of(samples.picture("PDF")).media_type == "application/pdf"
    assert kind_of(samples.docx()).ending == "docx"
    assert kind_of(samples.odt()).ending == "odt"
    assert kind_of(samples.amr()).group == "audio"
    assert set(filetypes.GROUPS) == {"picture", "pdf", "text", "audio", "video", "office"}


@pytest.mark.parametrize("ending", samples.RECORDINGS)
def test_recordings(tmp_path: Path, ending: str) -> None:
    found = kind_of(samples.recording(tmp_path, ending))
    assert found.ending == {"opus": "ogg"}.get(ending, ending)
    assert found.group == ("video" if ending in ("mp4", "mov", "3gp", "webm") else "audio")


@pytest.mark.parametrize(
    "text",
    [
        "[13/03, 10:18] Sam: come to my office",
        "MZ is how this begins",
        "PK, too",
        "BM, GIF and II are no pictures",
        "#!AMR",
        "a < b and b > c, <b>bold</b> in the middle",
        "{}",
        "x",
        "żółw\r\n" * 10_000,
    ],
)
def test_text(text: str) -> None:
    for coding in ("utf-8", "utf-8-sig", "utf-16"):
        assert kind_of(text.encode(coding)).media_type == "text/plain"


def test_the_name_says_nothing() -> None:
    data = samples.picture("JPEG")
    assert {kind_of(data, name).ending for name in ("a.txt", "a.exe", "", "a.docx")} == {"jpg"}


def test_it_is_left_at_its_beginning() -> None:
    file = io.BytesIO(samples.docx())
    file.seek(7)
    kind_of(file)
    assert file.tell() == 0


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
REFUSED = {
    "nothing": (b"", filetypes.EMPTY),
    "zip": (samples.package({"a.txt": "x"}), filetypes.PACKED),
    "empty zip": (samples.package({}), filetypes.PACKED),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(90), filetypes.PACKED),
    "rar": (b"Rar!\x1a\x07\x01\x00" + bytes(90), filetypes.PACKED),
    "gzip": (b"\x1f\x8b\x08" + bytes(90), filetypes.PACKED),
    "heic": (b"\0\0\0\x18ftypheic" + bytes(90), filetypes.HEIC),
    "avif": (b"\0\0\0\x18ftypavif" + bytes(90), filetypes.HEIC),
    "old office": (OLE, filetypes.OLD),
    "rtf": (rb"{\rtf1\ansi hello}", filetypes.OLD),
    "exe": (b"MZ\x90\x00" + bytes(300), filetypes.PROGRAM),
    "elf": (b"\x7fELF" + bytes(90), filetypes.PROGRAM),
    "html": (b"\n <!DOCTYPE html><script>alert(1)</script>", filetypes.ACTIVE),
    "html in UTF-16": ("<html><body>".encode("utf-16"), filetypes.ACTIVE),
    "svg": (b"\xef\xbb\xbf<svg xmlns='http://www.w3.org/2000/svg'/>", filetypes.ACTIVE),
    "xml": (b"<?xml version='1.0'?><a/>", filetypes.ACTIVE),
    "a PDF in a page": (b"<html>\n%PDF-1.4\n", filetypes.ACTIVE),
    "Latin-1": ("Er hat mich angeschrien, übel".encode("latin-1"), filetypes.CODING),
    "half of UTF-16": (b"\xff\xfea", filetypes.CODING),
    "NUL": (b"text\0more", filetypes.OTHER),
    "noise": (bytes(range(256)) * 9, filetypes.OTHER),
    "tiff": (samples.picture("TIFF"), filetypes.OTHER),
    "bmp": (samples.picture("BMP"), filetypes.OTHER),
    "cut mp4": (b"\0\0\0\x20ftypisom" + bytes(90), filetypes.DAMAGED),
    "mp4 without a track": (b"\0\0\0\x10ftypisom\0\0\0\0", filetypes.DAMAGED),
    "a voice message with more behind": (samples.amr() + b"PK\3\4", filetypes.DAMAGED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    data, why = REFUSED[name]
    with pytest.raises(Refused) as refused:
        kind_of(data, "harmless.jpg")
    assert refused.value.detail == why
    assert refused.value.code == "refused_file"


def test_an_export_of_whatsapp_is_told_where_to_go() -> None:
    with pytest.raises(Refused) as refused:
        kind_of(samples.package({"_chat.txt": "x"}), "WhatsApp Chat - Sam.zip")
    assert refused.value.detail == filetypes.EXPORT


def _macros() -> bytes:
    return samples.docx({"word/vbaProject.bin": b"x"})


def _locked() -> bytes:
    data = bytearray(samples.docx())
    at = data.index(b"PK\1\2")
    while at >= 0:  # the flag "encrypted", in the list and before each member
        data[at + 8] |= 1
        at = data.find(b"PK\1\2", at + 1)
    return bytes(data)


def _nested(depth: int) -> bytes:
    made = samples.package({"x.txt": "x"})
    for _ in range(depth):
        made = samples.package({"more.zip": made})
    return samples.docx({"word/embeddings/one.xlsx": made})


def _many() -> bytes:
    return samples.docx({f"word/media/{number}.xml": b"" for number in range(4000)})


def _larger_list() -> bytes:
    """The list is said to be longer than it is: a reader would take all for it."""
    data = bytearray(samples.docx())
    data[-10:-6] = (64 * 1024 * 1024).to_bytes(4, "little")
    return bytes(data)


PACKAGES = {
    "macros": (_macros, packages.MACROS),
    "a password": (_locked, packages.LOCKED),
    "a bomb": (lambda: samples.docx({"word/b.xml": bytes(30_000_000)}), packages.BOMB),
    "many bombs": (
        lambda: samples.docx({f"word/{n}.xml": bytes(1_000_000) for n in range(210)}),
        packages.BOMB,
    ),
    "deep": (lambda: _nested(4), packages.BOMB),
    "a bomb within": (
        lambda: samples.docx(
            {"word/embeddings/a.docx": samples.docx({"b.xml": bytes(30_000_000)})}
        ),
        packages.BOMB,
    ),
    "many members": (_many, packages.BOMB),
    "a long list": (_larger_list, packages.BOMB),
    "cut": (lambda: samples.docx()[:-30], packages.BROKEN),
    "no end": (lambda: b"PK\3\4" + bytes(400), packages.BROKEN),
    "a picture of LibreOffice": (
        lambda: samples.package({"mimetype": "application/vnd.oasis.opendocument.graphics"}),
        packages.OTHER_KIND,
    ),
    "scripts in LibreOffice": (
        lambda: samples.package(
            {"mimetype": "application/vnd.oasis.opendocument.text", "Basic/Standard/M.xml": "x"}
        ),
        packages.MACROS,
    ),
}


@pytest.mark.parametrize("name", PACKAGES)
def test_documents_that_are_refused(name: str) -> None:
    make, why = PACKAGES[name]
    data = make()
    with pytest.raises(Refused) as refused:
        kind_of(data)
    assert refused.value.detail == why


def test_a_table_within_a_document_is_no_bomb() -> None:
    assert kind_of(_nested(0)).ending == "docx"


def test_two_members_of_one_name() -> None:
    file = io.BytesIO(samples.docx())
    with zipfile.ZipFile(file, "a") as made, pytest.warns(UserWarning, match="Duplicate"):
        made.writestr("word/document.xml", "another")
    with pytest.raises(Refused) as refused:
        kind_of(file)
    assert refused.value.detail == packages.BROKEN


NAMES = {
    "../../etc/passwd": "passwd.png",
    "..\\..\\boot.ini": "boot.png",
    "C:\\Users\\sam\\shot.JPG": "shot.png",
    "a\nb\r\n.jpg": "ab.png",
    "invoice\u202egpj.exe": "invoicegpj.png",
    "zero\u200bwidth\x00.png": "zerowidth.png",
    "two  spaces\u2003and\u2028lines.gif": "two spaces and lines.png",
    '<a href="x">.png': "a href= x.png",
    "": "picture.png",
    "...": "picture.png",
    "/": "picture.png",
    "CON.txt": "picture.png",
    "report v1.2": "report v1.2.png",
    "Screenshot_20261127-031522.jpg": "Screenshot.png",  # the second it was taken
    "WhatsApp Image 2026-11-27 at 03.15.22.jpeg": "WhatsApp Image at.png",
    "20261127_031522.jpg": "picture.png",
    "+44 7700 900123.txt": "picture.png",
    "IMG_0207.jpg": "IMG_0207.png",
    "rota 2026.pdf": "rota 2026.png",
    "żółw.webp": "żółw.png",
    "e\u0301.jpg": "é.png",
    "\ud800.jpg": "picture.png",
}


@pytest.mark.parametrize("name", NAMES)
def test_names(name: str) -> None:
    assert clean_name(name, filetypes.PNG) == NAMES[name]


def test_long_names() -> None:
    made = clean_name("x" * 5000 + ".docx", kind_of(samples.docx()))
    assert len(made) == filetypes.MOST_OF_NAME
    assert made.endswith("x.docx")
