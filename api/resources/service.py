"""Whether the service can serve."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from flask_restx import Resource

from api.contract import Calls, database
from api.rules import health
from shared.errors import Unavailable
from shared.schemas.service import Health

calls = Calls("service", description="Whether the service can serve")


@calls.route("/health")
class ServiceHealth(Resource):  # type: ignore[misc]
    @calls.opened
    @calls.gives(Health)
    @calls.fails(Unavailable)
    def get(self) -> dict[str, Any]:
        """Tells whether the service can serve; 503 when its database doesn't answer.

        Without its vault only attachments wait, and without a worker what is told outside."""
        return {"status": "ok", "version": version("wren"), "parts": health.parts(database())}
