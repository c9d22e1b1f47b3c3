"""Finding a case for one of its readers, and unlocking it for a session that may open."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select

from api.models.account import Position
from api.models.base import Work
from api.models.case import Case, CaseAccess, CaseEpoch, CaseExcluded, CaseKey
from api.models.organisation import Organisation
from api.rules import organisations
from shared.errors import NotAllowed, NotFound
from shared.sealing import case as sealing
from shared.sealing.case import SealedEpoch
from shared.sealing.encoding import REPORTER
from shared.sealing.keyring import Keyring


def shown_to(db: Work, handler: UUID) -> ColumnElement[bool]:
    """The condition under which a case joined with `CaseAccess` is shown to this handler.

    Released, within the days of a consent, and only while the roster of the case's
    organisation has this handler's present keys.
    """
    listed = db.scalars(
        select(Organisation)
        .join(Position, Position.organisation_id == Organisation.id)
        .where(Position.account_id == handler, Position.listed.is_(True))
    )
    ends = (
        and_(
            Case.organisation_id == one.id,
            or_(CaseAccess.until.is_(None), CaseAccess.until >= organisations.today(db, one)),
        )
        for one in listed
    )
    return and_(
        CaseAccess.handler == handler,
        CaseAccess.inbox_number.is_not(None),
        or_(false(), *ends),
    )


def by_handler(db: Work, handler: UUID, reference: str) -> Case:
    """The case of this reference, if it was shown to the handler. Raises `NotFound`."""
    found = db.scalar(
        select(Case)
        .join(CaseAccess, CaseAccess.case_id == Case.id)
        .where(Case.reference == reference, shown_to(db, handler))
    )
    if found is None:
        raise NotFound
    return found


def lock(db: Work, case: Case, me: UUID) -> None:
    """Until the commit nobody else changes this case; what was changed before is read again.

    Raises `NotFound` if it was withdrawn, or this reader taken out, while we waited.
    """
    found = select(Case).where(Case.id == case.id).with_for_update()
    if db.scalar(found.execution_options(populate_existing=True)) is None:
        raise NotFound
    if me != REPORTER and db.get(CaseAccess, (me, case.id), populate_existing=True) is None:
        raise NotFound


def check_open(case: Case) -> None:
    """Returns unless the reporter withdrew the case and a legal hold keeps it: `NotAllowed`."""
    if case.withdrawn_on is not None:
        raise NotAllowed("The reporter withdrew this case. Only its legal hold can be changed.")


def check_desk_reader(db: Work, case: Case, handler: UUID) -> None:
    """Returns unless this one reads by consent, to look into it and not to handle it.

    Raises `NotAllowed`.
    """
    access = db.get(CaseAccess, (handler, case.id))
    if access is not None and access.until is not None:
        raise NotAllowed("You read this case by consent. Its desk handles it: ask them.")


def epochs_of(db: Work, case_id: UUID, me: UUID) -> list[SealedEpoch]:
    """The case's epochs in order, with the keys that are sealed to this reader."""
    found = db.execute(
        select(CaseEpoch, CaseKey.sealed_key)
        .outerjoin(
            CaseKey,
            and_(
                CaseKey.case_id == CaseEpoch.case_id,
                CaseKey.purpose == CaseEpoch.purpose,
                CaseKey.epoch == CaseEpoch.epoch,
                CaseKey.reader == me,
            ),
        )
        .where(CaseEpoch.case_id == case_id)
        .order_by(CaseEpoch.purpose, CaseEpoch.epoch)
    )
    return [
        SealedEpoch(
            one.purpose, one.epoch, one.case_key, one.record, one.signature, key, one.previous_key
        )
        for one, key in found
    ]


def unlock(
    db: Work, organisation: Organisation, case: Case, me: UUID, keyring: Keyring
) -> sealing.Case:
    """The case, unlocked for this reader. Raises as `shared.sealing.case.unlock` does."""
    return sealing.unlock(
        case.id,
        me,
        keyring,
        epochs_of(db, case.id, me),
        sealing.reporter_party(case.seal_key, case.sign_key),
        organisations.read_roster(db, organisation),
    )


def excluded(db: Work, case_id: UUID) -> set[UUID]:
    """The handlers whom the reporter left out."""
    found = select(CaseExcluded.handler).where(CaseExcluded.case_id == case_id)
    return set(db.scalars(found))
