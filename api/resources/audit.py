"""The audit: every act of a handler or administrator, for those who may see it."""

from __future__ import annotations

from typing import Any

from flask_restx import Resource

from api.contract import Calls, Who, database
from api.rules import auditing
from shared.errors import NotAllowed, NotFound
from shared.schemas.audit import AuditExport, AuditPage, AuditQuery

calls = Calls("audit", description="What handlers and administrators did")


@calls.route("/audit")
class Audit(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(AuditQuery, "query")
    @calls.gives(AuditPage)
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, query: dict[str, Any]) -> dict[str, Any]:
        """What was done, newest first.

        Handlers and managers see acts on cases that they can open, and acts on no case;
        administrators see the latter only."""
        with database().read() as db:
            return auditing.page(db, who.id, query)


@calls.route("/audit.csv")
class AuditCsv(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(AuditExport, "query")
    @calls.gives_csv
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, query: dict[str, Any]) -> str:
        """The same, whole, as CSV. The export stands in the audit itself."""
        return database().write(lambda db: auditing.as_csv(db, who.id, query))
