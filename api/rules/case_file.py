"""The case file as a ZIP, made while it is fetched: one file at a time is in memory, none on disk.

Evidence goes in as it is for those who look at it: cleaned (`cleaning`), which for pictures means
made anew from their pixels. What can't be cleaned stays out, and the words say so. Exactly as sent
it goes along only in a full file, and only if that was asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.config import Config
from api.rules import attachments, case_pdf, cleaning, stamping, workshop
from api.rules.case_contents import Taken, document, shared_pieces
from api.rules.case_document import Picture, as_text
from api.rules.exporting import FULL, Opened, Piece
from shared import filetypes
from shared.errors import WrenError
from shared.sealing import case_file, stream
from shared.sealing.encoding import b64

MOST_PICTURES = 40
"""Pictures that are shown in the PDF; each file is in the ZIP."""

NO_STAMP = (
    "This case file has no time stamp: the authority did not answer, or not with one. All else is "
    "as it should be. Make another case file later, if a time stamp is needed.\n"
)
NOT_CLEANED = (
    "What it says of its making could not be taken out of it. If it is needed, make a full case "
    "file with the files as they were sent."
)
_MODE = 0o100600
_PART = 64 * 1024

_Member = tuple[str, datetime, int, Any, Iterable[bytes]]


@dataclass(slots=True)
class _Maker:
    """What is known of the ZIP so far: the hashes of its files, and what became of the pieces."""

    opened: Opened
    config: Config
    key: Ed25519PrivateKey = field(repr=False)
    files: list[dict[str, Any]] = field(default_factory=list)
    became: dict[UUID, Taken] = field(default_factory=dict)
    pictures: int = 0

    def members(self) -> Iterator[_Member]:
        """The files of the ZIP, in order."""
        yield from self._evidence()
        words = document(self.opened, self.became)
        yield self._listed("case.pdf", [case_pdf.render(words)])
        yield self._listed("case.txt", [as_text(words).encode()])
        yield self._listed("roster.json", [_json({"records": _records(self.opened)})])
        sums = "".join(f"{one['sha256']}  {one['name']}\n" for one in self.files)
        yield self._listed("manifest.sha256", [sums.encode()])
        manifest = _json(self._manifest())
        signed = case_file.sign(self.key, manifest)
        yield self._member("manifest.json", [manifest])
        signature = {"key_id": b64(signed.key_id), "signature": b64(signed.signature)}
        yield self._member("manifest.signature.json", [_json(signature)])
        if self.config.timestamp_authority:
            stamp = stamping.ask(self.config.timestamp_authority, manifest)
            if stamp is not None:
                yield self._member("manifest.tsr", [stamp])
            else:
                yield self._member("NO-TIME-STAMP.txt", [NO_STAMP.encode()])

    def _manifest(self) -> dict[str, Any]:
        me = self.opened.me
        return {
            "format": case_file.FORMAT,
            "organisation": self.opened.organisation.slug,
            "reference": self.opened.case.reference,
            "kind": self.opened.kind,
            "made_on": self.opened.today.isoformat(),
            "made_by": {"id": str(me), "name": self.opened.name_of(str(me))},
            "files": self.files,
        }

    def _member(self, name: str, chunks: Iterable[bytes]) -> _Member:
        made = datetime.combine(self.opened.today, datetime.min.time())
        from stream_zip import ZIP_32

        return name, made, _MODE, ZIP_32, chunks

    def _listed(self, name: str, chunks: Iterable[bytes]) -> _Member:
        return self._member(name, self._hashed(name, chunks))

    def _hashed(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks; once they are through, the file is in the manifest."""
        hashed, size = hashlib.sha256(), 0
        for one in chunks:
            hashed.update(one)
            size += len(one)
            yield one
        self.files.append({"name": name, "sha256": hashed.hexdigest(), "size": size})

    # --- evidence ---------------------------------------------------------------------------

    def _evidence(self) -> Iterator[_Member]:
        for number, piece in enumerate(_pieces(self.opened), 1):
            if piece.row is None or piece.description is None:
                continue
            with ExitStack() as closing:
                try:
                    exact = closing.enter_context(self._exact(piece))
                except WrenError as error:
                    self.became[piece.row.id] = Taken(problem=error.detail)
                    continue
                yield from self._kept(number, piece, exact, closing)

    def _exact(self, piece: Piece) -> BinaryIO:
        """The true bytes, in memory. Raises `Damaged`, `NotFound` or `Unavailable`."""
        assert piece.row is not None  # noqa: S101 - `_evidence` passes the others over
        assert piece.description is not None  # noqa: S101
        file = workshop.memory_file()
        try:
            chunks = attachments.chunks_of(self.config, piece.row)
            for part in stream.decrypt(chunks, piece.description):
                file.write(part)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    def _kept(
        self, number: int, piece: Piece, exact: BinaryIO, closing: ExitStack
    ) -> Iterator[_Member]:
        """The members of one piece: cleaned, and exactly as it was sent if that is wanted."""
        assert piece.description is not None  # noqa: S101 - as above
        sent = piece.description.name
        name = original = problem = ""
        picture = None
        try:
            kind = filetypes.kind_of(exact, sent)
            done = cleaning.clean(exact, kind)
            closing.enter_context(done.file)
            if done.cleaned:
                name = self._name("evidence", number, sent, done.kind.ending)
                picture = self._picture(done, number)
            else:
                problem = NOT_CLEANED
        except WrenError as error:
            problem = error.detail
        if name:
            yield self._listed(name, _parts(done.file))
        if self.opened.kind == FULL and self.opened.originals:
            original = self._name("originals", number, sent, _ending(sent))
            yield self._listed(original, _parts(exact))
        self.became[piece.said.attachment_id] = Taken(name, original, picture, problem)

    def _picture(self, done: cleaning.Cleaned, number: int) -> Picture | None:
        if done.kind.group != "picture" or self.pictures >= MOST_PICTURES:
            return None
        self.pictures += 1
        done.file.seek(0)
        return case_pdf.picture(done.file, f"Picture of evidence file {number}")

    def _name(self, folder: str, number: int, sent: str, ending: str) -> str:
        """A file's name that is safe everywhere; for sharing, without the one that it had."""
        stem = f"-{_stem(sent)}" if self.opened.kind == FULL and _stem(sent) else ""
        return f"{folder}/{number:02d}{stem}.{ending}"


