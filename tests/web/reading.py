"""What tests of who reads a case share: a browser with a case open, and ways to slip in."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from api import setup
from api.models.case import CaseEpoch
from api.models.message import Message
from shared.sealing.epochs import MESSAGES
from shared.thread import ThreadMessage
from tests.api import clients
from tests.service import Service
from tests.web.hands import Hands

VISIT = "abc123"


def sits_at(hands: Hands, token: str, visit: str = VISIT) -> str:
    """Opens a case in this browser, as the page of the words does; its address."""
    put_cookie(hands, hands.service.reporter(token), visit)
    return f"/c/{visit}"


def put_cookie(hands: Hands, bearer: str, visit: str = VISIT) -> None:
    """Gives the browser a cookie of a visit."""
    hands.http.set_cookie(f"__Host-w-{visit}", bearer, domain="wren.example", secure=True)


def person(service: Service, name: str) -> UUID:
    """A handler's id."""
    return UUID(str(service.handlers[name].id))


def stored(service: Service) -> tuple[int, ...]:
    """How many records of readers and messages there are."""
    with service.database.read() as db:
        return tuple(
            db.scalar(select(func.count()).select_from(one)) or 0 for one in (CaseEpoch, Message)
        )


def slip_in(service: Service, reference: str, name: str) -> None:
    """A handler's client passes the report off as a consent, and the service lets it pass."""
    passed = update(Message).values(is_answer=True)
    service.database.write(lambda db: db.execute(passed))
    guardian, who = clients.handler(service, reference), person(service, name)
    named = {
        "message_id": str(guardian.thread()[0].id), "handlers": [str(who)], "role": "Helper",
        "until": str(date.today()),
    }  # fmt: skip
    readers = {*guardian.handlers(), who}
    guardian.send_epoch(guardian.prepare_epoch(readers, purpose=MESSAGES, consent=named))
    undone = update(Message).values(is_answer=False)
    service.database.write(lambda db: db.execute(undone))


def hire(service: Service, name: str, desk: str = "guardian") -> UUID:
    """Another handler of eeast, approved by the first one."""
    first = service.handlers["handler-1"]
    new, _ = service.database.write(
        lambda db: setup.add_handler(db, "eeast", (desk,), name, name, (first.id, first.keyring))
    )
    service.handlers = {**service.handlers, name: new}
    return UUID(str(new.id))


def newest(service: Service, reference: str, name: str = "handler-1") -> ThreadMessage:
    """The newest message as a handler's own program opens it."""
    return clients.handler(service, reference, name).thread()[-1]


def sent_form(hands: Hands, path: str, fields: dict[str, Any], status: int) -> str:
    """Sends a form that no page showed like this, with the key of the page that is open."""
    key = next(value for name, value in hands.forms()[0]["fields"] if name == "key")
    return hands.send(path, [("key", key), *fields.items()], status)
