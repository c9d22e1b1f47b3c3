"""A report in seven pages: what is asked, what is refused, and that it arrives as it was typed."""

from __future__ import annotations

from typing import Any

import pytest

from shared.schemas.base import ANSWER, STORY
from tests.api.checks import nothing_stored
from tests.web.hands import Hands
from tests.web.reports import arrived, at, cases, reference, told, turn
from tests.web.tour import begin, to

INVENTED = "An invented story: a group chat mocks a colleague every week."
ALL: dict[str, Any] = {
    "concerns": ["bullying", "social-media"],
    "channel": "whatsapp-group",
    "place": "An invented station",
    "story": INVENTED,
    "when": "Most weeks since spring",
    "people": "Some of one team",
    "who_knows": "About ten people",
    "wanted": "That it stops",
    "told_before": "No",
    "professional_group": "ambulance",
}
TEXTS = {"immediate_danger": 1, "place": 2, "when": 3, "people": 4, "who_knows": 4, "wanted": 5,
         "told_before": 5}  # fmt: skip


def sends(hands: Hands, typed: dict[str, Any]) -> dict[str, Any]:
    """Reports; what arrived."""
    begin(hands)
    to(hands, 8, typed)
    return told(hands.service, reference(hands))


def test_it_works(hands: Hands) -> None:
    assert sends(hands, ALL) == ALL
    found = arrived(hands.service, reference(hands))
    assert (found["desk"], found["urgent"], found["confidentiality"]) == (
        "guardian",
        False,
        "anonymous",
    )
    assert {one["display_name"] for one in found["handlers"]} == {"handler-1", "handler-2"}
    for outsider in ("handler-3", "handler-5"):
        answer = hands.service.get(f"/cases/{reference(hands)}", hands.service.handler(outsider))
        assert answer.status_code == 404


def test_only_the_story_is_needed(page_hands: Hands) -> None:
    assert sends(page_hands, {"story": INVENTED}) == {"story": INVENTED}


def test_each_page_is_one_of_seven(page_hands: Hands) -> None:
    begin(page_hands)
    for number, heading in enumerate(
        (
            "What is it about?",
            "Where did it happen?",
            "What happened?",
            "Who is part of it?",
            "What would help?",
            "Who should read it?",
            "Check before you send",
        ),
        1,
    ):
        assert (at(page_hands), page_hands.heading) == (number, heading)
        assert f"Page {number} of 7" in page_hands.text
        assert f"<title>Page {number} of 7 – Wren</title>" in page_hands.page.text
        if number > 1:
            assert ">Back</" in page_hands.page.text
        page_hands.press({"story": INVENTED} if number == 3 else {})


def test_it_says_that_nothing_is_saved_for_later(page_hands: Hands) -> None:
    begin(page_hands)
    said = "Nothing has been sent yet. To stop, use “Leave this site”"
    assert said in page_hands.text
    to(page_hands, 7, {"story": INVENTED})
    assert said in page_hands.text


def test_no_box_cuts_what_is_pasted(page_hands: Hands) -> None:
    begin(page_hands)
    for number in range(1, 7):
        assert "maxlength" not in page_hands.page.text
        to(page_hands, number + 1, {"story": INVENTED})


# --- what is refused ---------------------------------------------------------------------

TOO_LONG = {name: ("a" * (ANSWER + 1), number) for name, number in TEXTS.items()} | {
    "story": ("\U0001f426" * (STORY + 1), 3)
}


@pytest.mark.parametrize(("name", "case"), TOO_LONG.items(), ids=list(TOO_LONG))
def test_too_long(page_hands: Hands, name: str, case: tuple[str, int]) -> None:
    typed, number = case
    begin(page_hands)
    to(page_hands, number, {"story": INVENTED})
    others = {"story": INVENTED} if number == 3 and name != "story" else {}
    with nothing_stored(page_hands.service):
        page_hands.press({**others, name: typed}, status=422)
    assert page_hands.fields()[name] == typed
    assert "This is 1 character too long: use at most" in page_hands.text
    assert f'href="#{name}"' in page_hands.page.text
    assert "<title>Error: Page" in page_hands.page.text
    # Shortened, it goes on from there.
    page_hands.press({name: typed[:-1]})
    assert at(page_hands) == number + 1


UNSEEN = {
    "bell": "\x07",
    "form feed": "\x0c",
    "escape": "\x1b",
    "delete": "\x7f",
    "next line": "\x85",
}


