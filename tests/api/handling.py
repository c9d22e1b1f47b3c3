"""What tests of handling share: consent and letting in, changes of the roster, counts, acts."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from werkzeug.test import TestResponse

from api.models.account import Account, Membership, Position
from api.models.audit import AuditEntry
from api.models.base import Work
from api.models.case import Case
from api.models.organisation import Organisation
from api.models.tally import Tally
from api.rules import organisations, rosters
from shared.sealing.keyring import Keyring
from tests.api.checks import refused
from tests.service import Service

DAY = 86_400
HOURS = ("07:00", "13:00", "19:00")


def person(service: Service, name: str) -> str:
    """A handler's id as calls name it."""
    return str(service.handlers[name].id)


def until(days: int) -> str:
    """A day so many days from today."""
    return str(date.today() + timedelta(days=days))


# --- consent, and letting in by readable calls ----------------------------------------------


def request(service: Service, *names: str, **more: Any) -> dict[str, Any]:
    """A readable request for consent."""
    content = {
        "handlers": [person(service, one) for one in names],
        "role": "Investigating manager",
        "purpose": "To look into an invented group chat",
        "until": until(60),
    }
    return {"id": str(uuid4()), "content": content | more}


def ask(service: Service, reference: str, *names: str, **more: Any) -> str:
    """Asks the reporter for consent to these handlers; the request's id."""
    body = request(service, *names, **more)
    answer = service.post(f"/cases/{reference}/consents", body, service.handler())
    assert answer.status_code == 201, answer.text
    return str(body["id"])


def answering(asked: str, *, granted: bool = True) -> dict[str, Any]:
    """A readable answer to a request."""
    return {"id": str(uuid4()), "content": {"request": asked, "granted": granted}}


def consent(service: Service, bearer: str, asked: str, *, granted: bool = True) -> str:
    """The reporter's answer; its id."""
    body = answering(asked, granted=granted)
    answer = service.post("/case/consents", body, bearer)
    assert answer.status_code == 201, answer.text
    return str(body["id"])


def named(service: Service, name: str, consent_id: str | None = None) -> dict[str, str]:
    """The request that lets somebody in."""
    by = {"consent": consent_id} if consent_id is not None else {}
    return {"handler": person(service, name)} | by


def grant(
    service: Service, reference: str, name: str, consent_id: str | None = None
) -> TestResponse:
    """The answer to handler-1 letting somebody in."""
    body = named(service, name, consent_id)
    return service.post(f"/cases/{reference}/readers", body, service.handler())


def not_granted(
    service: Service, reference: str, name: str, consent_id: str | None = None
) -> None:
    """Handler-1 may not let this one in."""
    refused(
        service, "POST", f"/cases/{reference}/readers", named(service, name, consent_id),
        service.handler(), status=403, code="not_allowed",
    )  # fmt: skip


def let_in(service: Service, reference: str, token: str, name: str, **more: Any) -> str:
    """Asks, grants and lets in by consent; the consent's id."""
    granted = consent(service, service.reporter(token), ask(service, reference, name, **more))
    answer = grant(service, reference, name, granted)
    assert answer.status_code == 200, answer.text
    return granted


def readers(service: Service, bearer: str, path: str = "/case") -> set[str]:
    """The names of those who read a case now."""
    return {one["display_name"] for one in service.get(path, bearer).get_json()["handlers"]}


def opens(service: Service, reference: str, name: str) -> bool:
    """Whether this handler is served the case and its report opens."""
    answer = service.get(f"/cases/{reference}", service.handler(name))
    assert answer.status_code in (200, 404), answer.text
    report = answer.get_json().get("report", {})
    return "story" in report.get("content", {})


# --- the roster, releases, changes of a case ------------------------------------------------


def retire(service: Service, name: str, by: str = "handler-1") -> None:
    """A colleague takes somebody out of the roster."""
    _sign(service, by, {"retire": service.handlers[name].id})


