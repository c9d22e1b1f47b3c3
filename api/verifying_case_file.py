"""What `wren verify` says of a case file: signature, time stamp, and every file in it."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import IO, Any
from zlib import error as ZlibError

from cryptography import x509

from api.rules import stamping
from api.verifying import (
    CHANGED,
    CUT,
    FOREIGN,
    NEWER,
    Known,
    Say,
    Verdict,
    compare,
    conclude,
    printable,
    say_roster,
)
from shared.errors import SealingError, WrenError
from shared.packages import PACKINGS
from shared.sealing import case_file, roster
from shared.sealing.case_file import Signature
from shared.sealing.encoding import read_day, read_json, unb64
from shared.sealing.roster import Roster

MANIFEST, SIGNATURE, STAMP = "manifest.json", "manifest.signature.json", "manifest.tsr"
ROSTER = "roster.json"
_APART = {MANIFEST, SIGNATURE, STAMP, "NO-TIME-STAMP.txt"}
"""What the manifest can't list: itself, and what was made of it."""

_LARGEST = 32 * 1024 * 1024
"""Bytes of a manifest or roster at most."""

_PART = 1024 * 1024
_BROKEN = (
    zipfile.BadZipFile, ZlibError, EOFError, RuntimeError, OSError, ValueError, LookupError,
    struct.error,
)  # fmt: skip
"""What `zipfile` raises for a list or a part that is not as it was written."""


def check_case_file(
    path: Path,
    beside: Sequence[Path],
    fingerprint: bytes | None,
    roots: Sequence[x509.Certificate],
    say: Say,
) -> None:
    """Checks a case file, and the files beside it; says what it finds.

    `roots` are certificates that the time stamp may go back to. Raises `Verdict` unless all is
    sound.
    """
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise Verdict(CUT, "This file is cut: its end is missing. Fetch it again.") from None
    except _BROKEN:
        raise Verdict(CHANGED, "This file's list of what is in it was changed.") from None
    with archive:
        _check(archive, beside, fingerprint, roots, say)


def _check(
    archive: zipfile.ZipFile,
    beside: Sequence[Path],
    fingerprint: bytes | None,
    roots: Sequence[x509.Certificate],
    say: Say,
) -> None:
    names = archive.namelist()
    if MANIFEST not in names:
        raise Verdict(FOREIGN, "This ZIP is not a case file of Wren.")
    manifest = _small(archive, MANIFEST)
    fields = _fields(manifest)
    checked = _roster(archive, fields["organisation"])
    if fingerprint is not None and checked.fingerprint != fingerprint:
        raise Verdict(FOREIGN, "This case file's roster is not the one of the poster.")
    _check_signature(archive, manifest, checked)
    by = printable(str(fields["made_by"]["name"]))
    say(f"Case file     {printable(fields['reference'])}, {fields['kind']}")
    say(f"Organisation  {printable(fields['organisation'])}")
    say(f"Made          {read_day(fields['made_on'])}, by {by}")
    say_roster(checked, fingerprint is not None, say)
    say("Signature     holds, by the organisation's receipt key")
    say(f"Time stamp    {_stamp(archive, manifest, roots)}\n")
    faults = _check_files(archive, names, fields["files"], say)
    known = [
        Known(one["name"].rpartition("/")[2], one["size"], bytes.fromhex(one["sha256"]),
              f"{one['name']} in this case file")
        for one in fields["files"]
    ]  # fmt: skip
    conclude([*faults, *compare(beside, known, say)])
    say("\nEverything that was checked holds.")


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with _opened(archive, name) as file:
            found = file.read(_LARGEST + 1)
    except _BROKEN:
        raise Verdict(CHANGED, f"{name} is missing, or was changed.") from None
    if len(found) > _LARGEST:
        raise Verdict(CHANGED, f"{name} was changed.")
    return found


