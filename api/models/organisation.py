"""Organisations, their desks and rosters, and the deployment they live in."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base


class Deployment(Base):
    """One row: the public salt that tokens are stretched with. It never changes.

    `lasting` has the keys that stay when the deployment's secret changes, locked under it; empty
    until the first change.
    """

    __tablename__ = "deployment"

    id: Mapped[int] = mapped_column(primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    lasting: Mapped[bytes | None] = mapped_column(LargeBinary)


class Organisation(Base):
    """`release` is "at once" or a list of HH:MM; `directory` holds choices, contacts, guidance.

    `settings` holds deadlines and the like (`shared.schemas.organisations.Settings`),
    `replies` the templates of common replies, as a list of `name` and `text`.

    The private half of the receipt key is locked under the deployment's secret. `receipt_next`
    is the key that takes its place once a handler has signed the roster with it.

    `apart_since` is the first quarter whose counts in the tally tell cases apart that somebody
    was kept out of; None: all do. Versions before migration 0009 counted them with the others.
    """

    __tablename__ = "organisations"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(50), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64))
    release: Mapped[Any] = mapped_column(JSON)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    directory: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    replies: Mapped[list[Any]] = mapped_column(JSON, deferred=True)
    receipt_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    receipt_private: Mapped[bytes] = mapped_column(LargeBinary)
    receipt_next: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    receipt_next_private: Mapped[bytes | None] = mapped_column(LargeBinary)
    apart_since: Mapped[str | None] = mapped_column(String(7))


class Desk(Base):
    """Where a report can be addressed to."""

    __tablename__ = "desks"
    __table_args__ = (UniqueConstraint("organisation_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    slug: Mapped[str] = mapped_column(String(50))
    name: Mapped[str] = mapped_column(String(200))
    about: Mapped[str] = mapped_column(String(500))


class CategorySet(Base):
    """One version of the organisation's own categories; a classification names its version.

    `items` has lists of choices (`code`, `name`): `categories` and `regions`.
    """

    __tablename__ = "category_sets"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[date]
    items: Mapped[dict[str, Any]] = mapped_column(JSON)


class RosterRecord(Base):
    """One version of the roster: exact bytes and their signature."""

    __tablename__ = "roster_records"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))
