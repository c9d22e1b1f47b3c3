"""What tests of accounts share: inviting somebody, joining, signing in as them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

import pyotp
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from api.models.account import Account, Position
from api.models.audit import AuditEntry
from api.models.organisation import Organisation
from api.rules import joining, organisations, throttling
from tests.service import Service

DAY = 24 * 60 * 60
TRIES = throttling.FREE_TRIES + throttling.LOOKS
"""Wrong tries in one moment, after which the next is looked at by chance only."""


def no_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too many is refused, and never looked at by chance."""
    monkeypatch.setattr(throttling, "by_chance", lambda: False)


def invite(
    service: Service,
    role: str = "handler",
    desks: Iterable[str] = ("guardian",),
    slug: str = "eeast",
    **more: Any,
) -> str:
    """The code of an invitation."""
    return service.database.write(
        lambda db: joining.invite(
            db, organisations.find(db, slug), role, more.pop("name", "handler-9"), desks, **more
        )[0]
    )


def join(service: Service, code: str, username: str = "handler-9") -> dict[str, Any]:
    """What a new account is answered."""
    answer = service.post("/join", {"invitation": code, "username": username})
    assert answer.status_code == 201, answer.text
    return dict(answer.get_json())


def signing_in(service: Service, shown: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What somebody sends who was shown this, with the code of now."""
    code = pyotp.TOTP(shown["totp_secret"]).at(int(service.clock.now))
    return {"username": shown["username"], "password": shown["password"], "code": code} | more


def sign_in(service: Service, shown: dict[str, Any], **more: Any) -> str:
    """The bearer of somebody who was shown this; the clock goes on, so that codes are new."""
    service.clock.now += 30
    answer = service.post("/sign-in", signing_in(service, shown, **more))
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["session"])


def as_shown(service: Service, username: str) -> dict[str, Any]:
    """What this handler of the tests was shown once."""
    one = service.handlers[username]
    return {
        "username": username,
        "password": one.password,
        "totp_secret": one.totp_secret,
        "recovery": one.recovery,
    }


def change(service: Service, bearer: str, **body: Any) -> TestResponse:
    """The answer to a change of one's own leave."""
    return service.call("PATCH", "/account", body, bearer)


def account(service: Service, username: str) -> Account | None:
    """The row of this user name."""
    with service.database.read() as db:
        return db.scalar(select(Account).where(Account.username == username))


def positions(service: Service, account_id: UUID) -> dict[str, tuple[str, bool, date | None]]:
    """Organisation -> role, whether listed, leave."""
    with service.database.read() as db:
        found = db.execute(
            select(Organisation.slug, Position)
            .join(Organisation, Organisation.id == Position.organisation_id)
            .where(Position.account_id == account_id)
        )
        return {slug: (one.role, one.listed, one.away_until) for slug, one in found}


def audited(service: Service, slug: str = "eeast") -> list[tuple[str, UUID, dict[str, Any]]]:
    """Act, actor and detail of the organisation's audit, oldest first."""
    with service.database.read() as db:
        organisation = organisations.find(db, slug)
        found = db.scalars(
            select(AuditEntry)
            .where(AuditEntry.organisation_id == organisation.id)
            .order_by(AuditEntry.number)
        )
        return [(one.act, one.actor, one.detail) for one in found]
