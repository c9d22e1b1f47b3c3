"""What is to be told outside, until it has arrived; and what the worker has done by day."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base

_WAITING = text("state = 'waiting'")


class Delivery(Base):
    """Something to be told to one receiver: `kind` says how, `target` to whom.

    A row is made at a release or by a handler's act, so no time in it is a reporter's. It goes
    once it has arrived. `claimed_until` is how long a worker that took it has it for itself;
    `why` is a code for what went wrong last, never a text from outside.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_due_at",
            "kind",
            "due_at",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("ix_outbox_target", "kind", "target"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    target: Mapped[UUID]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    event: Mapped[str] = mapped_column(String(40))
    case_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), index=True
    )
    body: Mapped[Any] = mapped_column(JSON)
    due_at: Mapped[int] = mapped_column(BigInteger)
    claimed_until: Mapped[int | None] = mapped_column(BigInteger)
    tries: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    why: Mapped[str | None] = mapped_column(String(40))


class OverdueTold(Base):
    """That it was told that something of a case is overdue: once for each `kind`."""

    __tablename__ = "overdue_told"

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)


class Chore(Base):
    """The day on which a daily work was last done, by whichever worker."""

    __tablename__ = "chores"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date]
