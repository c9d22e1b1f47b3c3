"""Whatever stands in a ZIP, its reader refuses it by name, and holds no more than it may.

Three read ZIPs of others: the app an export of WhatsApp, the service and the app office documents,
and `wren verify` a case file. What an export says is in tests/attack/test_chats.py.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509 import load_pem_x509_certificates
from hypothesis import strategies as st

from api import verifying_case_file
from api.rules import stamping
from api.verifying import Verdict
from api.verifying_case_file import check_case_file
from mobile import whatsapp_file
from mobile.whatsapp import NotRead, read
from mobile.whatsapp_file import text_of
from shared.errors import BadSignature, Damaged, Refused
from shared.filetypes import kind_of
from shared.sealing import case_file
from shared.sealing.encoding import b64, exact_json
from tests import authority
from tests.attack import zips
from tests.attack.making import ANY_JSON, made_up
from tests.mobile.chats import ANDROID_UK, IOS_UK
from tests.ordeal import tell
from tests.sealing.people import ADA, RECEIPT_KEY, SLUG, make_roster

MB = 1024 * 1024
ROSTER = exact_json({"records": [
    {"record": b64(one.record), "signature": b64(one.signature)} for one in make_roster(ADA).signed
]})  # fmt: skip
FILES = {"case.pdf": b"%PDF-1.7 invented", "evidence/1-shot.png": b"\x89PNG invented" * 50,
         "roster.json": ROSTER}  # fmt: skip


def manifest(**other: Any) -> dict[str, Any]:
    """The manifest of a case file with these files."""
    files = [
        {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in FILES.items()
    ]
    return {
        "format": case_file.FORMAT, "organisation": SLUG, "reference": "EA-7K2M9PQR4T",
        "kind": "full", "made_on": "2026-03-02", "made_by": {"name": "handler-1"}, "files": files,
    } | other  # fmt: skip


def signed(manifest: bytes, **other: bytes) -> dict[str, bytes]:
    """The parts of a case file with this manifest; `handler-1` keeps the organisation's key."""
    signature = case_file.sign(RECEIPT_KEY.sign_private, manifest)
    told = {"key_id": b64(signature.key_id), "signature": b64(signature.signature)}
    return {
        **FILES, "manifest.json": manifest, "manifest.signature.json": exact_json(told), **other,
    }  # fmt: skip


CASE_FILE = signed(exact_json(manifest()))


def check(data: bytes, place: Path) -> list[str]:
    """What `wren verify` says of a case file. Raises `Verdict`."""
    path, said = place / "case.zip", list[str]()
    path.write_bytes(data)
    check_case_file(path, (), None, (), said.append)
    return said


READERS: dict[str, tuple[Callable[[bytes, Path], object], type[Exception], dict[str, bytes]]] = {
    "export": (
        lambda data, _place: read(text_of(io.BytesIO(data))), NotRead,
        {"0001-PHOTO.jpg": b"\xff\xd8 invented", "_chat.txt": IOS_UK.encode()},
    ),
    "export of Android": (
        lambda data, _place: read(text_of(io.BytesIO(data))), NotRead,
        {"WhatsApp Chat with Nights.txt": ANDROID_UK.encode()},
    ),
    "document": (lambda data, _place: kind_of(data), Refused, {
        "[Content_Types].xml": b"vnd.openxmlformats-officedocument.wordprocessingml.document"
        b".main+xml", "word/document.xml": b"<w:document/>",
        "word/embeddings/one.xlsx": zips.zipped({"xl/workbook.xml": b"<x/>"}),
    }),
    "document of LibreOffice": (lambda data, _place: kind_of(data), Refused, {
        "mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>",
    }),
    "case file": (check, Verdict, CASE_FILE),
}  # fmt: skip
"""How each is read, by what it is refused, and the parts of one that is sound."""

MOST = 40 * MB
"""Bytes that a reader may hold at once of a ZIP of some kilobytes."""

CONTENT = st.binary(max_size=300) | ANY_JSON.map(lambda one: json.dumps(one).encode())


@pytest.mark.parametrize("name", READERS)
def test_what_is_sound_is_read(name: str, tmp_path: Path) -> None:
    """So what is refused below is refused for what was done to it."""
    parse, _, parts = READERS[name]
    parse(zips.zipped(parts), tmp_path)


def tried(name: str, place: Path, examples: int) -> None:
    parse, refusal, parts = READERS[name]
    survives = zips.within(MOST, lambda data: parse(data, place), refusal)
    inputs = (
        zips.spoiled(zips.zipped(parts)) | zips.anew(parts, CONTENT)
        | st.binary(max_size=400).map(lambda data: b"PK\3\4" + data)
    )  # fmt: skip
    made_up(inputs, survives, examples)


@pytest.mark.parametrize("name", READERS)
def test_it_works(name: str, tmp_path: Path) -> None:
    tried(name, tmp_path, 60)


