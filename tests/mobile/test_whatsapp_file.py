"""Exports as files: text in every encoding, and zips that are not what they say they are."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile

import pytest

from mobile import whatsapp_file
from mobile.whatsapp import OTHER_APP, NotRead, read
from mobile.whatsapp_file import (
    DAMAGED,
    LARGEST,
    LOCKED,
    NO_TEXT,
    NOT_TEXT,
    SEVERAL,
    STEP,
    TOO_LARGE,
    text_of,
)
from tests.mobile.chats import ANDROID_UK, IOS_UK, zipped


def opened(data: bytes) -> str:
    return text_of(io.BytesIO(data))


def why(data: bytes) -> str:
    with pytest.raises(NotRead) as told:
        opened(data)
    return told.value.detail


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_it_works(encoding: str) -> None:
    """Every encoding gives the same messages."""
    text = ANDROID_UK.replace("Morning", "Bore da \u0175")
    chat = read(opened(text.encode(encoding)))
    assert len(chat.lines) == len(read(text).lines)
    assert chat.lines[2].text.startswith("Bore da \u0175")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("_chat.txt", IOS_UK), ("WhatsApp Chat with Nights.txt", ANDROID_UK),
        ("WhatsApp Chat - Nights/_chat.txt", IOS_UK), ("Czat WhatsApp z Kim.txt", ANDROID_UK),
    ],
)  # fmt: skip
def test_the_chat_of_a_zip_is_read_beside_its_pictures(name: str, text: str) -> None:
    pictures = {f"0000{at}-PHOTO.jpg": b"\xff\xd8 invented" for at in range(20)}
    assert opened(zipped({**pictures, name: text.encode(), "__MACOSX/._x.txt": b"x"})) == text


def test_a_text_that_was_cut_in_a_character_is_read() -> None:
    data = (ANDROID_UK + "14/03/2024, 00:08 - Kim Invented: \u0175").encode()
    assert len(read(opened(data[:-1])).lines) == 10
    assert opened("\u0175".encode()[1:] + ANDROID_UK.encode()) == ANDROID_UK


@pytest.mark.parametrize("cut", [20, 60, 120, 200])
def test_a_zip_that_was_cut_is_told(cut: int) -> None:
    data = zipped({"_chat.txt": IOS_UK.encode()})
    assert why(data[:-cut]) == DAMAGED
    assert why(data[:cut]) == DAMAGED


def test_a_zip_without_a_chat_is_refused() -> None:
    assert why(zipped({"0001-PHOTO.jpg": b"x"})) == NO_TEXT
    assert why(zipped({})) == NO_TEXT
    assert why(zipped({"messages.html": b"<html>"})) == OTHER_APP
    assert why(zipped({"a.txt": b"a", "b.txt": b"b"})) == SEVERAL
    two = {"WhatsApp Chat with A.txt": b"a", "WhatsApp Chat with B.txt": b"b"}
    assert why(zipped(two)) == SEVERAL


def test_a_zip_bomb_is_refused_by_what_is_read_and_in_flat_memory() -> None:
    """It says of itself that it is small; nothing beyond the limit is unpacked."""
    data = zipped({"_chat.txt": b"\0" * (LARGEST + 10 * STEP)})
    assert len(data) < 200_000
    assert why(data) == TOO_LARGE
    lying = bytearray(data)
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", lying, lying.find(mark) + at, 100)
    assert why(bytes(lying)) in (DAMAGED, TOO_LARGE, NOT_TEXT)


def test_a_long_text_is_refused_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whatsapp_file, "LARGEST", 3 * STEP)
    source = io.BytesIO(b"a" * (100 * STEP))
    with pytest.raises(NotRead, match="larger than"):
        text_of(source)
    assert source.tell() <= 4 * STEP


def test_a_list_of_millions_of_files_is_not_read() -> None:
    data = bytearray(zipped({"_chat.txt": b"a"}))
    struct.pack_into("<I", data, data.rfind(b"PK\x05\x06") + 12, 500_000_000)
    tracemalloc.start()
    assert why(bytes(data)) == TOO_LARGE
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_a_zip_with_a_password_is_told() -> None:
    data = bytearray(zipped({"_chat.txt": IOS_UK.encode()}))
    for mark, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.find(mark) + at] |= 1
    assert why(bytes(data)) == LOCKED


def test_a_byte_that_was_changed_in_a_zip_is_told() -> None:
    data = bytearray(zipped({"_chat.txt": IOS_UK.encode() * 20}))
    data[80] ^= 0xFF
    assert why(bytes(data)) in (DAMAGED, NOT_TEXT)


@pytest.mark.parametrize(
    "data",
    [b"\xff\xd8\xff\xe0\0\x10JFIF", b"%PDF-1.7\n\xe2\xe3\xcf\xd3", b"\x89PNG\r\n\x1a\n\0\0",
     bytes(range(256)) * 20, b"ok\n" * 9 + b"\xff\xfe\xfd"],
)  # fmt: skip
def test_what_is_no_text_is_told(data: bytes) -> None:
    assert why(data) == NOT_TEXT


def test_an_empty_file_has_nothing_in_it() -> None:
    with pytest.raises(NotRead, match="nothing in it"):
        read(opened(b""))


def test_a_method_that_nobody_knows_is_told() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("_chat.txt", IOS_UK)
    data = bytearray(made.getvalue())
    for mark, at in ((b"PK\x01\x02", 10), (b"PK\x03\x04", 8)):
        struct.pack_into("<H", data, data.find(mark) + at, 97)
    assert why(bytes(data)) == DAMAGED
