"""Cases: what of them is in clear, who can open them, and who sees them in the inbox."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base


def _open_index(name: str, column: str, only: str) -> Index:
    """An index over the days of those cases that something is still due of."""
    some = text(only)
    return Index(name, "organisation_id", column, sqlite_where=some, postgresql_where=some)


class Case(Base):
    """A case. Of the reporter: the verifier and two public keys, never the words.

    `recorded_by` is the handler who recorded what came by phone, email or in person.
    `answered` is true once the closing question was; the answer itself is sealed.
    `withdrawn_on` is set only while a legal hold keeps what the reporter withdrew. `goes_on` is
    the day on which a closed case is deleted, once that was announced.
    """

    __tablename__ = "cases"
    __table_args__ = (
        _open_index("ix_cases_acknowledge_by", "acknowledge_by", "status = 'new'"),
        _open_index(
            "ix_cases_feedback_by", "feedback_by", "status != 'closed' AND feedback_on IS NULL"
        ),
        _open_index("ix_cases_goes_on", "goes_on", "goes_on IS NOT NULL"),
        Index("ix_cases_status", "organisation_id", "status"),
    )

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
    confidentiality: Mapped[str] = mapped_column(String(20))
    recorded_by: Mapped[UUID | None]
    assigned_to: Mapped[UUID | None] = mapped_column(index=True)
    acknowledge_by: Mapped[date]
    feedback_by: Mapped[date]
    acknowledged_on: Mapped[date | None]
    feedback_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    times_counted: Mapped[bool]
    answered: Mapped[bool]
    legal_hold: Mapped[str | None] = mapped_column(String(2000))
    withdrawn_on: Mapped[date | None]
    goes_on: Mapped[date | None]


class CaseCheck(Base):
    """A check for detriment, so many months after closing."""

    __tablename__ = "case_checks"
    __table_args__ = (
        Index(
            "ix_case_checks_due_on",
            "due_on",
            sqlite_where=text("done_on IS NULL"),
            postgresql_where=text("done_on IS NULL"),
        ),
    )

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    months: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_on: Mapped[date]
    done_on: Mapped[date | None]


class CaseLink(Base):
    """Two cases that name the same group or person; `first` is the smaller id."""

    __tablename__ = "case_links"

    first: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    second: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class CaseConsent(Base):
    """A consent that a grant was made by: handlers, role and end; the purpose is sealed.

    `message_id` is the reporter's signed consent in the thread.
    """

    __tablename__ = "case_consents"

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    handlers: Mapped[list[Any]] = mapped_column(JSON)
    role: Mapped[str] = mapped_column(String(200))
    until: Mapped[date]
    revoked_on: Mapped[date | None]


class CaseExport(Base):
    """A case file that a handler took out of Wren: `kind` is `full` or `sharing`."""

    __tablename__ = "case_exports"

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(10))
    handler: Mapped[UUID]


class CaseShutOut(Base):
    """A reader whom the reporter took out: only the reporter, or a later consent, lets them in.

    `number` is that of the newest message then.
    """

    __tablename__ = "case_shut_out"

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    handler: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]


class HeldAct(Base):
    """Something a reporter did that handlers and counts learn at the next release.

    `kind` is `tally` (an answer to be counted) or `desk` (the case came to another desk).
    """

    __tablename__ = "held_acts"
    __table_args__ = (Index("ix_held_acts_visible_from", "visible_from"),)

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    detail: Mapped[Any] = mapped_column(JSON)
    visible_from: Mapped[int] = mapped_column(BigInteger)


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
    then the case is shown. `until` is the last day of a consent's reader: from the day after
    nothing is served to them. `seal_key` is the one in the record: after a change of keys it
    is not the account's, and a colleague grants access anew.
    """

    __tablename__ = "case_access"
    __table_args__ = (Index("ix_case_access_inbox", "handler", "inbox_number", "case_id"),)

    handler: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    inbox_number: Mapped[int | None] = mapped_column(index=True)
    seal_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    until: Mapped[date | None]
