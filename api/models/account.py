"""Handlers' accounts, where they belong, sessions, and what slows guessing down."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
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


class Membership(Base):
    """A handler works at this desk."""

    __tablename__ = "memberships"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desks.id"), primary_key=True)


class SignedIn(Base):
    """A session, which this row alone can't open. `sweep_after` is a day."""

    __tablename__ = "sessions"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    sweep_after: Mapped[date] = mapped_column(index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Throttle(Base):
    """Failed sign-ins in a row for one user name, known or not (kept as a keyed hash)."""

    __tablename__ = "throttles"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int]
    not_before: Mapped[int] = mapped_column(BigInteger)