def _opened(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A part, to be read in steps. Raises one of `_BROKEN`."""
    if archive.getinfo(name).compress_type not in PACKINGS:
        raise zipfile.BadZipFile(name)
    return archive.open(name)


def _fields(manifest: bytes) -> Mapping[str, Any]:
    """The manifest's fields, of the right kinds."""
    try:
        found = read_json(manifest)
        if found["format"] != case_file.FORMAT:
            raise Verdict(NEWER, "This case file is of another version of Wren. Update it.")
        texts = [found["organisation"], found["reference"], found["kind"], found["made_on"]]
        texts += [found["made_by"]["name"], *(one["name"] for one in found["files"])]
        hashes = [bytes.fromhex(one["sha256"]) for one in found["files"]]
        read_day(found["made_on"])
        right = all(isinstance(one, str) for one in texts) and all(
            isinstance(one["size"], int) for one in found["files"]
        )
    except (WrenError, KeyError, TypeError, ValueError, AttributeError):
        right, hashes = False, []
    if not right or any(len(one) != 32 for one in hashes):
        raise Verdict(CHANGED, f"{MANIFEST} was changed.")
    return found


def _roster(archive: zipfile.ZipFile, slug: str) -> Roster:
    try:
        records = read_json(_small(archive, ROSTER))["records"]
        signed = [
            roster.SignedRecord(unb64(one["record"]), unb64(one["signature"])) for one in records
        ]
        return roster.check(signed, slug)
    except (SealingError, KeyError, TypeError, AttributeError):
        raise Verdict(CHANGED, f"{ROSTER} was changed, or is another organisation's.") from None


def _check_signature(archive: zipfile.ZipFile, manifest: bytes, checked: Roster) -> None:
    try:
        given = read_json(_small(archive, SIGNATURE))
        signature = Signature(unb64(given["key_id"]), unb64(given["signature"]))
        case_file.check(signature, checked.newest.receipt_keys, manifest)
    except (KeyError, TypeError, AttributeError):
        raise Verdict(CHANGED, f"{SIGNATURE} was changed.") from None
    except SealingError:
        sentence = "The signature does not hold: the manifest was changed, or is another's."
        raise Verdict(CHANGED, sentence) from None


def _stamp(archive: zipfile.ZipFile, manifest: bytes, roots: Sequence[x509.Certificate]) -> str:
    if STAMP not in archive.namelist():
        return "none"
    try:
        found = stamping.read(_small(archive, STAMP), manifest, roots)
    except SealingError as error:
        raise Verdict(CHANGED, f"{STAMP}: {error.detail}") from None
    at = found.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    by = printable(found.by)
    if roots:
        return f"{at}, signed by {by}"
    return f"{at}; it says that it is by {by}: to check that, give --authority"


def _check_files(
    archive: zipfile.ZipFile, names: Sequence[str], files: Sequence[Mapping[str, Any]], say: Say
) -> list[Verdict]:
    """Says of each file in the manifest, and each that is not, whether it is as it was signed."""
    faults = []
    for one in files:
        state = _state(archive, names, one)
        say(f"{printable(one['name'])}: {state}")
        say(f"  SHA-256 {one['sha256']}")
        if state != "as it was signed":
            faults.append(Verdict(CHANGED, f"{printable(one['name'])}: {state}."))
    listed = {one["name"] for one in files} | _APART
    for name in sorted(set(names) - listed):
        say(f"{printable(name)}: ADDED, it is not in the manifest")
        faults.append(Verdict(CHANGED, f"{printable(name)}: ADDED after it was signed."))
    return faults


def _state(archive: zipfile.ZipFile, names: Sequence[str], one: Mapping[str, Any]) -> str:
    if one["name"] not in names:
        return "TAKEN OUT"
    hashed, size = hashlib.sha256(), 0
    try:
        with _opened(archive, one["name"]) as file:
            while size <= one["size"] and (part := file.read(_PART)):
                hashed.update(part)
                size += len(part)
    except _BROKEN:
        return "CHANGED"
    same = size == one["size"] and hashed.hexdigest() == one["sha256"]
    if names.count(one["name"]) != 1 or not same:
        return "CHANGED"
    return "as it was signed"
