"""Attachments of a case: begun, sent in chunks, and fetched; by the reporter and by handlers.

Both have the same calls: what differs is which case it is, and who may see what.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_restx import Resource

from api.contract import Calls, Form, Who, database
from api.models.base import Work
from api.models.case import Case
from api.rules import attachments, uploading
from api.rules.unlocking import by_handler
from shared.errors import (
    Conflict,
    Damaged,
    EpochChanged,
    NoRoom,
    NotAllowed,
    NotCleaned,
    NotFound,
    Refused,
    TooLarge,
    Unavailable,
    UnknownVersion,
    WrongKey,
)
from shared.schemas.attachments import AttachmentState, PostAttachment, StoredAttachment
from shared.schemas.files import AttachmentForm
from shared.sealing.encoding import REPORTER
from shared.sealing.stream import SEALED_CHUNK

calls = Calls("attachments", description="Attachments: sealed, in chunks that may be sent again")


def _find(db: Work, who: Who, reference: str | None) -> tuple[Case, UUID]:
    """The case, and who the caller is in it. Raises `NotFound`."""
    if reference is None:
        return db.get_one(Case, who.id), REPORTER
    return by_handler(db, who.id, reference), who.id


def most(who: Who, reference: str | None = None) -> int:
    """How many bytes a file may have here: told before it is read. Raises `NotFound`."""
    with database().read() as db:
        return uploading.most(db, _find(db, who, reference)[0])


def _begin(who: Who, body: dict[str, Any], reference: str | None) -> tuple[dict[str, Any], bool]:
    if "file" in body:
        with database().read() as db:
            case, me = _find(db, who, reference)
        return uploading.store(database(), case.id, me, who.keyring, body)

    def begin(db: Work) -> tuple[Any, bool]:
        return attachments.begin(db, *_find(db, who, reference), body)

    found, repeated = database().write(begin)
    have = attachments.look(database(), found) if repeated else set()
    return {"id": found.id, "chunks": found.chunks, "have": sorted(have)}, repeated


def _state(who: Who, attachment: UUID, reference: str | None) -> dict[str, Any]:
    with database().read() as db:
        case, me = _find(db, who, reference)
        found = attachments.readable_by(db, case, me, attachment)
    have = attachments.look(database(), found)
    attachments.note_opening(database(), me, found)
    return {"envelope": found.envelope, "chunks": found.chunks, "have": sorted(have)}


def _put(who: Who, data: bytes, attachment: UUID, number: int, reference: str | None) -> None:
    if reference is None:
        case_id, me = who.id, REPORTER
    else:
        with database().read() as db:
            case_id, me = by_handler(db, who.id, reference).id, who.id
    attachments.store_chunk(database(), case_id, me, attachment, number, data)


def _get(who: Who, attachment: UUID, number: int, reference: str | None) -> bytes:
    with database().read() as db:
        found = attachments.readable_by(db, *_find(db, who, reference), attachment)
    return attachments.chunk(database().config, found, number)


@calls.route("/case/attachments")
class OwnAttachments(Resource):  # type: ignore[misc]
    @calls.needs("reporter")
    @calls.takes(PostAttachment, form=Form(AttachmentForm, most))
    @calls.gives(StoredAttachment, 201, 200)
    @calls.fails(NotAllowed, Conflict, EpochChanged, TooLarge, Refused, NotCleaned)
    @calls.fails(WrongKey, Damaged, UnknownVersion)
    def post(self, who: Who, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Stores a file, or begins a sealed attachment; then a message names it.

        A form with the file: it is cleaned and stored whole. Or JSON, `id`, `sealed` and `chunks`:
        then send the chunks, of which `have` says what need not be sent. What no message names
        within seven days is taken away."""
        return _begin(who, body, None)


@calls.route("/case/attachments/<uuid:attachment>/state")
class OwnAttachmentState(Resource):  # type: ignore[misc]
    @calls.needs("reporter")
    @calls.gives(AttachmentState)
    @calls.fails(NotFound, Unavailable)
    def get(self, who: Who, attachment: UUID) -> dict[str, Any]:
        """The sealed description, and which chunks are stored."""
        return _state(who, attachment, None)


@calls.route("/case/attachments/<uuid:attachment>/chunks/<int:number>")
class OwnChunk(Resource):  # type: ignore[misc]
    @calls.needs("reporter")
    @calls.takes_octets(SEALED_CHUNK)
    @calls.gives_nothing
    @calls.fails(NotFound, Conflict, TooLarge, NoRoom, Unavailable)
    def put(self, who: Who, data: bytes, attachment: UUID, number: int) -> None:
        """Stores one sealed chunk, from 0. Once this is answered it lasts; safe to repeat."""
        _put(who, data, attachment, number, None)

    @calls.needs("reporter")
    @calls.gives_octets
    @calls.fails(NotFound, Unavailable)
    def get(self, who: Who, attachment: UUID, number: int) -> bytes:
        """One sealed chunk, as it was stored."""
        return _get(who, attachment, number, None)


@calls.route("/cases/<string:reference>/attachments")
class CaseAttachments(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(PostAttachment, form=Form(AttachmentForm, most))
    @calls.gives(StoredAttachment, 201, 200)
    @calls.fails(NotFound, NotAllowed, Conflict, EpochChanged, TooLarge, Refused, NotCleaned)
    @calls.fails(WrongKey, Damaged, UnknownVersion)
    def post(self, who: Who, body: dict[str, Any], reference: str) -> tuple[dict[str, Any], bool]:
        """Stores a file, or begins a sealed attachment, of a message or of a note.

        As the reporter's. The form's `kind` says which, or the key that it is sealed to. Nobody
        but its author sees it until a message or note names it."""
        return _begin(who, body, reference)


@calls.route("/cases/<string:reference>/attachments/<uuid:attachment>/state")
class CaseAttachmentState(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.gives(AttachmentState)
    @calls.fails(NotFound, Unavailable)
    def get(self, who: Who, reference: str, attachment: UUID) -> dict[str, Any]:
        """The sealed description, and which chunks are stored. The audit notes that it was opened.

        What hangs on a message that is not released yet is not found."""
        return _state(who, attachment, reference)


@calls.route("/cases/<string:reference>/attachments/<uuid:attachment>/chunks/<int:number>")
class CaseChunk(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes_octets(SEALED_CHUNK)
    @calls.gives_nothing
    @calls.fails(NotFound, Conflict, TooLarge, NoRoom, Unavailable)
    def put(self, who: Who, data: bytes, reference: str, attachment: UUID, number: int) -> None:
        """Stores one sealed chunk of one's own attachment, from 0; safe to repeat."""
        _put(who, data, attachment, number, reference)

    @calls.needs("account")
    @calls.gives_octets
    @calls.fails(NotFound, Unavailable)
    def get(self, who: Who, reference: str, attachment: UUID, number: int) -> bytes:
        """One sealed chunk, as it was stored."""
        return _get(who, attachment, number, reference)
