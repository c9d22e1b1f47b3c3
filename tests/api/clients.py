"""Clients that seal, as programs use them, over the application in this process."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from sqlalchemy import select

from api.models import case as models
from api.models.organisation import Organisation
from api.rules import unlocking
from shared.client import Client
from shared.conversation import ReporterCase
from shared.errors import WrongKey
from shared.handling import HandlerCase, HandlerSession
from shared.sealing import message
from shared.sealing.case import Case
from shared.sealing.encoding import unb64
from shared.sealing.envelope import place, seal
from shared.sealing.epochs import MESSAGES, NOTES
from shared.sealing.message import Kind
from tests.api import sealed
from tests.service import Service


class InProcess(BaseAdapter):
    """Answers a client's requests by the application itself, without a socket."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.service = service

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The application's answer."""
        answer = self.service.app.test_client().open(
            request.path_url,
            method=request.method,
            data=request.body,
            headers=dict(request.headers),
        )
        found = requests.Response()
        found.status_code = answer.status_code
        found.headers = CaseInsensitiveDict(answer.headers.items())
        found.raw = io.BytesIO(answer.data)
        found.request, found.url = request, str(request.url)
        answer.close()
        return found

    def close(self) -> None:
        """Nothing is held open."""


def client(service: Service) -> Client:
    """A client of this service."""
    made = Client("http://127.0.0.1:9")
    made._line._http.mount("http://", InProcess(service))
    return made


def handler(service: Service, reference: str, name: str = "handler-1") -> HandlerCase:
    """A case as a handler's own program has it open, its thread read."""
    who, line = service.handlers[name], client(service)
    session = HandlerSession(line, who.id, sealed.handler(service, name), who.keyring)
    case = session.case(reference, line.organisation("eeast"))
    case.refresh()
    case.thread()
    return case


def reporter(service: Service, token: str) -> ReporterCase:
    """The reporter's case as an app has it open, its thread read."""
    line = client(service)
    case = ReporterCase.sign_in(line, token, line.organisation("eeast"))
    case.refresh()
    case.thread()
    return case


def with_the_database(service: Service, reference: str, name: str) -> Case:
    """What somebody could open who had the whole database, and their own keys."""
    who = service.handlers[name]
    with service.database.read() as db:
        case = db.scalars(select(models.Case).where(models.Case.reference == reference)).one()
        organisation = db.get_one(Organisation, case.organisation_id)
        return unlocking.unlock(db, organisation, case, who.id, who.keyring)


def can_read(case: Case, shown: Mapping[str, Any], kind: Kind = "message") -> bool:
    """Whether these keys open a message or note, as a call showed it to somebody."""
    try:
        case.read(kind, UUID(shown["id"]), unb64(shown["sealed"]["envelope"]))
    except WrongKey:
        return False
    return True


def signed_by_hand(
    case: Case, kind: Kind, message_id: UUID, type_: str, body: str, seq: int = 1
) -> bytes:
    """The envelope of a message whose body is this JSON, whatever it says: a hostile client's."""
    fields = {"v": 1, "author": case.author(), "day": "2026-11-23", "seq": seq, "after": []}
    told = json.dumps({**fields, "type": type_, "body": "@", "attachments": []})
    plain = told.replace('"@"', body).encode()
    place_ = place(case.case_id, message_id)
    signed = f"wren/v1/signed/{kind}".encode() + b"\0" + place_ + plain
    inside = message.pad(case.keyring.sign(signed) + plain, message.SIZES)
    purpose = NOTES if kind == "note" else MESSAGES
    return seal(kind, place_, case.records[purpose][-1].case_key, inside)
