"""A service that tests can flood: with a clock of its own for what it counts, and cheap work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from api.load import Load
from api.rules import floods
from shared.work import read_challenge, solve
from tests.service import Service

FROM = 20
"""Openings in a minute from which this service asks for work."""
CASES = "/organisations/eeast/cases"
CHALLENGE = "/organisations/eeast/challenge"


@dataclass
class Flood:
    """The service, and how much comes in."""

    service: Service
    at: float = 0.0

    def rises(self, to: int = 2 * FROM) -> None:
        """So many openings in the last minute."""
        self.is_over()
        self.service.database.load.openings.add(to)

    def is_over(self) -> None:
        """All that was counted has faded."""
        self.at += 3_600

    def work(self) -> str:
        """A solved challenge of eeast, as it is given now."""
        return solve(read_challenge(self.service.get(CHALLENGE).get_json()))


def set_up(service: Service, monkeypatch: pytest.MonkeyPatch, work_from: int = FROM) -> Flood:
    """Makes the service ask for work from then on, until the test ends."""
    flood = Flood(service)
    config = replace(service.database.config, work_from=work_from)
    monkeypatch.setattr(service.database, "config", config)
    monkeypatch.setattr(service.database, "load", Load(lambda: flood.at))
    monkeypatch.setattr(floods, "TRIES", 8)
    monkeypatch.setattr(floods, "COST", 2)
    return flood


def report(service: Service, **fields: Any) -> dict[str, Any]:
    """A readable request that opens a case."""
    return service.report(**fields)[0]
