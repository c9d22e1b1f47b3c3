"""Handlers: a case file of a case that they handle."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_restx import Resource

from api.contract import Calls, Who
from api.exporting import case_file
from shared.errors import BrokenChain, Damaged, NotAllowed, NotFound, WrongKey
from shared.schemas.exports import ExportCase

calls = Calls("export", description="Handlers: taking a case out of Wren")


def _zip(method: Any) -> Any:
    """The answer is a ZIP, which the method returns as a response."""
    documented = calls.doc(produces=["application/zip"])(method)
    return calls.response(200, "A ZIP: words, evidence, hashes, signature", str)(documented)


@calls.route("/cases/<string:reference>/export")
class CaseExport(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @_zip
    @calls.fails(NotFound, NotAllowed, BrokenChain, Damaged, WrongKey)
    def get(self, who: Who, reference: str) -> Response:
        """The whole case as a ZIP, without private notes.

        The reporter is told that it was made, by whom and on which day."""
        return case_file(who, reference, {"kind": "full"})

    @calls.needs("account")
    @calls.takes(ExportCase)
    @_zip
    @calls.fails(NotFound, NotAllowed, BrokenChain, Damaged, WrongKey)
    def post(self, who: Who, body: dict[str, Any], reference: str) -> Response:
        """A case file: `full`, or for `sharing` with an investigation.

        For sharing it holds only what the reporter allowed to be shown, and `summary`. The
        reporter is told that it was made, by whom and on which day."""
        return case_file(who, reference, body)
