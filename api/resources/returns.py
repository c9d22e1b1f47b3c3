"""The quarterly return, for those who make it; board reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Response
from flask_restx import Resource

from api.contract import Calls, Who, database
from api.exporting import quarterly_return, report_to_the_board, return_file
from api.rules import returns
from api.rules.return_files import TYPES
from shared.errors import Conflict, NotAllowed, NotFound, TooEarly
from shared.schemas.administration import OfOrganisation
from shared.schemas.board import MakeBoardReport
from shared.schemas.returns import QuarterlyReturn, ReturnQuery, Returns, SubmitReturn

calls = Calls("returns", description="The quarterly return")


Method = TypeVar("Method", bound=Callable[..., Any])


def _file(kind: str) -> Callable[[Method], Method]:
    """The answer is a file of this media type, which the method returns as a response."""

    def wrap(method: Method) -> Method:
        documented: Any = calls.doc(produces=[kind.partition(";")[0]])(method)
        return cast(Method, calls.response(200, "A file", str)(documented))

    return wrap


@calls.route("/returns")
class AllReturns(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(OfOrganisation, "query")
    @calls.gives(Returns)
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, query: dict[str, Any]) -> dict[str, Any]:
        """The quarters and what was submitted of each, for administrators and analysts."""
        with database().read() as db:
            return {"items": returns.listed(db, who.id, query["organisation"])}


@calls.route("/returns/<int:year>/<int:quarter>")
class OneReturn(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(ReturnQuery, "query")
    @calls.gives(QuarterlyReturn)
    @calls.fails(NotFound, NotAllowed, TooEarly)
    def get(self, who: Who, query: dict[str, Any], year: int, quarter: int) -> dict[str, Any]:
        """A return, or what it would be now: exact counts.

        For administrators and analysts, who read no case. That they looked before it was submitted
        stands in the audit, once a day."""
        code = returns.code(year, quarter)
        return quarterly_return(who, query["organisation"], code, query["number"])

    @calls.needs("account")
    @calls.takes(SubmitReturn)
    @calls.gives(QuarterlyReturn, 201, 200)
    @calls.fails(NotFound, NotAllowed, TooEarly, Conflict)
    def post(
        self, who: Who, body: dict[str, Any], year: int, quarter: int
    ) -> tuple[dict[str, Any], bool]:
        """Submits the numbers that were looked at: they can be corrected, never changed.

        `number` and `digest` are those of the preview."""
        code = returns.code(year, quarter)
        return database().write(lambda db: returns.submit(db, who.id, code, body))


@calls.route("/returns/<int:year>/<int:quarter>.csv")
class ReturnCsv(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(ReturnQuery, "query")
    @_file(TYPES["csv"])
    @calls.fails(NotFound, NotAllowed, TooEarly)
    def get(self, who: Who, query: dict[str, Any], year: int, quarter: int) -> Response:
        """The same as CSV, with a line that says how it was counted."""
        code = returns.code(year, quarter)
        return return_file(who, query["organisation"], code, query["number"], "csv")


@calls.route("/returns/<int:year>/<int:quarter>.xlsx")
class ReturnXlsx(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(ReturnQuery, "query")
    @_file(TYPES["xlsx"])
    @calls.fails(NotFound, NotAllowed, TooEarly)
    def get(self, who: Who, query: dict[str, Any], year: int, quarter: int) -> Response:
        """The same as a workbook. No text in it is a formula."""
        code = returns.code(year, quarter)
        return return_file(who, query["organisation"], code, query["number"], "xlsx")


@calls.route("/board-report")
class BoardReport(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(MakeBoardReport)
    @_file("application/pdf")
    @calls.fails(NotFound, NotAllowed)
    def post(self, who: Who, body: dict[str, Any]) -> Response:
        """A report for the board: a PDF with charts of published figures, and your texts.

        It has no count that is not published. Nothing of it is stored. Of more than eight
        quarters it has the newest eight; 404 where none of them is published yet."""
        return report_to_the_board(who, body)
