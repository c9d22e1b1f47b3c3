"""A session that ended while somebody wrote: what was typed is not lost, and in no other case."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from api.models.report_draft import ReportDraft
from tests.api.handling import change
from tests.web.cases import HOUR, STORY, comes_back, reads, rows
from tests.web.hands import BASE, Hands


def test_it_works(hands: Hands) -> None:
    service = hands.service
    reference, words = service.open_case()
    comes_back(hands, words)
    form = hands.filled({"text": "Written for\nmore than an hour. <é🐦>"})
    service.clock.now += HOUR
    before = rows(service)
    hands.send(*form, status=401)
    assert hands.heading == "It was not sent yet"
    assert hands.fields()["text"] == "Written for\nmore than an hour. <é🐦>"
    assert STORY not in hands.text
    # Wrong words first: it is still there.
    hands.press({"words": "qqqq " + words.split(" ", 1)[1]}, status=422)
    assert hands.fields()["text"] == "Written for\nmore than an hour. <é🐦>"
    hands.press({"words": words})
    assert hands.heading == "Your case"
    assert "It was not sent yet." in hands.text
    assert hands.fields()["text"] == "Written for\nmore than an hour. <é🐦>"
    assert rows(service) == before
    assert hands.go(hands.path)  # a reload, or another page in between
    assert hands.fields()["text"] == "Written for\nmore than an hour. <é🐦>"
    hands.press()
    assert hands.fields()["text"] == ""
    assert "in its box again" not in hands.text
    assert rows(service, ReportDraft) == 0
    assert re.fullmatch("/c/[0-9a-f]{6}", hands.path)
    assert reads(service, reference) == ["Written for\nmore than an hour. <é🐦>"]


def test_it_had_been_sent_before(page_hands: Hands) -> None:
    """Its id goes along: sent once, an hour later from an old page it is the same one."""
    service = page_hands.service
    reference, words = service.open_case()
    comes_back(page_hands, words)
    form = page_hands.filled({"text": "Only once."})
    page_hands.send(*form)
    service.clock.now += HOUR
    page_hands.send(*form, status=401)
    page_hands.press({"words": words})
    page_hands.press()
    assert reads(service, reference) == ["Only once."]


def test_it_is_put_in_no_other_case(page_hands: Hands) -> None:
    service = page_hands.service
    _, words = service.open_case()
    other, others = service.open_case(content={"story": "Another invented story."})
    comes_back(page_hands, words)
    form = page_hands.filled({"text": "For the first alone."})
    service.clock.now += HOUR
    page_hands.send(*form, status=401)
    page_hands.press({"words": others})
    assert "Another invented story." in page_hands.text
    assert "for another report. It was not filled in here." in page_hands.text
    assert "For the first alone." not in page_hands.text
    assert page_hands.fields()["text"] == ""
    assert reads(service, other) == []
    page_hands.go(page_hands.path)
    assert "It was not filled in here." not in page_hands.text
    assert rows(service, ReportDraft) == 0


def test_withdrawn_in_another_tab(page_hands: Hands) -> None:
    service = page_hands.service
    _, words = service.open_case()
    comes_back(page_hands, words)
    form = page_hands.filled({"text": "Too late."})
    service.call("DELETE", "/case", bearer=service.reporter(words))
    page_hands.send(*form, status=401)
    assert page_hands.fields()["text"] == "Too late."
    page_hands.press({"words": words}, status=422)
    assert "No case can be opened" in page_hands.text
    assert page_hands.fields()["text"] == "Too late."


SECRET = "An invented answer that nobody else may see."


def ended(hands: Hands, text: str = SECRET) -> tuple[str, str]:
    """A reply was typed, and the session was over; its words, and where it was."""
    _, words = hands.service.open_case()
    path = comes_back(hands, words)
    form = hands.filled({"text": text})
    hands.service.clock.now += HOUR
    hands.send(*form, status=401)
    return words, path


def test_right_words_are_always_redirected(page_hands: Hands) -> None:
    """Else the browser keeps what was typed, and the words, to send them again."""
    words, _ = ended(page_hands)
    path, fields = page_hands.filled({"words": words})
    answer = page_hands.http.post(path, data=dict(fields), base_url=BASE)
    assert answer.status_code == 303
    assert SECRET not in answer.text


@pytest.mark.parametrize("length", [10, 5_000, 20_000, 300_000], ids=str)
def test_it_is_sealed_and_all_of_it_is_there(page_hands: Hands, length: int) -> None:
    service = page_hands.service
    text = (SECRET + '\n"') * (length // len(SECRET) + 1)
    words, _ = ended(page_hands, text)
    page_hands.press({"words": words})
    assert page_hands.fields()["text"] == text
    with service.database.read() as db:
        stored = db.scalars(select(ReportDraft)).one()
    assert len(stored.sealed) - 28 in (4_096, 16_384, 65_536, 196_608, 2_097_152)
    assert SECRET.encode() not in stored.sealed
    assert (stored.sweep_after - date.fromtimestamp(service.clock.now)).days in (1, 2, 3)


def leaves(hands: Hands, _path: str) -> None:
    hands.go("/leave", 303)


def closes(hands: Hands, path: str) -> None:
    hands.go(path)
    hands.press(form=1)


def withdraws(hands: Hands, path: str) -> None:
    hands.go(f"{path}/end/sure")
    hands.press()


def signs_out(hands: Hands, path: str) -> None:
    bearer = hands.cookies()[f"__Host-w-{path[3:]}"]
    assert hands.service.call("DELETE", "/session", bearer=bearer).status_code == 204


@pytest.mark.parametrize("ends", [leaves, closes, withdraws, signs_out])
def test_it_goes_with_its_session(page_hands: Hands, ends: Callable[[Hands, str], None]) -> None:
    words, _ = ended(page_hands)
    page_hands.press({"words": words})
    assert rows(page_hands.service, ReportDraft) == 1
    ends(page_hands, page_hands.path)
    assert rows(page_hands.service, ReportDraft) == 0


def test_another_message_leaves_the_answer_to_the_closing_question(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    change(service, reference, status="closed")
    page_hands.go(f"{comes_back(page_hands, words)}/last")
    form = page_hands.filled({"answer": "no", "comment": SECRET})
    service.clock.now += HOUR
    page_hands.send(*form, status=401)
    page_hands.press({"words": words})
    closing = page_hands.path
    page_hands.go(closing.removesuffix("/last"))
    assert page_hands.fields()["text"] == ""
    page_hands.press({"text": "Something else."})
    page_hands.go(closing)
    assert page_hands.fields()["comment"] == SECRET
    page_hands.press()
    assert rows(service, ReportDraft) == 0


def test_left_meanwhile_it_is_not_shown(page_hands: Hands) -> None:
    """A browser can send each of these forms again, whoever sits there now."""
    _, words = page_hands.service.open_case()
    path = comes_back(page_hands, words)
    typed = page_hands.filled({"text": SECRET})
    page_hands.service.clock.now += HOUR
    page_hands.send(*typed, status=401)
    wrong = page_hands.filled({"words": "qqqq"})
    page_hands.send(*wrong, status=422)
    assert page_hands.fields()["text"] == SECRET
    page_hands.press({"words": words})  # it takes back the cookie of the visit that was over
    page_hands.go("/leave", 303)
    assert path[3:] not in str(page_hands.cookies())
    page_hands.send(*typed, status=401)
    assert SECRET not in page_hands.page.text
    page_hands.send(*wrong)
    assert SECRET not in page_hands.page.text
    assert "qqqq" not in page_hands.page.text
