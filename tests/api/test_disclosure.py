"""Breaking confidentiality for an immediate risk of harm: recorded, and the reporter is told."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.api import clients, sealed
from tests.api.checks import MARK, nothing_stored, outsiders_refused, refused
from tests.api.handling import acts
from tests.service import Service

TOLD = {"told": "The police, on the phone, invented", "reason": "Somebody was in danger, invented"}


def disclosure(**more: Any) -> dict[str, Any]:
    """A readable disclosure."""
    return {"id": str(uuid4()), "content": TOLD | more}


def test_it_works(service: Service) -> None:
    reference, token = service.open_case()
    answer = service.post(f"/cases/{reference}/disclosures", disclosure(), service.handler())
    assert answer.status_code == 201, answer.text
    assert answer.get_json()["number"] == 2
    reporter = service.reporter(token)
    assert service.get("/case", reporter).get_json()["unread"] == 1
    for path, bearer in (
        ("/case/messages", reporter),
        (f"/cases/{reference}/messages", service.handler("handler-2")),
    ):
        told = service.get(path, bearer).get_json()["items"][-1]
        content = told["content"]
        assert (content["type"], content["event"]) == ("status", "confidentiality_broken")
        assert {name: content[name] for name in TOLD} == TOLD
        assert told["author"] == f"handler:{service.handlers['handler-1'].id}"
        assert "problem" not in told
    # The audit says that it was done, and not who was told or why.
    assert acts(service, reference) == [("confidentiality_broken", {})]


def test_outsiders_record_none(service: Service) -> None:
    reference, _ = service.open_case()
    outsiders_refused(service, "POST", "/cases/{}/disclosures", reference, disclosure())


def test_sealed(service: Service) -> None:
    reference, token = sealed.open_case(service)
    mine = clients.handler(service, reference)
    mine.send(mine.break_confidentiality(**TOLD))
    told = clients.reporter(service, token).thread()[-1]
    assert told.problem is None
    assert (told.content or {})["event"] == "confidentiality_broken"
    assert acts(service, reference) == [("confidentiality_broken", {})]
    refused(service, "POST", f"/cases/{reference}/disclosures", disclosure(),
            sealed.handler(service), status=403, code="not_allowed")  # fmt: skip


def test_the_same_again_is_the_first_answer(service: Service) -> None:
    reference, _ = service.open_case()
    bearer, path, body = service.handler(), f"/cases/{reference}/disclosures", disclosure()
    first = service.post(path, body, bearer)
    with nothing_stored(service):
        again = service.post(path, body, bearer)
    assert (again.status_code, again.data) == (200, first.data)
    other = body | {"content": TOLD | {"told": "Somebody else, invented"}}
    refused(service, "POST", path, other, bearer, status=409, code="conflict")


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    reference, _ = service.open_case()
    bearer, path = service.handler(), f"/cases/{reference}/disclosures"
    for name in TOLD:
        for value in (None, "", " \n", "x" * 2001, f"{MARK}\0", 7, [MARK]):
            with subtests.test(f"{name}: {value!r:.20}"):
                body = disclosure(**{name: value})
                told = refused(service, "POST", path, body, bearer, status=422, code="invalid")
                assert set(told["errors"]["content"]) == {name}
    body = disclosure(event="closed")
    told = refused(service, "POST", path, body, bearer, status=422, code="invalid")
    assert set(told["errors"]["content"]) == {"_unknown"}