def new_keys(service: Service, name: str, by: str | None = "handler-1") -> None:
    """Gives a handler new keys, as after a loss; approved by a colleague, or by nobody yet."""
    keyring = Keyring.from_seed(os.urandom(32))
    who = service.handlers[name]
    keys = {"seal_key": keyring.seal_key, "sign_key": keyring.sign_key}
    put = update(Account).where(Account.id == who.id).values(**keys)
    unlisted = update(Position).where(Position.account_id == who.id).values(listed=False)
    service.database.write(lambda db: [db.execute(one) for one in (put, unlisted)])
    service.handlers = {**service.handlers, name: replace(who, keyring=keyring)}
    if by is not None:
        _sign(service, by, {"approve": who.id})


def join_elsewhere(service: Service, name: str) -> None:
    """Makes a handler of eeast one of elsewhere's guardian desk too, approved there."""
    who = service.handlers[name].id

    def join(db: Work) -> None:
        there = organisations.find(db, "elsewhere")
        place = {"account_id": who, "organisation_id": there.id, "away_until": None, "cover": None}
        db.store(Position, place | {"role": "handler", "listed": False})
        desk = organisations.find_desk(db, there, "guardian")
        db.store(Membership, {"account_id": who, "desk_id": desk})

    service.database.write(join)
    _sign(service, "handler-5", {"approve": who}, "elsewhere")


def _sign(service: Service, by: str, body: dict[str, UUID], slug: str = "eeast") -> None:
    signer = service.handlers[by]
    service.database.write(
        lambda db: rosters.next_record(db, slug, signer.id, signer.keyring, body)
    )


def at(service: Service, when: str) -> None:
    """Sets the clock to a time in London."""
    there = datetime.fromisoformat(when).replace(tzinfo=ZoneInfo("Europe/London"))
    service.clock.now = there.timestamp()


def by_hours(service: Service, when: str = "2026-01-15 08:15") -> None:
    """From now on eeast releases at 07:00, 13:00 and 19:00."""
    put = update(Organisation).where(Organisation.slug == "eeast").values(release=list(HOURS))
    service.database.write(lambda db: db.execute(put))
    at(service, when)


def change_settings(service: Service, slug: str = "eeast", **settings: int) -> None:
    """Sets an organisation's settings."""

    def put(db: Any) -> None:
        found = organisations.find(db, slug)
        found.settings = found.settings | settings

    service.database.write(put)


def change(service: Service, reference: str, bearer: str | None = None, **body: Any) -> Any:
    """The case after a change that has to succeed."""
    bearer = bearer or service.handler()
    answer = service.call("PATCH", f"/cases/{reference}", body, bearer)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def note(words: str = "An invented note.", **fields: Any) -> dict[str, Any]:
    """A readable note."""
    return {"id": str(uuid4()), "content": {"text": words}, **fields}


# --- what the database holds ----------------------------------------------------------------


def case_row(service: Service, reference: str) -> Case:
    """The row of a case."""
    with service.database.read() as db:
        return db.scalars(select(Case).where(Case.reference == reference)).one()


def tally(service: Service, slug: str = "eeast") -> dict[tuple[str, str], int]:
    """Field and value -> count, of all quarters, without zeros."""
    found: dict[tuple[str, str], int] = {}
    with service.database.read() as db:
        organisation = organisations.find(db, slug).id
        for one in db.scalars(select(Tally).where(Tally.organisation_id == organisation)):
            if one.count:
                place = (one.field, one.value)
                found[place] = found.get(place, 0) + one.count
    return found


def quarters(service: Service) -> set[str]:
    """The quarters in which anything is counted."""
    with service.database.read() as db:
        return set(db.scalars(select(Tally.quarter).where(Tally.count > 0)))


def acts(service: Service, reference: str) -> list[tuple[str, dict[str, Any]]]:
    """What the audit says of a case, oldest first, but for its openings."""
    case_id = case_row(service, reference).id
    with service.database.read() as db:
        rows = db.scalars(
            select(AuditEntry)
            .where(AuditEntry.case_id == case_id, AuditEntry.act != "case_opened")
            .order_by(AuditEntry.number)
        )
        return [(one.act, one.detail) for one in rows]
