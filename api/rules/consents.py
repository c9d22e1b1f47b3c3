"""Consent: asked in the thread, answered by the reporter's signature, good until a day."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.models.base import Work
from api.models.case import Case, CaseAccess, CaseConsent
from api.models.message import Message
from api.models.organisation import Organisation
from api.rules import messages, organisations
from api.rules.messages import Typed
from api.rules.unlocking import check_desk_reader, excluded, unlock
from shared.errors import Invalid, NotAllowed, SealingError
from shared.schemas.base import load
from shared.schemas.messages import ConsentRequest
from shared.schemas.readers import Granted as GrantedSchema
from shared.sealing import case as sealing
from shared.sealing.encoding import REPORTER
from shared.sealing.keyring import Keyring
from shared.sealing.message import REPORTER as BY_REPORTER
from shared.sealing.message import Message as Opened

REPEATED = ("handlers", "names", "role", "purpose", "until")
"""What the reporter's answer repeats of the request, so that the signature covers it."""

LONGEST = timedelta(days=2 * 366)
"""A consent ends within two years: after that the reporter is asked again."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A consent that was found and holds: who may read, as what, and until which day."""

    message_id: UUID
    handlers: frozenset[UUID]
    role: str
    until: date


def ask(
    db: Work, case: Case, handler: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> tuple[dict[str, Any], bool]:
    """A handler asks for consent; as `messages.post`. Raises `Invalid` for a request that no
    answer could make good: a day that has passed, a handler who is not listed or is excluded.
    """
    organisation = db.get_one(Organisation, case.organisation_id)
    listed = organisations.names(db, organisation)

    def request(_case: sealing.Case, content: Mapping[str, Any]) -> Mapping[str, Any]:
        names = [listed.get(one, "") for one in content["handlers"]]
        words = {"text": content["text"]} if content.get("text") else {}
        return {
            "handlers": [str(one) for one in content["handlers"]],
            "names": names,
            "role": content["role"],
            "purpose": content["purpose"],
            "until": content["until"].isoformat(),
            **words,
        }

    def check(content: Mapping[str, Any]) -> None:
        _check_request(db, organisation, case, content)

    check_desk_reader(db, case, handler)
    typed = Typed("consent-request", request, "consent_asked", check, looked_up=("names",))
    return messages.post(db, case, handler, keyring, body, typed)


def _check_request(
    db: Work, organisation: Organisation, case: Case, content: Mapping[str, Any]
) -> None:
    today = organisations.today(db, organisation)
    errors: dict[str, object] = {}
    if not today <= content["until"] <= today + LONGEST:
        errors["until"] = ["Choose a day from today on, within two years."]
    roster = organisations.read_roster(db, organisation).newest
    entries = [roster.active(one) for one in content["handlers"]]
    if None in entries:
        errors["handlers"] = ["Choose people who are in the organisation's roster."]
    elif excluded(db, case.id).intersection(content["handlers"]):
        errors["handlers"] = ["The reporter left this handler out."]
    if errors:
        raise Invalid(errors={"content": errors})


def answer(
    db: Work, case: Case, keyring: Keyring | None, body: Mapping[str, Any]
) -> tuple[dict[str, Any], bool]:
    """The reporter grants, refuses, or takes a consent back; as `messages.post`.

    What was asked is repeated in the answer, so that the signature covers it; the names are
    those of the roster, whatever the request calls these people.
    """
    organisation = db.get_one(Organisation, case.organisation_id)
    listed = organisations.names(db, organisation)
    latest = organisations.today(db, organisation) + LONGEST

    def signed(unlocked: sealing.Case, content: Mapping[str, Any]) -> Mapping[str, Any]:
        asked = _request(db, unlocked, content["request"])
        return {
            "request": str(content["request"]),
            "granted": content["granted"],
            **{name: asked[name] for name in REPEATED},
            "names": [listed.get(UUID(one), "") for one in asked["handlers"]],
        }

    def check(content: Mapping[str, Any]) -> None:
        if not content["granted"] or keyring is None:
            return
        unlocked = unlock(db, organisation, case, REPORTER, keyring)
        asked = _request(db, unlocked, content["request"])
        if date.fromisoformat(asked["until"]) > latest:
            raise Invalid(errors={"content": {"request": ["This asks for more than two years."]}})

    typed = Typed("consent", signed, check=check, looked_up=("names",))
    return messages.post(db, case, REPORTER, keyring, body, typed)


def _request(db: Work, unlocked: sealing.Case, message_id: UUID) -> Mapping[str, Any]:
    stored = db.get(Message, (unlocked.case_id, message_id))
    if stored is not None:
        try:
            found = unlocked.read("message", stored.id, stored.envelope)
        except SealingError:
            pass
        else:
            asks = found.type == "consent-request" and found.author != BY_REPORTER
            if asks and _is_whole(found.body):
                return found.body
    raise Invalid(errors={"content": {"request": ["There is no such request in this case."]}})


def _is_whole(body: Mapping[str, Any]) -> bool:
    """Whether a request says all that an answer repeats: a client may have sealed anything."""
    names = body.get("names")
    asked = {name: body[name] for name in REPEATED if name != "names" and name in body}
    try:
        load(ConsentRequest(), asked)
    except Invalid:
        return False
    return isinstance(names, list) and all(isinstance(one, str) for one in names)


def take_back(
    db: Work, organisation: Organisation, unlocked: sealing.Case, request: UUID
) -> set[UUID]:
    """Ends the consents that answered this request; the handlers who read by no other one."""
    of_request = {
        row.id
        for row, found in _consents(db, unlocked)
        if found.body.get("request") == str(request)
    }
    case_id, today = unlocked.case_id, organisations.today(db, organisation)
    rows = select(CaseConsent).where(
        CaseConsent.case_id == case_id, CaseConsent.revoked_on.is_(None)
    )
    named, kept = set[UUID](), dict[UUID, date]()
    for one in db.scalars(rows):
        handlers = {UUID(handler) for handler in one.handlers}
        if one.message_id in of_request:
            one.revoked_on = today
            named |= handlers
        elif one.until >= today:
            kept |= {who: max(one.until, kept.get(who, one.until)) for who in handlers}
    gone = set[UUID]()
    for who in named:
        access = db.get(CaseAccess, (who, case_id))
        if access is not None and access.until is not None:
            access.until = kept.get(who, access.until)
            gone |= {who} - kept.keys()
    db.flush()
    return gone


def end_access(
    db: Work, organisation: Organisation, case: Case, handlers: Collection[UUID]
) -> None:
    """From now on nothing of the case is served to these readers by consent."""
    yesterday = organisations.today(db, organisation) - timedelta(days=1)
    for one in handlers:
        db.get_one(CaseAccess, (one, case.id)).until = yesterday
    db.flush()


def find_granted(
    db: Work, unlocked: sealing.Case, message_id: UUID, handlers: Collection[UUID]
) -> Granted:
    """The reporter's signed consent in the thread, if it covers these handlers today.

    Raises `NotAllowed` for one that is missing, not released, refused, taken back, over, or
    for others.
    """
    wanted: Opened | None = None
    taken_back = False
    for row, found in _consents(db, unlocked):
        if row.id == message_id and row.desk_number is not None:
            wanted, taken_back = found, False
        elif wanted is not None and found.body.get("request") == wanted.body.get("request"):
            # That counts at once, released or not.
            taken_back = found.body.get("granted") is not True
    if wanted is None or taken_back or wanted.body.get("granted") is not True:
        raise NotAllowed("There is no such consent of the reporter's in this case.")
    given = {name: wanted.body.get(name) for name in ("handlers", "role", "until")}
    try:
        checked = load(GrantedSchema(), given | {"message_id": str(message_id)})
    except Invalid:
        raise NotAllowed("This consent can't be read.") from None
    granted = Granted(
        message_id, frozenset(checked["handlers"]), checked["role"], checked["until"]
    )
    if not granted.handlers.issuperset(handlers):
        raise NotAllowed("The consent is for somebody else.")
    _check_standing(db, unlocked.case_id, granted)
    return granted


def _check_standing(db: Work, case_id: UUID, granted: Granted) -> None:
    """Returns for a consent that was not ended, whose last day is not past or years away."""
    before = db.get(CaseConsent, (case_id, granted.message_id))
    case = db.get_one(Case, case_id)
    today = organisations.today(db, db.get_one(Organisation, case.organisation_id))
    if (before is not None and before.revoked_on is not None) or granted.until < today:
        raise NotAllowed("This consent has ended. Ask again.")
    if granted.until > today + LONGEST:
        raise NotAllowed("This consent is for more than two years. Ask again.")


def _consents(db: Work, unlocked: sealing.Case) -> Iterator[tuple[Message, Opened]]:
    """The reporter's answers in order, those too that are not released yet."""
    rows = db.scalars(
        select(Message)
        .where(Message.case_id == unlocked.case_id, Message.author == BY_REPORTER)
        .order_by(Message.number)
    )
    for row in rows:
        try:
            found = unlocked.read("message", row.id, row.envelope)
        except SealingError:
            continue
        if found.type == "consent" and found.author == BY_REPORTER:
            yield row, found


def named(db: Work, case: Case, given: Mapping[str, Any]) -> Granted:
    """A consent as a sealing client names it; clients check the reporter's signature.

    The service sees that the reporter answered a request with that message, not what it says.
    Raises `NotAllowed` for a message that is no answer, or a consent that has ended.
    """
    stored = db.get(Message, (case.id, given["message_id"]))
    if stored is None or not stored.is_answer or stored.desk_number is None:
        raise NotAllowed("There is no such consent of the reporter's in this case.")
    handlers = frozenset(given["handlers"])
    granted = Granted(given["message_id"], handlers, given["role"], given["until"])
    before = db.get(CaseConsent, (case.id, granted.message_id))
    if before is not None and granted.until != before.until:
        raise NotAllowed("This consent is until another day.")
    today = organisations.today(db, db.get_one(Organisation, case.organisation_id))
    if not today <= granted.until <= today + LONGEST:
        raise Invalid(errors={"consent": {"until": ["Choose a day from today on."]}})
    _check_standing(db, case.id, granted)
    return granted


def note_grant(db: Work, case: Case, granted: Granted) -> None:
    """Notes in clear what a grant was made by: handlers, role and end."""
    before = db.get(CaseConsent, (case.id, granted.message_id))
    if before is not None:
        before.handlers = sorted({*before.handlers, *map(str, granted.handlers)})
        return
    db.add(
        CaseConsent(
            case_id=case.id,
            message_id=granted.message_id,
            handlers=sorted(map(str, granted.handlers)),
            role=granted.role,
            until=granted.until,
            revoked_on=None,
        )
    )


def of_case(db: Work, case_id: UUID) -> list[dict[str, Any]]:
    """The consents that readers were let in by, as the case shows them."""
    rows = db.scalars(
        select(CaseConsent).where(CaseConsent.case_id == case_id).order_by(CaseConsent.until)
    )
    return [
        {
            "message_id": one.message_id,
            "handlers": [UUID(handler) for handler in one.handlers],
            "role": one.role,
            "until": one.until,
            "revoked_on": one.revoked_on,
        }
        for one in rows
    ]
