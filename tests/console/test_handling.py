"""Status, closing, assignment, marks, legal hold and broken confidentiality, by their pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.checks import nothing_stored
from tests.console.cases import SCRIPT, own, page, press, thread
from tests.console.hands import Hands, Shown
from tests.service import Service

Make = Callable[..., Hands]


def case(service: Service, reference: str) -> dict[str, Any]:
    return dict(service.get(f"/cases/{reference}", service.handler()).get_json())


def fill(one: Hands, reference: str, more: str, **fields: Any) -> Shown:
    """Opens a small page, fills its form in, and sends it."""
    path = page(reference, more)
    return one.send(path, own(one.get(path)), follow=True, **fields)


def test_it_works(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one = hands()
    form = next(each for each in one.get(page(reference)).forms if each.action.endswith("/status"))
    shown = one.send("", form, follow=True, status="in_progress")
    assert "The status was changed." in shown.words
    assert case(service, reference)["status"] == "in_progress"


def test_only_what_is_allowed_is_offered(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one = hands()
    service.call("PATCH", f"/cases/{reference}", {"status": "in_progress"}, service.handler())
    shown = one.get(page(reference))
    select = re.search(r'<select[^>]* id="status".*?</select>', shown.answer.text, re.DOTALL)
    assert select is not None
    assert re.findall(r'value="(\w+)"', select.group()) == ["in_progress", "awaiting_reporter"]


@pytest.mark.parametrize(("status", "code"), [("new", 409), ("acknowledged", 409), ("odd", 422),
                                              ("", 422), (SCRIPT, 422)])  # fmt: skip
def test_a_change_that_is_not_allowed(
    service: Service, hands: Make, status: str, code: int
) -> None:
    reference, _ = service.open_case()
    one = hands()
    form = one.get(page(reference, "status")).form("status")
    service.call("PATCH", f"/cases/{reference}", {"status": "in_progress"}, service.handler())
    with nothing_stored(service):
        shown = one.send(page(reference, "status"), form, status=status)
    assert (shown.status, "There is a problem" in shown.words) == (code, True)


def test_closing_with_an_outcome(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one = hands()
    form = own(one.get(page(reference, "close")))
    with nothing_stored(service):
        refused = one.send(page(reference, "close"), form)
    assert (refused.status, "Outcome: Choose one." in refused.words) == (422, True)
    shown = fill(one, reference, "close", outcome="action-taken", feedback="y")
    assert "The case is closed." in shown.words
    found = case(service, reference)
    assert (found["status"], found["feedback_on"]) == ("closed", found["closed_on"])
    assert [check["months"] for check in found["checks"]] == [3, 6, 12]
    assert "Action taken" in shown.words
    assert "It is closed." in one.get(page(reference, "close")).words
    odd = fill(one, reference, "status", status="in_progress")
    assert "The status was changed." in odd.words


def test_an_outcome_that_is_none(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one = hands()
    form = own(one.get(page(reference, "close")))
    for outcome in ("unknown", SCRIPT, "x" * 300):
        with nothing_stored(service):
            assert one.send(page(reference, "close"), form, outcome=outcome).status == 422


def test_assigning(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one = hands()
    ids = {name: str(who.id) for name, who in service.handlers.items()}
    for name in ("handler-2", "handler-1"):
        fill(one, reference, "assign", assigned_to=ids[name])
        assert case(service, reference)["assigned_to"] == ids[name]
    form = one.get(page(reference, "assign")).form("assigned_to")
    assert form.fields["assigned_to"] == ids["handler-1"]
    for odd in (ids["handler-3"], ids["administrator-1"], "x"):
        with nothing_stored(service):
            assert one.send(page(reference, "assign"), form, assigned_to=odd).status == 422
    fill(one, reference, "assign", assigned_to="")
    assert case(service, reference)["assigned_to"] is None


def test_marks(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one, path = hands(), page(reference)
    assert "marked urgent" in press(one, path, "/urgent").words
    assert case(service, reference)["urgent"] is True
    press(one, path, "/urgent")
    assert case(service, reference)["urgent"] is False
    press(one, path, "/feedback")
    assert case(service, reference)["feedback_on"]
    fill(one, reference, "confidentiality", **{"confidentiality": "open"})
    assert case(service, reference)["confidentiality"] == "open"
    form = one.get(page(reference, "confidentiality")).form("confidentiality")
    for odd in ("", "secret", SCRIPT):
        with nothing_stored(service):
            shown = one.send(page(reference, "confidentiality"), form, confidentiality=odd)
        assert shown.status == 422


def test_a_legal_hold(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    assert "The legal hold is set." in fill(one, reference, "hold", reason=SCRIPT).words
    told = service.get("/case", service.reporter(token)).get_json()["legal_hold"]
    assert told == {"reason": SCRIPT}
    shown = one.get(page(reference, "hold"))
    assert (shown.form("reason").fields["reason"], SCRIPT in shown.answer.text) == (SCRIPT, False)
    for reason, words in (("", "Write something here."), ("x" * 2001, "too long")):
        with nothing_stored(service):
            refused = one.send(page(reference, "hold"), shown.form("reason"), reason=reason)
        assert (refused.status, words in refused.words) == (422, True), reason
        assert refused.form("reason").fields["reason"] == reason
    lift = next(form for form in shown.forms if form.fields.get("act") == "lift")
    assert "was lifted" in one.send(page(reference, "hold"), lift, follow=True).words
    assert case(service, reference)["legal_hold"] is None


def test_a_withdrawn_case_takes_only_the_holds_change(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one, other = hands(), service.open_case()[0]
    paths = ("status", "close", "assign", "confidentiality", "hold", "break-confidentiality",
             "notes", "classification", "links", "consent")  # fmt: skip
    forms = {more: own(one.get(page(reference, more))) for more in paths}
    fill(one, reference, "hold", reason="A claim")
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).get_json()["held"]
    fields: dict[str, dict[str, Any]] = {
        "status": {"status": "in_progress"},
        "close": {"outcome": "action-taken"},
        "assign": {"assigned_to": str(service.handlers["handler-2"].id)},
        "confidentiality": {"confidentiality": "open"},
        "break-confidentiality": {"told": "x", "reason": "y", "sure": "y"},
        "notes": {"text": "x"},
        "classification": {"elements": ["worker_safety"]},
        "links": {"reference": other},
        "consent": {"handlers": [str(service.handlers["handler-3"].id)], "role": "x",
                    "purpose": "y", "until": case(service, reference)["feedback_by"]},
    }  # fmt: skip
    with nothing_stored(service):
        for more, given in fields.items():
            wanted = [form for form in one.get(page(reference, more)).forms
                      if set(given) & set(form.fields) - {"csrf_token"}]  # fmt: skip
            assert wanted == [] or more in ("assign", "confidentiality"), more
            form = forms[more]
            shown = one.send(page(reference, more), form, **given)
            assert shown.status == 403, (more, shown.words)
            assert "Only its legal hold can be changed" in shown.words
    lift = next(form for form in one.get(page(reference, "hold")).forms
                if form.fields.get("act") == "lift")  # fmt: skip
    gone = one.send(page(reference, "hold"), lift, follow=True)
    assert "the case is deleted" in gone.words
    assert one.get(page(reference)).status == 404


def test_breaking_confidentiality(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one, path = hands(), page(reference, "break-confidentiality")
    form = one.get(path).form("told", "reason")
    given = {"told": SCRIPT, "reason": "Somebody was about to be hurt."}
    for change, words in (
        ({"told": ""}, "Who was told: Write something here."),
        ({"reason": "x" * 2001}, "too long"),
        ({"sure": None}, "Confirm this, or go back."),
    ):
        with nothing_stored(service):
            refused = one.send(path, form, **{**given, "sure": "y", **change})
        assert (refused.status, words in refused.words) == (422, True), change
    for _ in range(2):
        shown = one.send(path, form, follow=True, **given, sure="y")
        assert "The reporter is told." in shown.words
    told = [said for said in thread(service, token) if said["type"] == "status"]
    assert [(said["event"], said["told"]) for said in told] == [("confidentiality_broken", SCRIPT)]
    assert "Confidentiality was broken" in shown.words


def test_a_small_form_from_before_signing_out(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one, path = hands(), page(reference, "hold")
    form = one.get(path).form("reason")
    one.send("", next(each for each in one.get(path).forms if each.action.endswith("/sign-out")))
    with nothing_stored(service):
        asked = one.send(path, form, reason="A long reason")
    assert asked.status == 401
    assert asked.form("wren-username", "wren-kept")
    assert "A long reason" not in asked.answer.text
