"""What the reporter signs about readers on the web's pages: each once, and by what was signed.

The rules that it ends in are those of the calls (`readers.py`). Before that it is looked at what
the signed records and messages say, as the app does before it signs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from api.models.base import Work
from api.models.case import Case
from api.rules import deadlines, organisations, readers
from api.rules.own_case import OwnCase, state_of
from api.rules.unlocking import excluded, lock
from shared import consents
from shared.errors import BrokenChain, NoReader, NotFound, ReadersChanged, TooEarly
from shared.sealing.encoding import REPORTER
from shared.sealing.roster import Entry


def act(db: Work, own: OwnCase, rule: Callable[[Work], object]) -> bool:
    """Runs a rule if the case is as it was opened; until the commit nobody else changes it.

    False if it is not: then it has to be opened and judged anew. The thread is opened before
    and not here, where everybody else who writes would wait for it. Raises `NotFound` for a
    case that is gone.
    """
    case = db.get(Case, own.row.id)
    if case is None:
        raise NotFound
    lock(db, case, REPORTER)
    if state_of(db, own.row.id) != own.state:
        return False
    rule(db)
    return True


YES, NO, STOP = "yes", "no", "stop"
ANSWERS_TO = {YES: consents.WAITING, NO: consents.WAITING, STOP: consents.GRANTED}
"""What can be said to a request, and where it has to stand for that."""


def answer(db: Work, own: OwnCase, request: UUID, message_id: UUID, what: str) -> None:
    """Signs what is said to a request; nothing where it stands otherwise by now.

    To take a consent back the key goes first, from those who read by this consent alone.
    Raises `NotFound` for a request that is not there, and as `readers.answer_consent`.
    """
    case_id, keyring = own.row.id, own.keys.keyring
    asked = consents.asked(own.messages).get(request)
    if asked is None:
        raise NotFound
    if own.stands(asked) != ANSWERS_TO[what]:
        return
    if what == STOP:
        gone = own.by_consent_alone(request)
        left = {one.id for one in own.readers()} - gone
        if gone and left:
            readers.post_by_reporter(db, case_id, keyring, {"remove": gone})
    body = {"id": message_id, "content": {"request": request, "granted": what == YES}}
    readers.answer_consent(db, case_id, keyring, body)


def let_in(db: Work, own: OwnCase, handler: UUID) -> None:
    """Lets somebody of the organisation in. Who reads already, goes on.

    Raises `NotFound` for somebody who is not on the signed list, or whom the report left out.
    """
    if any(one.id == handler for one in own.readers()):
        return
    if all(one.id != handler for one in own.others()):
        raise NotFound
    readers.post_by_reporter(db, own.row.id, own.keys.keyring, {"add": [handler]})


def other_desks(db: Work, own: OwnCase) -> list[tuple[str, str, list[Entry]]]:
    """The other desks where somebody would read it: short name, name, and who."""
    found = organisations.desk_names(db, own.organisation)
    there = ((slug, name, own.at_desk(slug)) for slug, name in found.items() if slug != own.desk)
    return [one for one in there if one[2]]


def is_late(own: OwnCase) -> bool:
    """Whether a promised day has passed: then another desk can be asked."""
    return deadlines.overdue(own.row, own.today) is not None


def take_to(db: Work, own: OwnCase, desk: str, shown: Collection[UUID]) -> None:
    """Gives the case to another desk's handlers; nothing if that desk has it.

    `shown` is who the reporter was told would read it there. Raises `TooEarly` before a
    promised day has passed, `NoReader`, `ReadersChanged` if it would be others than shown, and
    `BrokenChain` if the service forgot whom the report left out.
    """
    if own.desk == desk:
        return
    if not is_late(own):
        raise TooEarly
    there = {one.id for one in own.at_desk(desk)}
    if not there:
        raise NoReader
    if there != set(shown):
        raise ReadersChanged
    if own.excluded - excluded(db, own.row.id):
        raise BrokenChain
    readers.post_by_reporter(db, own.row.id, own.keys.keyring, {"desk": desk})
