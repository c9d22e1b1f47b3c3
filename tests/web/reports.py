"""What tests of the report's pages share: how many there are, and what arrived of one."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import func, select

from api import setup
from api.models.case import Case
from tests.service import Service
from tests.web.hands import Hands


def cases(service: Service) -> int:
    """How many cases there are."""
    with service.database.read() as db:
        return db.scalar(select(func.count()).select_from(Case)) or 0


def reference(hands: Hands) -> str:
    """The reference that the page shows."""
    found = re.search(r"[A-Z]{3}-[0-9A-Z]{10}", hands.text)
    assert found, hands.text
    return found[0]


def arrived(service: Service, named: str, by: str = "handler-1") -> dict[str, Any]:
    """The case as a handler reads it."""
    answer = service.get(f"/cases/{named}", service.handler(by))
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def told(service: Service, named: str, by: str = "handler-1") -> dict[str, Any]:
    """What the report says, without whom it shuts out."""
    content = dict(arrived(service, named, by)["report"]["content"])
    return {
        name: one
        for name, one in content.items()
        if name not in ("type", "excluded", "attachments")
    }


def joins(service: Service, name: str, desk: str = "guardian", by: str = "handler-1") -> str:
    """Somebody new at a desk, approved by a handler; their id."""
    first = service.handlers[by]
    new, listed = service.database.write(
        lambda db: setup.add_handler(db, "eeast", (desk,), name, name, (first.id, first.keyring))
    )
    assert listed
    return str(new.id)


def turn(hands: Hands, number: int, status: int = 200) -> str:
    """Opens another page of the report that the browser is at."""
    return hands.go(f"{hands.path.rsplit('/', 1)[0]}/{number}", status)


def at(hands: Hands) -> int:
    """The number of the page."""
    return int(hands.path.rsplit("/", 1)[1])
