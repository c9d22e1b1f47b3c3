"""A client that seals by itself, for tests: over the test client, with the phone's functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from api.config import ACCOUNT_SESSION
from api.rules import sessions
from shared import conversation
from shared.schemas import base, cases, organisations
from shared.schemas import roster as roster_schemas
from shared.sealing import case as sealing
from shared.sealing import roster, stretch, tokens
from shared.sealing.encoding import REPORTER, b64
from shared.sealing.keyring import Keyring
from shared.sealing.message import Message
from shared.sealing.roster import Roster, SignedRecord
from shared.sealing.stretch import Root
from shared.thread import Prepared
from tests.service import Service


def directory(service: Service, slug: str = "eeast") -> dict[str, Any]:
    """The directory, read as a client reads it."""
    found = service.get(f"/organisations/{slug}").get_json()
    return dict(base.read(organisations.Organisation(), found))


def read_roster(service: Service, slug: str = "eeast") -> Roster:
    """The checked roster."""
    found = service.get(f"/organisations/{slug}/roster").get_json()
    records = base.read(roster_schemas.Roster(), found)["records"]
    return roster.check([SignedRecord(**one) for one in records], slug)


def root(service: Service, token: str) -> Root:
    """What the words stretch to."""
    return stretch.root(token, directory(service)["stretch"]["salt"])


def prepare(
    service: Service,
    token: str | None = None,
    *,
    desk: str = "guardian",
    excluded: Collection[UUID] = (),
    story: str = "An invented story, sealed.",
    urgent: bool = False,
) -> Prepared:
    """A sealed report for eeast."""
    return conversation.prepare_report(
        directory(service),
        read_roster(service),
        token or tokens.new_token(),
        desk,
        excluded,
        {"story": story},
        urgent=urgent,
    )


def open_case(service: Service, **more: Any) -> tuple[str, str]:
    """Opens a sealed case; its reference and token."""
    token = tokens.new_token()
    answer = service.post("/organisations/eeast/cases", prepare(service, token, **more).body)
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["reference"]), token


def reporter(service: Service, token: str) -> str:
    """A bearer of the reporter, who opens by themselves."""
    key = {"access_key": b64(root(service, token).access_key)}
    answer = service.post("/sessions", key)
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["session"])


def handler(service: Service, username: str = "handler-1") -> str:
    """A bearer of a handler for whom the service can't open."""
    who = service.handlers[username].id
    return str(
        service.database.write(lambda db: sessions.start(db, "account", who, ACCOUNT_SESSION))[
            "session"
        ]
    )


def unlock(service: Service, path: str, bearer: str, me: UUID, keys: Keyring) -> sealing.Case:
    """A case unlocked by one of its readers."""
    schema = cases.ReporterCase() if me == REPORTER else cases.HandlerCase()
    found = base.read(schema, service.get(path, bearer).get_json())
    who = (
        {"seal_key": keys.seal_key, "sign_key": keys.sign_key}
        if me == REPORTER
        else found["reporter"]
    )
    return sealing.unlock(
        found["case_id"],
        me,
        keys,
        [sealing.SealedEpoch(**one) for one in found["epochs"]],
        sealing.reporter_party(**who),
        read_roster(service),
    )


def by_reporter(service: Service, token: str, bearer: str) -> sealing.Case:
    """The reporter's case, unlocked."""
    return unlock(service, "/case", bearer, REPORTER, root(service, token).keyring)


def by_handler(
    service: Service, reference: str, bearer: str, username: str = "handler-1"
) -> sealing.Case:
    """A handler's case, unlocked."""
    who = service.handlers[username]
    return unlock(service, f"/cases/{reference}", bearer, who.id, who.keyring)


def write(
    case: sealing.Case, words: str = "An invented answer, sealed.", seq: int = 1, **fields: Any
) -> dict[str, Any]:
    """A sealed message."""
    message_id = uuid4()
    content = Message(case.author(), date(2026, 11, 23), seq, "text", {"text": words})
    envelope = case.write("message", message_id, content)
    return {"id": str(message_id), "sealed": {"envelope": b64(envelope)}, **fields}


def with_part(body: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of a body in which the field at this dotted path has another value."""
    first, _, rest = path.partition(".")
    changed = dict(body)
    changed[first] = with_part(changed[first], rest, value) if rest else value
    return changed