@pytest.mark.ordeal
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", READERS)
def test_in_depth(name: str, tmp_path: Path) -> None:
    tried(name, tmp_path, 300)
    tell("attack", "ZIP files that were spoiled, or made to be hostile", tried=300, lost=0)


BOMBS = {
    "export": ("export", "_chat.txt", b""),
    "document": ("document of LibreOffice", "mimetype", b""),
    "list of a document": ("document", "[Content_Types].xml", b""),
    "within a document": ("document", "word/embeddings/one.xlsx", b"PK\3\4"),
    "case file": ("case file", "manifest.json", b""),
    "file in a case file": ("case file", "case.pdf", b""),
}
"""Who reads it, which part it is, and what it begins with."""


@pytest.mark.parametrize("says", [None, 100], ids=["as it is", "short"])
@pytest.mark.parametrize("method", zips.METHODS)
@pytest.mark.parametrize("name", BOMBS)
def test_bombs(
    name: str, method: str, says: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says of its own size is not believed, and no packing unfolds at one go."""
    monkeypatch.setattr(whatsapp_file, "LARGEST", MB)
    monkeypatch.setattr(verifying_case_file, "_LARGEST", MB)
    reader, part, begins = BOMBS[name]
    parse, refusal, parts = READERS[reader]
    others = tuple((other, data) for other, data in parts.items() if other != part)
    data = zips.bomb(part, method, says=says, begins=begins, beside=others)
    assert len(data) < zips.BOMB / 100
    with zips.at_most(zips.BOMB // 2), pytest.raises(refusal):
        parse(data, tmp_path)


def test_a_list_that_is_longer_than_the_record_tells() -> None:
    """Zip64 has another record of how long the list is, and `zipfile` goes by that."""
    sound = zips.zipped({"_chat.txt": IOS_UK.encode()})
    assert IOS_UK[9:] in text_of(io.BytesIO(sound))
    for length in (0, 2**40):
        with zips.at_most(MB), pytest.raises(NotRead):
            text_of(io.BytesIO(zips.of_64(sound, length)))
        with zips.at_most(MB), pytest.raises(Refused):
            kind_of(zips.of_64(zips.zipped(READERS["document"][2]), length))


@pytest.mark.parametrize("name", ["..", "../../chat.txt", "/etc/chat.txt", "C:\\chat.txt"])
def test_names_that_lead_elsewhere(name: str, tmp_path: Path) -> None:
    """A name is no place: nothing is written, in whichever reader it comes."""
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    for parse, refusal, parts in READERS.values():
        data = zips.zipped({**parts, name: b"Invented."})
        try:
            parse(data, inside)
        except refusal:
            continue
    (inside / "case.zip").unlink()
    assert sorted(tmp_path.rglob("*")) == before


def strangers(place: Path) -> Callable[[dict[str, Any]], None]:
    """Checks a manifest that whoever made it signed, with a roster of their own."""

    def survives(other: dict[str, Any]) -> None:
        try:
            written = json.dumps(manifest(**other)).encode()
            check(zips.zipped(signed(written)), place)
        except Verdict:
            return

    return survives


VALUES = ANY_JSON | st.sampled_from(
    ["2026-02-30", "2026-3-2", "", "\ud800", "\x1b[2J", "..", -1, 2**70]
)  # fmt: skip
FILE = st.fixed_dictionaries(
    {"name": VALUES, "size": VALUES, "sha256": VALUES | st.just("00" * 32)}
)  # fmt: skip
MANIFESTS = st.dictionaries(
    st.sampled_from([*manifest(), "else"]),
    VALUES | st.fixed_dictionaries({"name": VALUES}) | st.lists(FILE, max_size=3), max_size=3,
)  # fmt: skip


def test_manifests_that_a_stranger_signed(tmp_path: Path) -> None:
    """A signature that holds makes nothing of what was signed right."""
    made_up(MANIFESTS, strangers(tmp_path), 80)


@pytest.mark.ordeal
def test_manifests_in_depth(tmp_path: Path) -> None:
    made_up(MANIFESTS, strangers(tmp_path), 300)


@pytest.mark.ordeal
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_time_stamps(tmp_path: Path) -> None:
    """A stamp that was spoiled says nothing, or that it does not hold."""
    data = CASE_FILE["manifest.json"]
    with authority.running(tmp_path) as one:
        sound = stamping.ask(one.url, data)
        roots = load_pem_x509_certificates(one.root.read_bytes())
    assert sound is not None
    stamping.read(sound, data, roots)

    def survives(stamp: bytes) -> None:
        for known in (roots, ()):
            with suppress(Damaged, BadSignature):
                stamping.read(stamp, data, known)

    made_up(zips.spoiled(sound, plain=True), survives, 2_500)
    tell("attack", "time stamps that were spoiled", tried=2_500, lost=0)
