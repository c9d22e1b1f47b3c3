"""Consent: asked in the thread, answered by the reporter's signature, good until a day."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.models.base import Work
from api.models.case import Case, CaseConsent
from api.models.message import Message
from api.models.organisation import Organisation
from api.rules import messages, organisations
from api.rules.messages import Typed
from api.rules.unlocking import excluded
from shared.errors import Invalid, NotAllowed, SealingError
from shared.sealing import case as sealing
from shared.sealing.encoding import REPORTER
from shared.sealing.keyring import Keyring
from shared.sealing.message import REPORTER as BY_REPORTER
from shared.sealing.message import Message as Opened

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

    roster = organisations.read_roster(db, organisation).newest

    def request(_case: sealing.Case, content: Mapping[str, Any]) -> Mapping[str, Any]:
        listed = {one.id: one.name for one in roster.handlers}
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

    typed = Typed("consent-request", request, "consent_asked", check)
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

    What was asked is repeated in the answer, so that the signature covers it.
    """

    def signed(unlocked: sealing.Case, content: Mapping[str, Any]) -> Mapping[str, Any]:
        asked = _request(db, unlocked, content["request"])
        return {
            "request": str(content["request"]),
            "granted": content["granted"],
            **{name: asked[name] for name in ("handlers", "names", "role", "purpose", "until")},
        }

    return messages.post(db, case, REPORTER, keyring, body, Typed("consent", signed))


def _request(db: Work, unlocked: sealing.Case, message_id: UUID) -> Mapping[str, Any]:
    stored = db.get(Message, (unlocked.case_id, message_id))
    if stored is not None:
        try:
            found = unlocked.read("message", stored.id, stored.envelope)
        except SealingError:
            pass
        else:
            if found.type == "consent-request" and found.author != BY_REPORTER:
                return found.body
    raise Invalid(errors={"content": {"request": ["There is no such request in this case."]}})


def asked_for(db: Work, unlocked: sealing.Case, message_id: UUID) -> set[UUID]:
    """The handlers whom a request of the thread names. Raises `Invalid`."""
    return {UUID(one) for one in _request(db, unlocked, message_id)["handlers"]}


def find_granted(
    db: Work, unlocked: sealing.Case, message_id: UUID, handlers: Collection[UUID]
) -> Granted:
    """The reporter's signed consent in the thread, if it covers these handlers today.

    Raises `NotAllowed` for one that is missing, not released, refused, taken back, over, or
    for others.
    """
    wanted: Opened | None = None
    taken_back = False
    for one, found in _consents(db, unlocked):
        if one == message_id:
            wanted, taken_back = found, False
        elif wanted is not None and found.body.get("request") == wanted.body.get("request"):
            taken_back = found.body.get("granted") is not True
    if wanted is None or taken_back or wanted.body.get("granted") is not True:
        raise NotAllowed("There is no such consent of the reporter's in this case.")
    try:
        granted = Granted(
            message_id,
            frozenset(UUID(one) for one in wanted.body["handlers"]),
            str(wanted.body["role"]),
            date.fromisoformat(wanted.body["until"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError):
        raise NotAllowed("This consent can't be read.") from None
    if not granted.handlers.issuperset(handlers):
        raise NotAllowed("The consent is for somebody else.")
    if granted.until < db.utc.date():
        raise NotAllowed("The consent has ended. Ask again.")
    return granted


def _consents(db: Work, unlocked: sealing.Case) -> Iterator[tuple[UUID, Opened]]:
    rows = db.scalars(
        select(Message)
        .where(
            Message.case_id == unlocked.case_id,
            Message.author == BY_REPORTER,
            Message.desk_number.is_not(None),
        )
        .order_by(Message.number)
    )
    for row in rows:
        try:
            found = unlocked.read("message", row.id, row.envelope)
        except SealingError:
            continue
        if found.type == "consent" and found.author == BY_REPORTER:
            yield row.id, found


def named(db: Work, case: Case, given: Mapping[str, Any]) -> Granted:
    """A consent as a sealing client names it; clients check the reporter's signature.

    The service sees that the reporter wrote that message, not what it says. Raises
    `NotAllowed` for a message that is not there, and `Invalid` for a day that has passed.
    """
    stored = db.get(Message, (case.id, given["message_id"]))
    if stored is None or stored.author != BY_REPORTER or stored.desk_number is None:
        raise NotAllowed("There is no such consent of the reporter's in this case.")
    if not db.utc.date() <= given["until"] <= db.utc.date() + LONGEST:
        raise Invalid(errors={"consent": {"until": ["Choose a day from today on."]}})
    handlers = frozenset(given["handlers"])
    return Granted(given["message_id"], handlers, given["role"], given["until"])


def note_grant(db: Work, case: Case, granted: Granted) -> None:
    """Notes in clear what a grant was made by: handlers, role and end."""
    db.merge(
        CaseConsent(
            case_id=case.id,
            message_id=granted.message_id,
            handlers=sorted(str(one) for one in granted.handlers),
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
