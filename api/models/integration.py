"""What an organisation connects: API keys, webhooks, and how their deliveries went by day."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base


class ApiKey(Base):
    """A key of a program: `hash` is the SHA-256 of its 32 random bytes, `expires_on` its last day.

    It goes when it is revoked.
    """

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[list[Any]] = mapped_column(JSON)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_on: Mapped[date]
    created_by: Mapped[UUID]
    expires_on: Mapped[date]
    last_used_on: Mapped[date | None]


class Webhook(Base):
    """An address that is told of cases, without content.

    The secrets are locked under the deployment's. `previous_secret` signs too until the end of
    `previous_until`. `state` is `enabled`, `disabled` (by an administrator) or `gone` (the
    receiver answered 410). `failing_since` is the day since which nothing arrived; `why` is the
    code of what went wrong last.
    """

    __tablename__ = "webhooks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[list[Any]] = mapped_column(JSON)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_until: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(10))
    created_on: Mapped[date]
    failing_since: Mapped[date | None]
    why: Mapped[str | None] = mapped_column(String(20))


class WebhookDay(Base):
    """How many tries of a day ended in which way: a class of status, as `2xx`, or a code."""

    __tablename__ = "webhook_days"

    webhook_id: Mapped[UUID] = mapped_column(
        ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(String(20), primary_key=True)
    tries: Mapped[int]
