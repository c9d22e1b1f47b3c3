"""Quarterly returns as they were submitted: frozen, and numbered on as they are corrected."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base


class Return(Base):
    """One return of a quarter (`2026-Q3`). A correction is a row of its own, with `why`.

    `data` has the rows with their names and the method as they were then, so that a return reads
    the same when the form, or the organisation's lists, have changed. `digest` is the SHA-256 of
    what was looked at, as base64url.
    """

    __tablename__ = "returns"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    quarter: Mapped[str] = mapped_column(String(7), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[str] = mapped_column(String(20))
    day: Mapped[date]
    submitted_by: Mapped[UUID]
    why: Mapped[str]
    digest: Mapped[str] = mapped_column(String(43))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
