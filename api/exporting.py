"""Files as answers, for the calls and for the console: case files, returns, board reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from api.contract import Who, database
from api.rules import board_report, cases, exporting, organisations, return_files, returns
from api.rules import case_file as files


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


def return_file(who: Who, slug: str, quarter: str, number: int | None, kind: str) -> Response:
    """A return as `csv` or `xlsx`. Raises as `returns.get` does."""
    found = quarterly_return(who, slug, quarter, number)
    made = return_files.as_csv(found) if kind == "csv" else return_files.as_xlsx(found)
    response = Response(made, content_type=return_files.TYPES[kind])
    named = return_files.file_name(found, kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{named}"'
    return response


def quarterly_return(who: Who, slug: str, quarter: str, number: int | None) -> dict[str, Any]:
    """A return; that exact numbers were looked at before they are out is noted."""
    with database().read() as db:
        found = returns.get(db, who.id, slug, quarter, number)
    returns.note_preview(database(), who.id, found)
    return found


def report_to_the_board(who: Who, body: Mapping[str, Any]) -> Response:
    """A board report. Nothing of it is stored. Raises as `board_report.gather` does."""
    report = board_report.gather(database(), who.id, body)
    response = Response(board_report.render(report), content_type="application/pdf")
    named = f'attachment; filename="{report.file_name()}"'
    response.headers["Content-Disposition"] = named
    return response
