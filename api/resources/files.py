"""Attachments as files: the exact bytes, or a copy that says no more than it shows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_restx import Resource

from api.contract import Calls, Who, database
from api.rules import uploading
from api.rules.unlocking import by_handler
from api.rules.uploading import Opened
from shared.errors import (
    Damaged,
    NotAllowed,
    NotCleaned,
    NotFound,
    Unavailable,
    UnknownVersion,
    WrongKey,
)
from shared.schemas.files import OriginalQuery
from shared.sealing.encoding import REPORTER

calls = Calls("files", description="Attachments as files")


@calls.route("/case/attachments/<uuid:attachment>")
class OwnFile(Resource):  # type: ignore[misc]
    @calls.needs("reporter")
    @calls.gives_file
    @calls.fails(NotFound, NotAllowed, Unavailable)
    @calls.fails(WrongKey, Damaged, UnknownVersion)
    def get(self, who: Who, attachment: UUID) -> Opened:
        """The file, byte for byte as it was stored."""
        return uploading.fetch(database(), who.id, REPORTER, who.keyring, attachment)


@calls.route("/cases/<string:reference>/attachments/<uuid:attachment>")
class CaseFile(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(OriginalQuery, "query")
    @calls.gives_file
    @calls.fails(NotFound, NotAllowed, NotCleaned, Unavailable)
    @calls.fails(WrongKey, Damaged, UnknownVersion)
    def get(self, who: Who, query: dict[str, Any], reference: str, attachment: UUID) -> Opened:
        """A copy that says no more than it shows; with `original=true` the exact bytes.

        Whoever sent it may have made it to do harm: open it on a machine that can be lost. The
        audit notes that it was opened."""
        with database().read() as db:
            case_id = by_handler(db, who.id, reference).id
        original = bool(query["original"])
        return uploading.fetch(
            database(), case_id, who.id, who.keyring, attachment, original=original
        )
