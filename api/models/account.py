"""Handlers' accounts, where they belong, sessions, and what slows guessing down."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base


class Account(Base):
    """A handler. What opens anything is locked under the stretched password (sealing.md)."""

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(100), unique=True)
    display_name: Mapped[str] = mapped_column(String(100))
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    verifier: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed_seed: Mapped[bytes] = mapped_column(LargeBinary)
    recovery_seed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_totp: Mapped[bytes] = mapped_column(LargeBinary)
    used_totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    seal_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    sign_key: Mapped[bytes] = mapped_column(LargeBinary(32))


class Position(Base):
    """What an account is in an organisation: one role in each.

    `listed` is true while the organisation's roster has this account's present keys; only
    then does a handler or manager see cases. `cover` stands in until `away_until`.
    """

    __tablename__ = "positions"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisations.id"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(20))
    listed: Mapped[bool]
    away_until: Mapped[date | None]
    cover: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class Invitation(Base):
    """A one-time invitation; the row has the hash of its code, and goes when it is used.

    With `account_id` it gives an existing account new keys, or a role in one more
    organisation. `by_operator` may renew an account of several organisations, `last_handler`
    also one without which nobody can sign a roster.
    """

    __tablename__ = "invitations"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    display_name: Mapped[str] = mapped_column(String(100))
    desks: Mapped[list[Any]] = mapped_column(JSON)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    by_operator: Mapped[bool]
    last_handler: Mapped[bool]
    expires_on: Mapped[date]


class Draft(Base):
    """A reply not sent yet, sealed for its author alone (sealing.md, drafts)."""

    __tablename__ = "drafts"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Membership(Base):
    """A handler works at this desk."""

    __tablename__ = "memberships"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desks.id"), primary_key=True)


class SignedIn(Base):
    """A session, which this row alone can't open. `sweep_after` is a day.

    A handler's row names the account, so that they can list and end their own; a reporter's
    names nobody.
    """

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_account_id", "account_id"),)

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    sweep_after: Mapped[date] = mapped_column(index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    account_id: Mapped[UUID | None]


class Throttle(Base):
    """Wrong tries in a row for one user name, known or not (kept as a keyed hash).

    `not_before` counts looks, `throttling.LOOKS` of which are a second; 0 for a device token.
    """

    __tablename__ = "throttles"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int]
    not_before: Mapped[int] = mapped_column(BigInteger)
