"""Figures that were published: tables as they were shown, and never changed afterwards."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base


class PublishedFigures(Base):
    """A quarter's table, as it was shown from `day` on.

    `cells` holds only what is shown (`api.rules.disclosure.Table`): a hidden count is not in
    it, so who reads the database learns no more than who reads the page. A later revision is a
    row of its own. With a `revision` below zero it was told by a clock that was ahead, and is not
    shown any more.
    """

    __tablename__ = "published_figures"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    quarter: Mapped[str] = mapped_column(String(7), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date]
    cells: Mapped[dict[str, Any]] = mapped_column(JSON)
