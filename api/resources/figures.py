"""Figures: published counts by quarter, for an organisation's people."""

from __future__ import annotations

from typing import Any

from flask_restx import Resource

from api.contract import Calls, Who, database
from api.rules import figures
from shared.errors import NotAllowed, NotFound
from shared.schemas.figures import Statistics, StatisticsQuery
from shared.schemas.integrations import STATISTICS

calls = Calls("figures", description="Counts by quarter")


@calls.route("/statistics")
class AllStatistics(Resource):  # type: ignore[misc]
    @calls.needs("account", scope=STATISTICS)
    @calls.takes(StatisticsQuery, "query")
    @calls.gives(Statistics)
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, query: dict[str, Any]) -> dict[str, Any]:
        """Published counts by quarter, the same for all who may see them.

        A quarter is published once, some weeks after its end, and its table is frozen. Counts
        below five are hidden, and what would give them away; cases that somebody who handles
        reports was kept out of are not in it. API keys need `statistics:read`."""
        return figures.answer(database(), who.kind, who.id, query)


@calls.route("/statistics.csv")
class StatisticsCsv(Resource):  # type: ignore[misc]
    @calls.needs("account", scope=STATISTICS)
    @calls.takes(StatisticsQuery, "query")
    @calls.gives_csv
    @calls.fails(NotFound, NotAllowed)
    def get(self, who: Who, query: dict[str, Any]) -> str:
        """The same as CSV: one count a line."""
        return figures.as_csv(figures.answer(database(), who.kind, who.id, query))
