"""Figures: counts by quarter for an organisation's people."""

from __future__ import annotations

from typing import Any

from flask_restx import Resource

from api.contract import Calls, Who, database
from api.rules import figures
from shared.errors import NotAllowed, NotFound
from shared.schemas.administration import OfOrganisation
from shared.schemas.figures import Statistics

calls = Calls("figures", description="Counts by quarter")


@calls.route("/statistics")
class AllStatistics(Resource):  # type: ignore[misc]
    @calls.needs("account")
    @calls.takes(OfOrganisation, "query")
    @calls.gives(Statistics)
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, query: dict[str, Any]) -> dict[str, Any]:
        """Counts by quarter; those below five are hidden, and what would give them away.

        Handlers and managers get cases by desk only, without any that were kept from them."""
        with database().read() as db:
            return figures.statistics(db, who.id, query["organisation"])
