"""Notices by mail: where each account wants them, and what a notice that waits is about."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base


class NoticeAddress(Base):
    """An account's address, locked under the deployment's secret; it goes with the account.

    `asked` is one that its owner has not confirmed yet, with the code that was sent to it;
    `tries` counts wrong codes, `codes` those sent on the day `asked_on`.
    """

    __tablename__ = "notice_addresses"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_on: Mapped[date | None]
    codes: Mapped[int]
    tries: Mapped[int]


class NoticeSent(Base):
    """When an organisation's last notice went to an account (Unix seconds).

    It is the random time of a mail, but an urgent one goes with the act: the row is swept after
    a day, when it holds nothing up any more.
    """

    __tablename__ = "notices_sent"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisations.id"), primary_key=True, index=True
    )
    sent_at: Mapped[int] = mapped_column(BigInteger)


class NoticeMark(Base):
    """A case that a waiting notice is about: if it may not be told of any more, nothing goes."""

    __tablename__ = "notice_marks"

    delivery_id: Mapped[UUID] = mapped_column(
        ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True
    )
    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Heartbeat(Base):
    """When a worker was last at work (Unix seconds), so that others see whether one is."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
