"""The case files that were made of a case, told to its reporter: copies outside Wren."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from api.models.base import Work
from api.rules import exporting, organisations
from api.rules.own_case import OwnCase
from api.web.language import day

MOST = 20
"""Copies that a page names; of more it says how many came before."""


@dataclass(frozen=True, slots=True)
class Copies:
    """One sentence for each copy, newest first. `earlier`: how many there are besides."""

    told: Sequence[str]
    earlier: int


def copies(db: Work, own: OwnCase, most: int = MOST) -> Copies:
    """The newest copies of a case in words, `most` of them. Days and names are the service's."""
    made = exporting.of_case(db, own.row.id, organisations.names(db, own.organisation))
    newest = made[::-1][:most]
    return Copies([_told(one) for one in newest], len(made) - len(newest))


def _told(made: Mapping[str, Any]) -> str:
    when = day(made["day"])
    who = made["display_name"] or _("somebody who is not on the list")
    if made["kind"] == exporting.SHARING:
        return str(
            _(
                "A copy for sharing was made on %(day)s by %(name)s. It has only the files that "
                "you allowed to be shown, and what %(name)s wrote about your report.",
                day=when,
                name=who,
            )
        )
    return str(_("A copy of your whole case was made on %(day)s by %(name)s.", day=when, name=who))
