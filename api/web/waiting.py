"""Files that were added to a case in a browser, and not sent yet: which, for this session.

The files themselves are stored, sealed, and hang on nothing. Which they are is kept beside the
session, sealed as what was written is (`report_asides`): so it is in no address and in no cookie.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from api.contract import Who, database
from api.models.base import Work
from api.models.case import Case
from api.models.organisation import Organisation
from api.rules import attachments, leftovers, report_asides, several
from api.rules.report_asides import FILES
from api.rules.several import Kept
from api.rules.unlocking import unlock
from shared.errors import SignIn
from shared.sealing.encoding import REPORTER


def find(who: Who, shown: Sequence[UUID] | None = None, message: UUID | None = None) -> list[Kept]:
    """What was added in this session and hangs on nothing yet, in its order.

    Or those that a form had `shown`, also where they hang on this very `message` already. Raises
    `SignIn` if the case is gone, and what opening it raises.
    """
    with database().read() as db:
        case = db.get(Case, who.id)
        if case is None or who.keyring is None:
            raise SignIn
        known = _known(db, who)
        wanted = list(known) if shown is None else shown
        if not wanted:
            return []
        organisation = db.get_one(Organisation, case.organisation_id)
        opened = unlock(db, organisation, case, REPORTER, who.keyring)
        found = several.own(db, case.id, REPORTER, opened, "message", wanted, message)
    return [replace(one, cleaned=known.get(one.id, True)) for one in found]


def go_on(db: Work, bearer: str, known: Mapping[UUID, bool]) -> None:
    """Has files of a session that has ended wait in this one: which, and whether cleaned."""
    report_asides.put(db, bearer, {str(one): cleaned for one, cleaned in known.items()}, FILES)


def add(who: Who, kept: Collection[Kept]) -> None:
    """Notes files that were stored just now."""

    def rule(db: Work) -> None:
        _put(db, who, _known(db, who) | {one.id: one.cleaned for one in kept})

    database().write(rule)


def drop(db: Work, who: Who, ids: Collection[UUID]) -> None:
    """Forgets these; of them, those that hang on no message are deleted."""
    left = {one: cleaned for one, cleaned in _known(db, who).items() if one not in ids}
    _put(db, who, left)
    leftovers.let_go(db, who.id, attachments.author_of(REPORTER), ids)


def _known(db: Work, who: Who) -> dict[UUID, bool]:
    """Which were added, and whether they could be cleaned."""
    found = report_asides.find(db, who.bearer, FILES) or {}
    return {UUID(one): bool(cleaned) for one, cleaned in found.items()}


def _put(db: Work, who: Who, known: dict[UUID, bool]) -> None:
    if known:
        kept = {str(one): cleaned for one, cleaned in known.items()}
        report_asides.put(db, who.bearer, kept, FILES)
    else:
        report_asides.drop(db, who.bearer, FILES)
