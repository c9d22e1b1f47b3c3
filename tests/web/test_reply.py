"""Writing in a case: stored once, refused with the words kept, never to somebody unasked about."""

from __future__ import annotations

import pytest

from tests.api.checks import nothing_stored
from tests.api.handling import by_hours
from tests.web.cases import HOUR, STORY, comes_back, new_id, reads, rows, says, unread
from tests.web.hands import BASE, Hands

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
    ],
    ids=["empty", "blank", "one too long", "emoji too long"],
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


def test_what_nobody_can_see_is_taken_out(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    comes_back(page_hands, words)
    before = rows(service)
    page_hands.press({"text": "An invented\x07 paste.\x00\nIn two lines."}, status=422)
    assert rows(service) == before
    assert "Something was pasted here that nobody can see." in page_hands.text
    assert page_hands.fields()["text"] == "An invented paste.\nIn two lines."
    page_hands.press()
    assert reads(service, reference) == ["An invented paste.\nIn two lines."]


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


def test_another_language_keeps_what_was_written(page_hands: Hands) -> None:
    reference, words = page_hands.service.open_case()
    comes_back(page_hands, words)
    page_hands.press({"text": "An invented half of a reply"}, button=("lang", "pl"))
    assert '<html lang="pl"' in page_hands.page.text
    assert page_hands.fields()["text"] == "An invented half of a reply"
    assert reads(page_hands.service, reference) == []
    page_hands.press({"text": ""}, button=("lang", "en"))
    assert page_hands.heading == "Your case"
