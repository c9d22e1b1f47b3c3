"""`wren verify`: what a proof or a case file shows, in sentences, and a verdict as an exit code.

It needs no deployment and no network: whoever has the file can check it on their own machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.errors import BadToken, Damaged, SealingError, UnknownVersion, WrongKey
from shared.sealing import proof
from shared.sealing.encoding import b64, read_json
from shared.sealing.message import handler as by_handler
from shared.sealing.proof import File, Item, Verified
from shared.sealing.roster import Roster

SOUND, CHANGED, CUT, FOREIGN, NEWER = 0, 1, 3, 4, 5
"""Exit codes; 2 is for a command that was called wrongly."""

_PART = 1024 * 1024


class Verdict(Exception):
    """How it ends unless all is sound: an exit code, and one sentence."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Known:
    """A file as something signed describes it. `where` says by what: `message 3`."""

    name: str
    size: int
    sha256: bytes
    where: str


Say = Callable[[str], None]
Ask = Callable[[], str | None]


def printable(text: str) -> str:
    """Text without what a terminal would take as a command: anyone can seal anything."""
    return "".join(one if one.isprintable() or one in "\n\t" else "?" for one in text)


def is_zip(path: Path) -> bool:
    """Whether a file begins as a ZIP does."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


# --- proofs -------------------------------------------------------------------------------


def check_proof(
    path: Path, beside: Sequence[Path], fingerprint: bytes | None, ask: Ask, say: Say
) -> None:
    """Checks a proof, and the files beside it; says what it finds.

    Raises `Verdict` unless all is sound, and `BadToken` for words that are none.
    """
    fields = read_proof(path)
    words = ask()
    try:
        found = proof.verify(fields, None, words)
    except WrongKey as error:
        raise Verdict(FOREIGN, error.detail) from None
    except UnknownVersion as error:
        raise Verdict(NEWER, error.detail) from None
    except BadToken:
        raise
    except SealingError as error:
        raise Verdict(CHANGED, error.detail) from None
    if fingerprint is not None and found.roster.fingerprint != fingerprint:
        raise Verdict(FOREIGN, "This proof's roster is not the one of the poster.")
    say(f"Organisation  {found.organisation}")
    say(f"Case          {found.case_id}")
    say_roster(found.roster, fingerprint is not None, say)
    for item in found.items:
        _say_item(item, found.roster, say)
    if words is None and found.unnamed:
        say(f"\nFiles: {found.unnamed}. They can only be checked with the eight words.")
    known = list(_known(found))
    faults = [*compare(beside, known, say)] if words is not None else []
    if not found.holds:
        raise Verdict(CHANGED, "This proof does not hold.")
    if beside and words is None:
        raise Verdict(FOREIGN, "Without the eight words no file can be compared with this proof.")
    conclude(faults)
    say("\nEverything that was checked holds.")


def read_proof(path: Path) -> Mapping[str, Any]:
    """The fields of a proof file. Raises `Verdict` for a cut one, and for any other file."""
    data = path.read_bytes()
    if not data.strip():
        raise Verdict(CUT, "This file is empty. Save it again.")
    try:
        found = read_json(data)
    except Damaged:
        if data.lstrip()[:1] == b"{" and _is_cut(data):
            raise Verdict(CUT, "This file is cut: its end is missing. Save it again.") from None
        raise Verdict(FOREIGN, "This is not a proof file or case file of Wren.") from None
    if not str(found.get("format")).startswith("wren-proof/"):
        raise Verdict(FOREIGN, "This is not a proof file of Wren.")
    return found


def _is_cut(data: bytes) -> bool:
    """Whether JSON ends within a string, a list or an object."""
    depth, within, skip = 0, False, False
    for one in data:
        if skip:
            skip = False
        elif within:
            skip, within = one == 0x5C, one != 0x22
        elif one == 0x22:
            within = True
        elif one in b"{[":
            depth += 1
        elif one in b"}]":
            depth -= 1
    return within or depth > 0


def _say_item(item: Item, roster: Roster, say: Say) -> None:
    state = "holds" if item.problem is None else f"FAILS: {item.problem.detail}"
    who = printable(_author(item.author, roster))
    say(f"\nMessage {item.number}, {who}, stored on {item.day}: {state}")
    say(f"  SHA-256 {item.sha256.hex()}")
    if item.message is not None:
        for name, value in item.message.body.items():
            if value and name != "evidence":
                shown = ", ".join(map(str, value)) if isinstance(value, list) else value
                say(printable(f"  {name}: {shown}"))
        for line in _transcripts(item.message.body.get("evidence")):
            say(printable(line))
    for one in item.files:
        _say_file(one, say)


def _transcripts(evidence: Any) -> Iterator[str]:
    for one in evidence if isinstance(evidence, list) else ():
        if isinstance(one, Mapping):
            yield f"  about file {one.get('attachment')}: sharing {one.get('sharing')}"
            if one.get("transcript"):
                yield f"    transcript: {one['transcript']}"


def _say_file(one: File, say: Say) -> None:
    if one.problem is not None:
        say(f"  file {one.id}: FAILS: {one.problem.detail}")
        return
    say(printable(f"  file {one.id}: {one.name or 'no name'}, {one.type}, {one.size} bytes"))
    say(f"    SHA-256 {one.sha256.hex()}")


def _author(author: str, roster: Roster) -> str:
    """An author with the handler's name by the roster, where it lists one."""
    for one in roster.newest.handlers:
        if author == by_handler(one.id):
            return f"{one.name} ({author})"
    return author


def _known(found: Verified) -> Iterator[Known]:
    for item in found.items:
        for one in item.files:
            if one.problem is None and item.problem is None:
                yield Known(one.name, one.size, one.sha256, f"message {item.number}")


# --- what both have ---------------------------------------------------------------------------


def say_roster(roster: Roster, pinned: bool, say: Say) -> None:
    """Says which roster it is by, and what to compare it with."""
    say(f"Roster        {b64(roster.fingerprint)}")
    if not pinned:
        say("              compare this with the end of the poster's address")


def compare(paths: Sequence[Path], known: Sequence[Known], say: Say) -> Iterator[Verdict]:
    """Says of each file whether it is one of those described; yields what is wrong with it."""
    for path in paths:
        sha256, size = digest(path)
        name = printable(path.name)
        same = next((one for one in known if one.sha256 == sha256 and one.size == size), None)
        if same is not None:
            say(f"\n{name}: the very file of {same.where}.")
            continue
        meant = next((one for one in known if one.name == path.name), None)
        if meant is None:
            code, text = FOREIGN, "it is none of the files that this speaks of."
        elif size < meant.size:
            code, text = CUT, (
                f"CUT: {size} of the {meant.size} bytes that the file of {meant.where} has."
            )  # fmt: skip
        else:
            code, text = (
                CHANGED,
                f"CHANGED: {meant.where} has a file of this name with other bytes.",
            )
        say(f"\n{name}: {text}")
        yield Verdict(code, f"{name}: {text}")


def conclude(faults: Sequence[Verdict]) -> None:
    """Raises the worst of these, if there is any: changed, then cut, then foreign."""
    for code in (CHANGED, CUT, FOREIGN):
        for one in faults:
            if one.code == code:
                raise one


def digest(path: Path) -> tuple[bytes, int]:
    """SHA-256 and size in bytes of a file, in flat memory."""
    hashed, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(_PART):
            hashed.update(part)
            size += len(part)
    return hashed.digest(), size