def _pieces(opened: Opened) -> Sequence[Piece]:
    if opened.kind != FULL:
        return shared_pieces(opened)
    return [piece for entry in (*opened.thread, *opened.notes) for piece in entry.pieces]


def _stem(name: str) -> str:
    """Letters and digits of a name, without its ending: at most 40, in ASCII."""
    last = re.split(r"[/\\]", name)[-1].rpartition(".")
    plain = unicodedata.normalize("NFKD", last[0] or last[2]).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:40].rstrip("-").lower()


def _ending(name: str) -> str:
    found = re.search(r"\.([A-Za-z0-9]{1,5})\Z", name)
    return found[1].lower() if found else "bin"


def _parts(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while part := file.read(_PART):
        yield part


def _records(opened: Opened) -> list[dict[str, str]]:
    return [
        {"record": b64(one.record), "signature": b64(one.signature)}
        for one in opened.roster.signed
    ]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def stream_file(config: Config, opened: Opened, key: Ed25519PrivateKey) -> Iterator[bytes]:
    """The ZIP, part by part. `key` is the organisation's receipt key, which signs its manifest."""
    from stream_zip import stream_zip  # slow to load, and seldom asked for

    return iter(
        stream_zip(
            _Maker(opened, config, key).members(),
            chunk_size=_PART,
            get_compressobj=lambda: zlib.compressobj(level=1, wbits=-zlib.MAX_WBITS),
        )
    )


def file_name(opened: Opened) -> str:
    """What the ZIP is called: the reference says nothing of what is in it."""
    ending = "" if opened.kind == FULL else f"-{opened.kind}"
    return f"{opened.case.reference}{ending}.zip"
