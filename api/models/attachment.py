"""Attachments: the sealed description and the count of chunks. The chunks lie in the vault."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base

WHOLE_CASE = UUID(int=0)
"""Stands in `VaultLeftover` for all attachments of a case."""


class Attachment(Base):
    """An attachment. `kind` (`message` or `note`) is what it is sealed for.

    It hangs on nothing while `message_id` (of the message or note) is null: then only its author
    sees it, and it goes seven days after `created_on`. `whole` is true once all chunks were seen.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        Index(
            "ix_attachments_created_on",
            "created_on",
            sqlite_where=text("message_id IS NULL"),
            postgresql_where=text("message_id IS NULL"),
        ),
        Index("ix_attachments_message_id", "case_id", "message_id"),
    )

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(String(50))
    kind: Mapped[str] = mapped_column(String(10))
    envelope: Mapped[bytes] = mapped_column(LargeBinary)
    envelope_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    chunks: Mapped[int]
    whole: Mapped[bool]
    created_on: Mapped[date]
    message_id: Mapped[UUID | None]


class VaultLeftover(Base):
    """Chunks whose rows, and with them their keys, are gone: to be taken out of the vault.

    It stays until the day after, in case a chunk was still on its way.
    """

    __tablename__ = "vault_leftovers"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    attachment_id: Mapped[UUID] = mapped_column(primary_key=True)
    deleted_on: Mapped[date]
