"""A report that is being written in a browser, until it is sent."""

from __future__ import annotations

from datetime import date

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base


class ReportDraft(Base):
    """What was typed so far, which this row alone can't open. `sweep_after` is a day.

    It belongs to nobody: neither to an organisation nor to a case.
    """

    __tablename__ = "report_drafts"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    sweep_after: Mapped[date] = mapped_column(index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
