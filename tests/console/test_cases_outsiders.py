"""Each page of a case is to an outsider as one of a case that there never was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.checks import UNKNOWN, nothing_stored
from tests.console.cases import page
from tests.console.hands import FoundForm, Hands
from tests.service import OUTSIDERS, Service

Make = Callable[..., Hands]
NOBODY = ("administrator-1", "analyst-1")
LEFT_OUT = "handler-2"

READ = (
    "", "notes", "classification", "readers", "links", "history", "print", "file", "status",
    "close",
    "assign", "confidentiality", "hold", "break-confidentiality", "consent", "checks/3",
)  # fmt: skip


def writing(service: Service) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every address of a case that takes a form, with one that would do something."""
    who, some = str(service.handlers["handler-3"].id), "6f1c2f0e-5a39-4c4b-9a55-0d9a3a1f2b7c"
    yield "", {"id": some, "epoch": "0", "text": "Kept.", "act": "send"}
    yield "", {"text": "Kept.", "act": "draft"}
    yield "file", {"kind": "full"}
    yield "file", {"kind": "sharing", "summary": "Kept."}
    yield "notes", {"id": some, "text": "Kept."}
    yield "classification", {"id": some, "before": "", "national": "2026", "local": "0"}
    yield "links", {"reference": "EEA-1111111111"}
    yield "status", {"status": "in_progress"}
    yield "close", {"outcome": "action-taken"}
    yield "assign", {"assigned_to": ""}
    yield "confidentiality", {"confidentiality": "open"}
    yield "hold", {"reason": "Kept."}
    yield "break-confidentiality", {"id": some, "told": "x", "reason": "y", "sure": "y"}
    yield "consent", {"id": some, "handlers": who, "role": "x", "purpose": "y",
                      "until": "2099-01-01"}  # fmt: skip
    yield "checks/3", {"id": some, "text": "Kept."}
    yield "urgent", {"urgent": "yes"}
    yield "feedback", {}
    yield f"readers/{who}/in", {}
    yield f"readers/{who}/out", {}
    yield f"consents/{some}/in", {}
    yield "links/EEA-1111111111/remove", {}


@pytest.fixture
def reference(service: Service) -> str:
    """A case at the guardian desk from which one of its handlers was left out."""
    who = service.handlers[LEFT_OUT].id
    return service.open_case(excluded=[str(who)])[0]


def form_of(one: Hands) -> FoundForm:
    return FoundForm("", {"csrf_token": one.get("/console/account").form("csrf_token")
                          .fields["csrf_token"]})  # fmt: skip


@pytest.mark.parametrize("name", [*OUTSIDERS, LEFT_OUT])
def test_handlers_who_do_not_read_it(
    service: Service, hands: Make, reference: str, name: str
) -> None:
    one = hands(name)
    with nothing_stored(service):
        for more in READ:
            shown, unknown = (one.get(page(each, more)) for each in (reference, UNKNOWN))
            assert (shown.status, unknown.status) == (404, 404), more
            assert plain(shown.answer.text, reference) == plain(unknown.answer.text, UNKNOWN)
        form = form_of(one)
        for more, fields in writing(service):
            shown, unknown = (
                one.send(page(each, more), form, **fields) for each in (reference, UNKNOWN)
            )
            assert (shown.status, unknown.status) == (404, 404), more
            assert plain(shown.answer.text, reference) == plain(unknown.answer.text, UNKNOWN)


@pytest.mark.parametrize("name", NOBODY)
def test_roles_that_read_no_case(service: Service, hands: Make, reference: str, name: str) -> None:
    one = hands(name)
    with nothing_stored(service):
        for more in READ:
            shown, unknown = (one.get(page(each, more)) for each in (reference, UNKNOWN))
            assert (shown.status, unknown.status) == (403, 403), more
            assert plain(shown.answer.text, reference) == plain(unknown.answer.text, UNKNOWN)
        form = form_of(one)
        for more, fields in writing(service):
            assert one.send(page(reference, more), form, **fields).status == 403, more
        for path in ("/console/inbox", "/console/search", "/console/record", "/console/handover"):
            assert one.get(path).status == 403, path
            if path != "/console/inbox":
                assert one.send(path, form, text="x").status == 403, path


def plain(text: str, reference: str) -> str:
    """A page without what is in its own address, without tokens and what is boxed."""
    kept = [one for one in text.splitlines() if "csrf_token" not in one and "wren-kept" not in one]
    return "\n".join(kept).replace(reference, "REFERENCE")


def test_somebody_who_lost_the_roster_sees_nothing(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    two = hands("handler-2")
    assert two.get(page(reference)).status == 200
    who = str(service.handlers["handler-2"].id)
    answer = service.post("/organisations/eeast/roster", {"retire": who}, service.handler())
    assert answer.status_code < 300, answer.text
    assert two.get(page(reference)).status == 404
    assert reference not in two.get("/console/inbox").words
    assert "Your keys wait for approval" in two.get("/console/inbox").words
    shown = hands().get(page(reference))
    assert "handler-2 left" in shown.words


def test_unicode_and_long_references(hands: Make) -> None:
    one = hands()
    for odd in ("%00", "\N{GREEK SMALL LETTER ALPHA}", "x" * 5000, "..%2f..%2f", "eea-1"):
        assert one.get(f"/console/cases/{odd}").status == 404, odd