@pytest.mark.parametrize("mark", UNSEEN.values(), ids=list(UNSEEN))
def test_what_nobody_can_see(page_hands: Hands, mark: str) -> None:
    begin(page_hands)
    to(page_hands, 3, {})
    with nothing_stored(page_hands.service):
        page_hands.press({"story": f"An invented{mark} story"}, status=422)
    assert "that nobody can see" in page_hands.text
    assert page_hands.fields()["story"] == "An invented story"
    page_hands.press()
    assert at(page_hands) == 4


@pytest.mark.parametrize("story", ["", " ", "\n\n\t", "\u00a0\u2003"],
                         ids=["empty", "a space", "breaks", "wide spaces"])  # fmt: skip
def test_no_story(page_hands: Hands, story: str) -> None:
    begin(page_hands)
    to(page_hands, 3, {})
    with nothing_stored(page_hands.service):
        page_hands.press({"story": story, "when": "An invented time"}, status=422)
    assert "Write what happened. A few words are enough." in page_hands.text
    assert page_hands.fields()["when"] == "An invented time"


def test_halves_of_characters_arrive_as_something_harmless(page_hands: Hands) -> None:
    """A browser never sends one; what others send in its place is text, or is taken out."""
    begin(page_hands)
    to(page_hands, 3, {})
    path, fields = page_hands.filled({"story": "x"})
    key = dict(fields)["key"]
    raw = f"key={key}&story=An+invented%ED%A0%80story&when=".encode()
    answer = page_hands.http.post(
        path, data=raw, base_url="https://wren.example",
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.status_code == 303
    turn(page_hands, 7)
    assert "An invented" in turn(page_hands, 3)


CODES = {"concerns": 1, "channel": 2, "professional_group": 5}


@pytest.mark.parametrize(("name", "number"), CODES.items(), ids=list(CODES))
def test_what_is_no_code(page_hands: Hands, name: str, number: int) -> None:
    begin(page_hands)
    to(page_hands, number, {"story": INVENTED})
    with nothing_stored(page_hands.service):
        page_hands.press({name: "<b>Not One</b>"}, status=422)
    assert "Choose from the list." in page_hands.text


@pytest.mark.parametrize(("name", "number"), CODES.items(), ids=list(CODES))
def test_a_code_that_is_not_in_the_list(page_hands: Hands, name: str, number: int) -> None:
    """It was taken out of the directory meanwhile: the page with it is shown when it is sent."""
    begin(page_hands)
    to(page_hands, 7, {"story": INVENTED, name: "nothing-known"})
    with nothing_stored(page_hands.service):
        page_hands.press(status=422)
    assert f"Page {number} of 7" in page_hands.text
    assert "Choose from the list." in page_hands.text
    page_hands.press({name: []})
    assert at(page_hands) == 7
    page_hands.press()
    assert told(page_hands.service, reference(page_hands)) == {"story": INVENTED}


def test_far_too_long_is_still_there(page_hands: Hands) -> None:
    """A whole chat was pasted: it is refused, and can be shortened."""
    begin(page_hands)
    to(page_hands, 3, {})
    typed = "\U0001f426" * 80_000
    with nothing_stored(page_hands.service):
        page_hands.press({"story": typed}, status=422)
    assert page_hands.fields()["story"] == typed
    assert "This is 60,000 characters too long: use at most 20,000." in page_hands.text


def test_more_than_a_form_takes(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 3, {})
    path, fields = page_hands.filled({"story": "a" * 1_100_000})
    with nothing_stored(page_hands.service):
        page_hands.send(path, fields, 413)


# --- texts of every kind -----------------------------------------------------------------

KINDS = {
    "20,000 characters": "An invented word " * 1_176 + "12345678",
    "20,000 emoji": "\U0001f426" * STORY,
    "emoji alone": "😡😡😭",
    "joined emoji": "👩🏽‍🚒👨‍👩‍👧",
    "right to left": "قصة مخترعة عن مجموعة دردشة",
    "both directions": "סיפור בדיוני about a chat",
    "marks of direction": "\u202ea\u202c \u2066b\u2069 \u200f",
    "HTML": "<script>alert(1)</script> & &amp; \"'<b>",
    "the end of a box": "</textarea><h1>x",
    "a template": "{{ 7 * 7 }} %(name)s {% raw %}",
    "lines": "An invented\nstory\n\n\tin lines",
    "first a break": "\n\nAn invented story",
    "combining": "e\u0301 \u0915\u094d\u0937",
    "no break at all": "a" * 5_000,
}


@pytest.mark.parametrize("story", KINDS.values(), ids=list(KINDS))
def test_what_is_typed_is_what_arrives(page_hands: Hands, story: str) -> None:
    assert len(story) <= STORY
    begin(page_hands)
    to(page_hands, 3, {})
    page_hands.press({"story": story})
    turn(page_hands, 3)
    assert page_hands.fields()["story"] == story
    to(page_hands, 7, {"story": story})
    assert story.strip().split("\n")[0] in page_hands.page.text or "&" in page_hands.page.text
    assert "<script>alert" not in page_hands.page.text
    assert "<h1>x" not in page_hands.page.text
    page_hands.press()
    assert told(page_hands.service, reference(page_hands)) == {"story": story.strip()}


def test_texts_show_their_own_direction(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 3, {})
    assert 'name="story" rows="12" dir="auto"' in page_hands.page.text
    to(page_hands, 7, {"story": KINDS["right to left"]})
    assert f'<div class="text" dir="auto">{KINDS["right to left"]}</div>' in page_hands.page.text


# --- going back and forth ----------------------------------------------------------------


def test_what_was_typed_is_there_again(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 7, ALL)
    for number in range(1, 6):
        turn(page_hands, number)
        for name, value in page_hands.fields().items():
            if name in ALL:
                assert ALL[name] == value or value in ALL[name]


def test_going_back_keeps_what_is_on_the_page(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 3, {})
    page_hands.press({"when": "Half a thought"}, button=("back", "yes"))
    assert at(page_hands) == 2
    turn(page_hands, 3)
    assert page_hands.fields()["when"] == "Half a thought"


def test_a_change_leads_back_to_the_check(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 7, ALL)
    for number in (1, 2, 3, 4, 5, 6):
        page_hands.go(page_hands.path[:-1] + str(number))
        page_hands.press({"place": "Elsewhere"} if number == 2 else {})
        assert at(page_hands) == 7
    assert "Elsewhere" in page_hands.text


def test_the_check_lists_everything(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 7, {**ALL, "in_danger": "yes", "immediate_danger": "An invented danger"})
    said = page_hands.text
    for words in (
        "Bullying and Misuse of social media", "In danger now An invented danger",
        "A private WhatsApp group", "An invented station", INVENTED, "Most weeks since spring",
        "Some of one team", "About ten people", "That it stops", "Ambulance (operational)",
        "Freedom to Speak Up guardian handler-1 and handler-2",
    ):  # fmt: skip
        assert words in said
    for title in ("What it is about", "Where", "What happened", "People", "What would help",
                  "Who will read it"):  # fmt: skip
        assert f"Change : {title}" in said
    assert "urgent" not in said


def test_what_was_skipped_is_said(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 7, {"story": INVENTED})
    assert page_hands.text.count("Skipped") == 4


def test_a_choice_can_be_taken_back(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 7, ALL)
    turn(page_hands, 2)
    page_hands.press({"channel": ""})
    turn(page_hands, 5)
    page_hands.press({"professional_group": "not-known"})
    turn(page_hands, 1)
    page_hands.press({"concerns": []})
    page_hands.press()
    left = {"concerns", "channel", "professional_group"}
    expected = {name: one for name, one in ALL.items() if name not in left}
    assert told(page_hands.service, reference(page_hands)) == expected


def test_the_check_leads_to_the_story_if_there_is_none(page_hands: Hands) -> None:
    begin(page_hands)
    turn(page_hands, 6)
    page_hands.press()
    assert at(page_hands) == 7
    page_hands.press(status=422)
    assert "Page 3 of 7" in page_hands.text
    page_hands.press({"story": INVENTED})
    assert at(page_hands) == 7
    assert cases(page_hands.service) == 0


# --- danger ------------------------------------------------------------------------------

DANGER = {
    "ticked": ({"in_danger": "yes"}, "Yes", False),
    "told": ({"immediate_danger": "An invented danger"}, "An invented danger", False),
    "urgent": ({"urgent": "yes"}, "Yes", True),
    "all": (
        {"in_danger": "yes", "urgent": "yes", "immediate_danger": "An invented danger"},
        "An invented danger",
        True,
    ),
}


@pytest.mark.parametrize("case", DANGER.values(), ids=list(DANGER))
def test_danger(page_hands: Hands, case: tuple[dict[str, str], str, bool]) -> None:
    typed, danger, urgent = case
    begin(page_hands)
    assert "Call 999 first" in page_hands.text
    assert "press 55 on a mobile" in page_hands.text
    assert "The service can see this mark" in page_hands.text
    to(page_hands, 7, {"story": INVENTED, **typed})
    assert ("It is marked as urgent" in page_hands.text) is urgent
    page_hands.press()
    named = reference(page_hands)
    assert told(page_hands.service, named)["immediate_danger"] == danger
    assert arrived(page_hands.service, named)["urgent"] is urgent
