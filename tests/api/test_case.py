"""A case as its readers see it: the reporter's view, and the handlers'."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import select

from api.models.audit import AuditEntry
from shared.schemas.base import read
from shared.schemas.cases import HandlerCase, ReporterCase
from shared.sealing.encoding import b64
from tests.api import sealed
from tests.api.checks import MARK, UNKNOWN, nothing_stored, outsiders_refused, refused
from tests.service import Service

BOTH = {
    "case_id", "reference", "organisation", "status", "desk", "urgent", "opened_on", "handlers",
    "epochs", "consents", "exports", "legal_hold", "confidentiality", "acknowledge_by",
    "feedback_by", "acknowledged_on", "feedback_on", "closed_on", "goes_on", "overdue",
    "assigned_to",
}  # fmt: skip
FOR_HANDLERS = {
    "excluded", "reporter", "report", "checks", "links", "recorded_by", "withdrawn_on",
}  # fmt: skip


def test_it_works(service: Service) -> None:
    body, token = service.report()
    reference = service.post("/organisations/eeast/cases", body).get_json()["reference"]
    reporter, handler = service.reporter(token), service.handler()
    # The first look of a day is an act of the handler's; the next ones are none.
    service.get(f"/cases/{reference}", handler)
    with nothing_stored(service):
        mine = service.get("/case", reporter).get_json()
        theirs = service.get(f"/cases/{reference}", handler).get_json()
    assert set(mine) == BOTH | {"unread", "answered"}
    assert set(theirs) == BOTH | FOR_HANDLERS
    for found in (mine, theirs):
        assert found["case_id"] == body["case_id"]
        assert found["reference"] == reference
        assert (found["organisation"], found["desk"]) == ("eeast", "guardian")
        assert (found["status"], found["urgent"]) == ("new", False)
        assert {one["display_name"] for one in found["handlers"]} == {"handler-1", "handler-2"}
        assert (found["consents"], found["exports"], found["legal_hold"]) == ([], [], None)
        assert found["acknowledged_on"] is found["feedback_on"] is found["closed_on"] is None
        assert (found["overdue"], found["assigned_to"]) == (None, None)
        assert found["confidentiality"] == "anonymous"
    assert (theirs["checks"], theirs["links"], mine["answered"]) == ([], [], False)
    root = sealed.root(service, token)
    assert theirs["reporter"] == {
        "seal_key": b64(root.keyring.seal_key),
        "sign_key": b64(root.keyring.sign_key),
    }
    assert read(ReporterCase(), mine)
    assert read(HandlerCase(), theirs)


def test_each_reader_gets_the_key_sealed_to_them(service: Service) -> None:
    reference, token = service.open_case()
    keys = {
        service.get("/case", service.reporter(token)).get_json()["epochs"][0]["sealed_key"],
        *(
            service.get(f"/cases/{reference}", service.handler(name)).get_json()["epochs"][0][
                "sealed_key"
            ]
            for name in ("handler-1", "handler-2")
        ),
    }
    assert len(keys) == 3
    assert None not in keys


def test_outsiders_do_not_see_it(service: Service) -> None:
    reference, _ = service.open_case()
    outsiders_refused(service, "GET", "/cases/{}", reference)


def test_a_case_that_is_not_there(service: Service) -> None:
    reference, _ = service.open_case()
    bearer = service.handler()
    for other in (UNKNOWN, MARK, reference.lower(), f"{reference}%00", "%00", str(uuid4())):
        path = f"/cases/{other}"
        refused(service, "GET", path, bearer=bearer, status=404, code="not_found")


def test_each_bearer_at_the_others_calls(service: Service) -> None:
    reference, token = service.open_case()
    reporter, handler = service.reporter(token), service.handler()
    path = f"/cases/{reference}"
    for where, bearer in (("/case", handler), (path, reporter), ("/case", None), (path, None)):
        refused(service, "GET", where, bearer=bearer, status=401, code="sign_in")


def test_a_look_stands_in_the_audit_once_a_day(service: Service) -> None:
    reference, _ = service.open_case()

    def openings() -> int:
        with service.database.read() as db:
            acts = list(db.scalars(select(AuditEntry.act)))
        return acts.count("case_opened")

    before = openings()
    one, two = service.handler("handler-1"), service.handler("handler-2")
    for bearer in (one, one, two, one):
        assert service.get(f"/cases/{reference}", bearer).status_code == 200
    service.get(f"/cases/{reference}", service.handler("handler-3"))
    assert openings() - before == 2
    service.clock.now += 86_400
    assert service.get(f"/cases/{reference}", service.handler()).status_code == 200
    assert openings() - before == 3


def test_the_status_alone(service: Service) -> None:
    reference, _ = service.open_case()
    path, bearer = f"/cases/{reference}/status", service.handler()
    with nothing_stored(service):
        found = service.get(path, bearer).get_json()
    today = found.pop("opened_on")
    assert today
    assert found == {
        "reference": reference,
        "organisation": "eeast",
        "status": "new",
        "closed_on": None,
        "overdue": None,
    }
    service.call("PATCH", f"/cases/{reference}", {"status": "closed"}, bearer)
    assert service.get(path, bearer).get_json()["closed_on"] == today
    outsiders_refused(service, "GET", "/cases/{}/status", reference)
