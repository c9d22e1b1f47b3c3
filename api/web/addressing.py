"""Step 6: which desk, who would read it by name, and who must not.

All desks stand there with their people, so that none has to be opened first. The form carries
which record of the signed roster it showed: who came since has to be agreed to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask_babel import gettext as _

from api.contract import database
from api.models.base import Work
from api.rules import choosing, organisations
from api.rules.choosing import Place
from api.web import steps
from api.web.pages import several
from api.web.reading import ids
from api.web.steps import CHECK, READERS, WORDS
from api.web.written import REACHED, Report
from shared.sealing.roster import Entry, Roster

DESK, EXCLUDED, AGREED = "desk", "excluded", "agreed"
"""Answers: a desk's short name; ids of those shut out; the roster's record that was agreed to."""


@dataclass(frozen=True, slots=True)
class Readers:
    """The desks as they are now, and what was chosen."""

    desks: list[Place]
    roster: Roster | None
    desk: str
    excluded: frozenset[UUID]
    agreed: str

    @property
    def shown(self) -> str:
        """The mark of the roster's newest record; empty before the first."""
        return choosing.mark(self.roster.signed[-1].record) if self.roster else ""

    @property
    def known(self) -> str:
        """That of the record that the form goes on from: an earlier one while somebody is new."""
        return self.agreed if self.new else self.shown

    @property
    def chosen(self) -> Place | None:
        """The desk that was chosen."""
        return next((one for one in self.desks if one.slug == self.desk), None)

    @property
    def left(self) -> tuple[Entry, ...]:
        """Who would read it."""
        people = self.chosen.people if self.chosen else ()
        return tuple(one for one in people if one.id not in self.excluded)

    @property
    def offered(self) -> frozenset[UUID]:
        """Who is at a desk now: their boxes are on the page."""
        return frozenset(one.id for place in self.desks for one in place.people)

    @property
    def shut_out(self) -> tuple[str, ...]:
        """Names of those who must not, also of who is at no desk for the moment."""
        return tuple(sorted(filter(None, map(self._name, self.excluded))))

    @property
    def away(self) -> dict[UUID, str]:
        """Those of them who have no box on the page, with their names: they stay shut out."""
        found = ((one, self._name(one)) for one in sorted(self.excluded - self.offered, key=str))
        return {one: name for one, name in found if name}

    def _name(self, handler: UUID) -> str:
        return self.roster.name_of(handler) if self.roster else ""

    @property
    def new(self) -> tuple[Entry, ...]:
        """Who would read it and was not there when it was last agreed to; nobody at first."""
        if not self.agreed:
            return ()
        known = {one.id for one in self._before()}
        return tuple(one for one in self.left if one.id not in known)

    def _before(self) -> tuple[Entry, ...]:
        """Who was at the desk by the record that was agreed to."""
        if self.roster is None:
            return ()
        for signed, record in zip(self.roster.signed, self.roster.records, strict=True):
            if choosing.mark(signed.record) == self.agreed:
                return record.desk(self.desk)
        return ()


def readers(db: Work, slug: str, answers: Mapping[str, Any]) -> Readers:
    """The desks of an organisation with what is in these answers. Raises `NotFound`."""
    desks, roster = choosing.desks(db, organisations.find(db, slug))
    return Readers(
        desks,
        roster,
        answers.get(DESK) or (desks[0].slug if desks else ""),
        ids(answers.get(EXCLUDED, ())),
        answers.get(AGREED, ""),
    )


def page(report: Report) -> Response:
    """The step."""
    if request.method != "POST":
        with database().read() as db:
            return show(report, readers(db, report.slug, report.answers))
    onward = not steps.stays()
    typed = {DESK: request.form.get(DESK) or "-", EXCLUDED: several(EXCLUDED), AGREED: _agreed()}
    with database().read() as db:
        found = readers(db, report.slug, typed)
    # Who went from all desks meanwhile had no box to be ticked again.
    before = ids(report.answers.get(EXCLUDED, ())) - found.offered
    found = replace(found, excluded=found.excluded | before)
    faults = _faults(found) if onward else {}
    if faults or g.lost:
        return show(report, found, faults)
    listed = {one.id for one in found.roster.newest.handlers} if found.roster else set()
    answers = {
        DESK: found.desk if found.chosen else "",
        EXCLUDED: sorted(str(one) for one in found.excluded & listed),
        # Not going on, nothing was agreed to: what was agreed to before still is.
        AGREED: found.shown if onward else report.answers.get(AGREED, ""),
        REACHED: onward or bool(report.answers.get(REACHED)),
    }
    kept = report.put(answers)
    return report.after(WORDS if kept.reference else CHECK)


def show(report: Report, found: Readers, faults: Mapping[str, str] | None = None) -> Response:
    """The page of the step, filled in."""
    return report.show(
        "step_readers.html",
        READERS,
        step=steps.step(READERS),
        found=found,
        new=found.new,
        faults=faults or {},
    )


def nobody_left() -> dict[str, str]:
    """What is wrong where nobody could read it."""
    return {
        DESK: str(
            _(
                "Nobody would be left to read it. Choose another desk, or call one of the outside "
                "contacts."
            )
        )
    }


def _faults(found: Readers) -> dict[str, str]:
    if found.chosen is None:
        return {DESK: str(_("Choose from the list."))}
    if not found.left:
        return nobody_left()
    if found.new:
        # Also where a box was ticked: for those who were shown, before these came.
        return {"seen": str(_("Look at who is new, and tick the box if that is all right."))}
    return {}


def _agreed() -> str:
    """The roster's record whose people the form showed, or asked about. Of none: nobody's."""
    return request.form.get("shown" if request.form.get("seen") else "known") or "-"
