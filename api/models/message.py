"""Messages: an envelope, its author and day, and the receipt that was given for it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base


class Message(Base):
    """`number` counts for the reporter; `desk_number` for the handlers, from release on.

    Two counts, since a gap would tell handlers that something was written and when.
    `is_answer` is true for what came by the call that answers a request for consent: only
    that can be named as a consent. `visible_from` (Unix seconds of the next release hour,
    never of the act) is null once the message is released.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        UniqueConstraint("case_id", "desk_number"),
        Index("ix_messages_visible_from", "visible_from"),
    )

    case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    desk_number: Mapped[int | None]
    author: Mapped[str] = mapped_column(String(50))
    day: Mapped[date]
    envelope: Mapped[bytes] = mapped_column(LargeBinary)
    envelope_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    receipt_key_id: Mapped[bytes] = mapped_column(LargeBinary(8))
    receipt_signature: Mapped[bytes] = mapped_column(LargeBinary(64))
    visible_from: Mapped[int | None] = mapped_column(BigInteger)
    is_answer: Mapped[bool]
