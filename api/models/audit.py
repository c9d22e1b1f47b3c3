"""What handlers and administrators did: one hash chain an organisation."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base


class AuditEntry(Base):
    """One act. `hash` covers it and the hash of the entry before.

    `case_id` has no foreign key: the entry stays when the case is deleted, and then names
    nothing any more.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_case", "case_id", "actor", "act", "day"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date]
    actor: Mapped[UUID]
    act: Mapped[str] = mapped_column(String(40))
    case_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
