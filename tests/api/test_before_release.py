"""What a handler sees, counts or lists stays the same until what a reporter did is released."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from dateutil.relativedelta import relativedelta
from sqlalchemy import select, update

from api.models.case import Case
from api.models.organisation import Organisation
from api.rules import counting, inbox, retention
from tests.api import clients
from tests.api.attaching import attached, send, some
from tests.api.checks import text
from tests.api.handling import ask, change, consent
from tests.api.test_releases import at
from tests.api.test_releases import held as _held
from tests.service import Service

held = _held


def _closed(service: Service) -> tuple[str, str]:
    """A case whose reporter wrote last, which was closed long ago and is announced to go."""
    reference, token = service.open_case(urgent=True)
    path, reporter = f"/cases/{reference}/messages", service.reporter(token)
    service.post(path, text("A reply"), service.handler())
    ask(service, reference, "handler-3", until="2026-03-01")
    service.post("/case/messages", text("Released", urgent=True), reporter)
    change(service, reference, status="closed", outcome="referred")
    day = date(2026, 1, 15)
    long_ago = {"closed_on": day - relativedelta(months=30), "goes_on": day + timedelta(3)}
    service.database.write(lambda db: db.execute(update(Case).values(**long_ago)))
    return reference, token


def _seen(service: Service, reference: str) -> list[Any]:
    """All that a handler sees of the case, and what is counted with it."""
    bearer = service.handler()
    calls = ("", "/messages", "/epochs", "/notes", "/status")
    paths = ["/cases", "/cases?due=going", *(f"/cases/{reference}{one}" for one in calls)]
    answers = [service.get(one, bearer) for one in paths]
    assert {one.status_code for one in answers} == {200}
    with service.database.read() as db:
        me = service.handlers["handler-1"].id
        eeast = db.scalars(select(Organisation).where(Organisation.slug == "eeast")).one()
        waiting = inbox.inbox(db, me, {"after": None, "limit": 9, "answer": True})
        counts = counting.counts(db, eeast, "2026-Q1")
        return [
            *((one.data, one.headers.get("ETag")) for one in answers),
            waiting,
            inbox.counts(db, me),
            counts,
        ]


def _write(service: Service, _reference: str, token: str) -> None:
    service.post("/case/messages", text("Held"), service.reporter(token))


def _feedback(service: Service, _reference: str, token: str) -> None:
    body = {"id": str(uuid4()), "answer": "yes", "content": {"comment": ""}}
    answer = service.post("/case/feedback", body, service.reporter(token))
    assert answer.status_code == 201, answer.text


def _read(service: Service, _reference: str, token: str) -> None:
    bearer = service.reporter(token)
    assert service.post("/case/read", {"number": 2}, bearer).status_code < 300


def _begin_file(service: Service, _reference: str, token: str) -> None:
    attached(clients.reporter(service, token), some(10))


def _send_file(service: Service, _reference: str, token: str) -> None:
    send(clients.reporter(service, token), some(10))


def _answer(granted: bool) -> Callable[[Service, str, str], None]:
    def answer(service: Service, reference: str, token: str) -> None:
        shown = service.get(f"/cases/{reference}/messages", service.handler()).get_json()["items"]
        asked = next(one for one in shown if one["content"]["type"] == "consent-request")
        consent(service, service.reporter(token), asked["id"], granted=granted)

    return answer


ACTS = {
    "writes": _write,
    "answers the closing question": _feedback,
    "reads": _read,
    "begins a file": _begin_file,
    "sends a file": _send_file,
    "grants": _answer(True),
    "refuses": _answer(False),
}


@pytest.mark.parametrize("act", ACTS)
def test_nothing_moves(held: Service, act: str) -> None:
    reference, token = _closed(held)
    before = _seen(held, reference)
    ACTS[act](held, reference, token)
    at(held, "2026-01-15 12:59")
    assert _seen(held, reference) == before


def test_the_notice_is_put_off_when_the_message_is_shown(held: Service) -> None:
    reference, token = _closed(held)
    path = f"/cases/{reference}"
    assert held.get(path, held.handler()).get_json()["goes_on"] == "2026-01-18"
    _write(held, reference, token)
    at(held, "2026-01-15 13:00")
    assert held.get(path, held.handler()).get_json()["goes_on"] == "2026-02-14"


def _lets_in(service: Service, token: str) -> None:
    """The reporter lets a handler in again, whom they had shut out."""
    case = clients.reporter(service, token)
    case.send_epoch(case.let_in(service.handlers["handler-2"].id))


def _shuts_out(service: Service, token: str) -> None:
    case = clients.reporter(service, token)
    case.send_epoch(case.shut_out([service.handlers["handler-2"].id]))


def test_who_was_let_in_sees_the_case_before_it_goes(held: Service) -> None:
    reference, token = _closed(held)
    _shuts_out(held, token)
    at(held, "2026-01-17 20:00")
    before = _seen(held, reference)[0]
    _lets_in(held, token)
    assert _seen(held, reference)[0] == before
    at(held, "2026-01-18 00:05")
    retention.work(held.database)
    at(held, "2026-01-18 07:00")
    for name in ("handler-1", "handler-2"):
        found = held.get(f"/cases/{reference}", held.handler(name))
        assert found.status_code == 200
        assert found.get_json()["goes_on"] == "2026-02-17"


def test_who_is_let_in_at_once_puts_the_notice_off_at_once(held: Service) -> None:
    reference, token = _closed(held)
    _shuts_out(held, token)
    path = f"/cases/{reference}"
    assert held.get(path, held.handler()).get_json()["goes_on"] == "2026-01-18"
    now = update(Organisation).values(release="at once")
    held.database.write(lambda db: db.execute(now))
    _lets_in(held, token)
    assert held.get(path, held.handler("handler-2")).get_json()["goes_on"] == "2026-02-14"


@pytest.mark.parametrize("act", ["urgent", "writes", "refuses"])
def test_what_shows_at_once_puts_the_notice_off_at_once(held: Service, act: str) -> None:
    reference, token = _closed(held)
    if act == "urgent":
        sent = held.post("/case/messages", text("Now", urgent=True), held.reporter(token))
        assert sent.status_code == 201
    else:
        now = update(Organisation).values(release="at once")
        held.database.write(lambda db: db.execute(now))
        ACTS[act](held, reference, token)
    assert held.get(f"/cases/{reference}", held.handler()).get_json()["goes_on"] == "2026-02-14"


def test_what_waits_is_not_deleted_unread(held: Service) -> None:
    reference, token = _closed(held)
    at(held, "2026-01-17 20:00")
    _write(held, reference, token)
    at(held, "2026-01-18 00:05")
    retention.work(held.database)
    at(held, "2026-01-18 07:00")
    found = held.get(f"/cases/{reference}", held.handler())
    assert found.status_code == 200
    assert found.get_json()["goes_on"] == "2026-02-17"
    at(held, "2026-02-17 00:05")
    retention.work(held.database)
    assert held.get(f"/cases/{reference}", held.handler()).status_code == 404
