"""A legal hold keeps a case; its reason is shown to the reporter."""

from __future__ import annotations

import pytest

from tests.api import sealed
from tests.api.checks import MARK, nothing_stored, outsiders_refused, refused
from tests.api.handling import acts, change
from tests.service import Service

REASON = "A claim at the tribunal, invented."


def hold(reason: str = REASON) -> dict[str, dict[str, str]]:
    """The change that puts a hold on."""
    return {"legal_hold": {"reason": reason}}


def test_it_works(service: Service) -> None:
    reference, token = service.open_case()
    assert change(service, reference, **hold())["legal_hold"] == {"reason": REASON}
    reporter = service.reporter(token)
    assert service.get("/case", reporter).get_json()["legal_hold"] == {"reason": REASON}
    item = service.get("/cases", service.handler("handler-2")).get_json()["items"][0]
    assert item["legal_hold"] is True
    bearer = service.handler()
    with nothing_stored(service):
        service.call("PATCH", f"/cases/{reference}", hold(), bearer)
    change(service, reference, **hold("Another reason, invented."))
    assert change(service, reference, legal_hold=None)["legal_hold"] is None
    assert service.get("/case", reporter).get_json()["legal_hold"] is None
    # The audit says that there was one, never why.
    assert acts(service, reference) == [
        ("case_changed", {"legal_hold": True}),
        ("case_changed", {"legal_hold": True}),
        ("case_changed", {"legal_hold": False}),
    ]


def test_outsiders_hold_nothing(service: Service) -> None:
    reference, _ = service.open_case()
    outsiders_refused(service, "PATCH", "/cases/{}", reference, hold())


def test_a_session_that_seals_holds_too(service: Service) -> None:
    reference, _ = sealed.open_case(service)
    assert change(service, reference, sealed.handler(service), **hold())["legal_hold"]


def test_fields_that_do_not_fit(service: Service, subtests: pytest.Subtests) -> None:
    reference, _ = service.open_case()
    bearer, path = service.handler(), f"/cases/{reference}"
    for what, value in {
        "no reason": {},
        "an empty reason": {"reason": " "},
        "a reason too long": {"reason": "r" * 2001},
        "a control character": {"reason": f"{MARK}\0"},
        "half a character": {"reason": f"{MARK}\ud83d"},
        "true": True,
        "a text": MARK,
        "unknown": {"reason": REASON, MARK: MARK},
    }.items():
        with subtests.test(what):
            told = refused(service, "PATCH", path, {"legal_hold": value}, bearer,
                           status=422, code="invalid")  # fmt: skip
            assert set(told["errors"]) == {"legal_hold"}
    longest = "\N{BIRD}" * 2000
    assert change(service, reference, **hold(longest))["legal_hold"]["reason"] == longest
