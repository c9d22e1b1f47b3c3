"""Writing in a case: stored once, refused with the words kept, never to somebody unasked about."""

from __future__ import annotations

import re

import pytest

from api.models.case import CaseAccess
from tests.api.checks import nothing_stored
from tests.api.handling import by_hours
from tests.web.cases import HOUR, STORY, comes_back, new_id, reads, rows, says, unread
from tests.web.hands import BASE, Hands
from tests.web.reading import hire, slip_in

WHOLE = 32 * 1024


def test_it_works(hands: Hands) -> None:
    service = hands.service
    reference, words = service.open_case()
    path = comes_back(hands, words)
    hands.press({"text": "  An invented answer.\nIn two lines. "})
    assert hands.path == path
    assert reads(service, reference) == ["An invented answer.\nIn two lines."]
    assert "An invented answer.<br>In two lines." in hands.page.text
    assert "Sent. They can see it." in hands.text
    assert hands.fields()["text"] == ""
    says(service, reference, "Thank you.")
    hands.go(path)
    assert "Thank you." in hands.text
    hands.press({"text": "And another."})
    assert reads(service, reference)[1:] == ["And another."]
    assert unread(service, words) == 0


def test_it_waits_for_the_release(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    by_hours(service)
    comes_back(page_hands, words)
    page_hands.press({"text": "Not yet for you."})
    assert reads(service, reference) == []
    service.clock.now += 6 * HOUR
    assert reads(service, reference) == ["Not yet for you."]


def test_a_redirect_follows_at_once(page_hands: Hands) -> None:
    """So a history holds nothing that was typed."""
    _, words = page_hands.service.open_case()
    path = comes_back(page_hands, words)
    to, fields = page_hands.filled({"text": "Not in a history."})
    answer = page_hands.http.post(to, data=dict(fields), base_url=BASE)
    assert answer.status_code == 303
    assert answer.location == f"{path}#newest"


def test_sent_twice_it_is_stored_once(hands: Hands) -> None:
    service = hands.service
    reference, words = service.open_case()
    comes_back(hands, words)
    form = hands.filled({"text": "Only once."})
    for _again in range(3):
        hands.send(*form)
    assert reads(service, reference) == ["Only once."]
    assert rows(service) == 2


def test_back_and_something_else(page_hands: Hands) -> None:
    """The browser's back shows the form that was sent, with its id."""
    service = page_hands.service
    reference, words = service.open_case()
    comes_back(page_hands, words)
    to, fields = page_hands.filled({"text": "The first."})
    page_hands.send(to, fields)
    other = [(name, "The second." if name == "text" else value) for name, value in fields]
    page_hands.send(to, other, 422)
    assert "A message was sent from this page before." in page_hands.text
    assert page_hands.fields()["text"] == "The second."
    assert page_hands.fields()["id"] != dict(fields)["id"]
    page_hands.press()
    assert reads(service, reference) == ["The first.", "The second."]


@pytest.mark.parametrize(
    ("typed", "says_"),
    [
        ("", "Write something here."),
        (" \n\t ", "Write something here."),
        ("a" * 20_001, "This is 1 character too long to send."),
        ("🐦" * 21_234, "This is 1,234 characters too long to send."),
        ("a\x07b", "Take out control characters"),
    ],
    ids=["empty", "blank", "one too long", "emoji too long", "control characters"],
)
def test_what_is_refused_is_kept(page_hands: Hands, typed: str, says_: str) -> None:
    service = page_hands.service
    _, words = service.open_case()
    comes_back(page_hands, words)
    before = rows(service)
    page_hands.press({"text": typed}, status=422)
    assert rows(service) == before
    assert says_ in page_hands.text
    assert page_hands.fields()["text"] == typed.strip()
    assert 'href="#text"' in page_hands.page.text
    assert "<title>Error: " in page_hands.page.text
    assert STORY in page_hands.text


@pytest.mark.parametrize(
    "typed",
    ["a" * 20_000, "🐦" * 20_000, "מה קורה שם؟ مرحبا", "<script>x</script> &amp; %(x)s {{ 7 }}",
     "line\nline\rline"],
    ids=["longest", "emoji", "right to left", "signs", "line breaks"],
)  # fmt: skip
def test_all_that_people_write(page_hands: Hands, typed: str) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    comes_back(page_hands, words)
    page_hands.press({"text": typed})
    assert reads(service, reference) == [typed.replace("\r\n", "\n").replace("\r", "\n")]
    assert len(page_hands.page.data) == WHOLE
    assert "<script>x" not in page_hands.page.text


def test_an_id_that_is_none_is_a_new_one(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    path = comes_back(page_hands, words)
    for given in ("", "x", "00000000-0000-1000-8000-000000000000", new_id().upper()):
        page_hands.go(path)
        page_hands.press({"text": "The same words.", "id": given})
    assert len(reads(service, reference)) == 4


def test_two_tabs_of_one_case(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    path = comes_back(page_hands, words)
    one = page_hands.filled({"text": "From one tab."})
    page_hands.go(path)
    page_hands.press({"text": "From the other."})
    page_hands.send(*one)
    assert reads(service, reference) == ["From the other.", "From one tab."]


# --- the hour is over ----------------------------------------------------------------------


def test_an_hour_later_it_is_not_lost(hands: Hands) -> None:
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
    hands.press()
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


# --- outsiders -----------------------------------------------------------------------------


def test_outsiders_write_nothing(page_hands: Hands, subtests: pytest.Subtests) -> None:
    service = page_hands.service
    _, words = service.open_case()
    comes_back(page_hands, words)
    path, fields = page_hands.filled({"text": "Not from me."})
    _, others = service.open_case()
    for kind, bearer, status in (
        ("none", "", 401),
        ("a handler", service.handler(), 401),
        ("another case", service.reporter(others), 403),
    ):
        with subtests.test(kind), nothing_stored(service):
            page_hands.clear_cookies()
            if bearer:
                page_hands.http.set_cookie(
                    f"__Host-w-{path[3:]}", bearer, domain="wren.example", secure=True
                )
            page_hands.send(path, fields, status)
            assert STORY not in page_hands.text


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}],
    ids=["fetch metadata", "origin"],
)
def test_another_site_writes_nothing(page_hands: Hands, headers: dict[str, str]) -> None:
    _, words = page_hands.service.open_case()
    comes_back(page_hands, words)
    with nothing_stored(page_hands.service):
        page_hands.press({"text": "Not from here."}, headers=headers, status=403)


def test_a_form_without_its_key_writes_nothing(page_hands: Hands) -> None:
    _, words = page_hands.service.open_case()
    comes_back(page_hands, words)
    for key in ("", "x", "é"):
        with nothing_stored(page_hands.service):
            page_hands.go(page_hands.path)
            page_hands.press({"text": "Not so.", "key": key}, status=403)
            page_hands.path = page_hands.path
            page_hands.go(page_hands.path)


# --- somebody whom the reporter was not asked about ----------------------------------------


def test_a_stranger_is_told_of_and_gets_nothing(page_hands: Hands) -> None:
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
