"""Nothing is sent to somebody whom the reporter was not asked about first."""

from __future__ import annotations

from api.models.case import CaseAccess
from tests.web.cases import comes_back, reads, rows
from tests.web.hands import Hands
from tests.web.reading import hire, slip_in


def test_it_works(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    slip_in(service, reference, "handler-3")
    path = comes_back(page_hands, words)
    assert "handler-3 can read your case" in page_hands.text
    assert "You did not agree to this." in page_hands.text
    assert page_hands.link("See what you can do") == f"{path}/people"
    before = rows(service)
    page_hands.press({"text": "Not for everybody."}, status=422)
    assert rows(service) == before
    assert page_hands.fields()["text"] == "Not for everybody."
    assert "Nothing was sent yet." in page_hands.text
    page_hands.press(button=("people", "take-away"))
    assert page_hands.path == path
    assert "handler-3" not in page_hands.text
    assert "Sent." in page_hands.text
    assert reads(service, reference) == ["Not for everybody."]
    assert rows(service, CaseAccess) == 2


def test_going_on_anyway(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    slip_in(service, reference, "handler-3")
    path = comes_back(page_hands, words)
    page_hands.press({"text": "For everybody."}, status=422)
    page_hands.press(button=("people", "go-on"))
    assert page_hands.path == path
    assert reads(service, reference, "handler-3") == ["For everybody."]
    # What was once sealed to them needs no asking again.
    page_hands.press({"text": "And once more."})
    assert page_hands.path == path


def test_a_new_colleague_is_asked_about(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    path = comes_back(page_hands, words)
    hire(service, "handler-7")
    body = {"handler": str(service.handlers["handler-7"].id)}
    answer = service.post(f"/cases/{reference}/readers", body, service.handler())
    assert answer.status_code == 200, answer.text
    # The page was open before they came.
    page_hands.press({"text": "For the desk."}, status=422)
    assert "Somebody new" in page_hands.text
    assert "handler-7 works at this desk" in page_hands.text
    assert reads(service, reference) == []
    page_hands.press(button=("people", "go-on"))
    assert page_hands.path == path
    assert reads(service, reference, "handler-7") == ["For the desk."]


def test_who_comes_meanwhile_is_asked_about_too(page_hands: Hands) -> None:
    """Agreed is to those whom the page named, and to nobody after them."""
    service = page_hands.service
    reference, words = service.open_case()
    comes_back(page_hands, words)
    slip_in(service, reference, "handler-3")
    page_hands.press({"text": "Who reads this?"}, status=422)
    slip_in(service, reference, "handler-4")
    page_hands.press(button=("people", "go-on"), status=422)
    assert "handler-4 can read your case" in page_hands.text
    assert "handler-3 and" not in page_hands.text.split("Nothing was sent yet")[0][-400:]
    assert reads(service, reference) == []
    page_hands.press(button=("people", "go-on"))
    assert reads(service, reference) == ["Who reads this?"]
