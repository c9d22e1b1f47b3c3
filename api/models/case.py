"""Cases: what of them is in clear, who can open them, and who sees them in the inbox."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base


class Case(Base):
    """A case. Of the reporter: the verifier and two public keys, never the words."""

    __tablename__ = "cases"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desks.id"))
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    status: Mapped[str] = mapped_column(String(20))
    opened_on: Mapped[date]
    urgent: Mapped[bool]
    verifier: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    seal_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    sign_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    read_number: Mapped[int]


class CaseEpoch(Base):
    """A signed record of who reads (purpose 0: messages, 1: notes)."""

    __tablename__ = "case_epochs"

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    purpose: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    record: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))
    previous_key: Mapped[bytes | None] = mapped_column(LargeBinary)


class CaseKey(Base):
    """The private half of an epoch's key, sealed to one reader (sixteen zeros: the reporter)."""

    __tablename__ = "case_keys"
    __table_args__ = (
        ForeignKeyConstraint(
            ["case_id", "purpose", "epoch"],
            ["case_epochs.case_id", "case_epochs.purpose", "case_epochs.epoch"],
            ondelete="CASCADE",
        ),
    )

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reader: Mapped[UUID] = mapped_column(primary_key=True)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)


class CaseExcluded(Base):
    """A handler whom the reporter left out."""

    __tablename__ = "case_excluded"

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    handler: Mapped[UUID] = mapped_column(primary_key=True)


class CaseAccess(Base):
    """A handler of the newest message record: every handler's query goes through this table.

    `inbox_number` gives the inbox its order; it is null until the case is released, and
    then the case is shown.
    """

    __tablename__ = "case_access"
    __table_args__ = (Index("ix_case_access_inbox", "handler", "inbox_number", "case_id"),)

    handler: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    inbox_number: Mapped[int | None] = mapped_column(index=True)
