"""Cases that were deleted while a backup may still hold them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base


class DeletedCase(Base):
    """A case that no restore may bring back. `until` is the last day on which a backup holds it.

    `hash` is of its id and the salt: it names the case only to who has the id from elsewhere.
    """

    __tablename__ = "deleted_cases"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    until: Mapped[date]
