"""Who reads a case by the reporter's consent looks into it: the pages offer no handling of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from api.console.showing import day_text
from tests.api.checks import nothing_stored
from tests.api.handling import change
from tests.console.cases import answer, ask, page, press, reply, thread
from tests.console.hands import Hands
from tests.service import Service

Make = Callable[..., Hands]
UNTIL = date.today() + timedelta(days=30)
TOLD = "as Investigating manager. Its desk handles it."


@pytest.fixture
def case(service: Service, hands: Make) -> tuple[str, str]:
    """A case that handler-3 reads by consent, and its words."""
    reference, token = service.open_case()
    ask(hands(), service, reference, "handler-3")
    answer(service, token)
    press(hands(), page(reference), "/in")
    return reference, token


def test_it_works(service: Service, hands: Make, case: tuple[str, str]) -> None:
    reference, token = case
    one = hands("handler-3")
    shown = one.get(page(reference))
    with service.app.test_request_context():
        day = day_text(UNTIL)
    assert f"You read this case by consent until {day}, {TOLD}" in shown.words
    fields = shown.form("text", "epoch").fields
    assert not {"acknowledge", "feedback"} & set(fields)
    assert {form.action for form in shown.forms if "/cases/" in form.action} == {page(reference)}
    for link in ("close", "hold", "confidentiality", "break-confidentiality"):
        assert page(reference, link) not in shown.answer.text
    assert reply(one, reference, "I look into it.").status == 303
    assert thread(service, token)[-1]["text"] == "I look into it."
    kept = one.fill(page(reference, "notes"), "text", follow=True, text="What I found")
    assert "The note is kept." in kept.words
    assert "Its desk handles it" not in hands().get(page(reference)).words


def test_pages_that_only_look(service: Service, hands: Make, case: tuple[str, str]) -> None:
    reference, _ = case
    other, _ = service.open_case()
    path = f"/cases/{reference}"
    service.post(f"{path}/links", {"reference": other}, service.handler())
    one = hands("handler-3")
    for more in ("notes", "classification", "links", "readers", "history", "print"):
        shown = one.get(page(reference, more))
        assert (shown.status, TOLD in shown.words) == (200, True), more
        allowed = {"notes": {""}, "readers": {"/out"}}.get(more, set())
        found = {form.action for form in shown.forms
                 if not form.action or page(reference) in form.action}  # fmt: skip
        assert {action[-4:] for action in found} == allowed, more


@pytest.mark.parametrize(
    "more", ["status", "close", "assign", "confidentiality", "hold", "break-confidentiality",
             "consent", "checks/3"],
)  # fmt: skip
def test_pages_that_handle(
    service: Service, hands: Make, case: tuple[str, str], more: str
) -> None:
    reference, _ = case
    change(service, reference, status="closed", outcome="action-taken")
    one = hands("handler-3")
    form = one.get("/console/account").form("csrf_token")
    form.action = ""
    with nothing_stored(service):
        for shown in (
            one.get(page(reference, more)),
            one.send(page(reference, more), form),
        ):
            assert (shown.status, "Its desk handles it" in shown.words) == (403, True)


@pytest.mark.parametrize("more", ["urgent", "feedback"])
def test_buttons(service: Service, hands: Make, case: tuple[str, str], more: str) -> None:
    reference, _ = case
    one = hands("handler-3")
    form = one.get("/console/account").form("csrf_token")
    form.action = page(reference, more)
    with nothing_stored(service):
        assert one.send("", form, urgent="yes").status == 403


def test_a_closed_case(service: Service, hands: Make, case: tuple[str, str]) -> None:
    """The day of a check is shown, and leads nowhere."""
    reference, _ = case
    change(service, reference, status="closed", outcome="action-taken")
    shown = hands("handler-3").get(page(reference))
    assert "Check for detriment" in shown.words
    assert page(reference, "checks") not in shown.answer.text
