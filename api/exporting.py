"""A case file as an answer, for the calls and for the console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from api.contract import Who, database
from api.rules import case_file as files
from api.rules import cases, exporting, organisations


def case_file(who: Who, reference: str, body: Mapping[str, Any]) -> Response:
    """A case file, which comes while it is made. What was asked for is noted before.

    Raises as `exporting.open_for` does.
    """
    wanted: dict[str, Any] = {"summary": "", "notes": False, "originals": False, **body}
    with database().read() as db:
        opened = exporting.open_for(db, who.id, who.keyring, reference, wanted)
        key = organisations.receipt_key(db, opened.organisation)
    database().write(lambda db: exporting.record(db, who.id, reference, opened.kind))
    cases.note_opening(database(), who.id, reference)
    response = Response(
        files.stream_file(database().config, opened, key), content_type="application/zip"
    )
    named = files.file_name(opened)
    response.headers["Content-Disposition"] = f'attachment; filename="{named}"'
    response.headers["Cache-Control"] = "no-store"
    return response
