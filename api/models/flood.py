"""What keeps a flood out: work that was done, and can't be shown a second time."""

from __future__ import annotations

from datetime import date

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base


class SpentWork(Base):
    """A solved challenge that opened a case or began a report; it doesn't say which.

    `key` is a keyed hash. `sweep_after` is a day, the same for all that is spent on one day.
    """

    __tablename__ = "spent_work"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    sweep_after: Mapped[date] = mapped_column(index=True)
