"""Whatever leads on from a step keeps what was typed: back, another language, a look elsewhere."""

from __future__ import annotations

import re

import pytest

from tests.api.checks import nothing_stored
from tests.web.hands import Hands
from tests.web.reports import at, turn
from tests.web.samples import begins
from tests.web.screen import Place, clean, fits_at, sound
from tests.web.tour import STORY, begin, to

TYPED = {1: "immediate_danger", 2: "place", 3: "story", 4: "people", 5: "wanted"}
WORDS = "An invented sentence"


@pytest.mark.parametrize("number", range(2, 6), ids=str)
def test_it_works(page_hands: Hands, number: int) -> None:
    begin(page_hands)
    to(page_hands, number, STORY)
    page_hands.press({TYPED[number]: WORDS}, button=("back", "yes"))
    assert at(page_hands) == number - 1
    turn(page_hands, number)
    assert page_hands.fields()[TYPED[number]] == WORDS


@pytest.mark.parametrize("number", range(1, 6), ids=str)
def test_another_language(page_hands: Hands, number: int) -> None:
    begin(page_hands)
    to(page_hands, number, STORY)
    page_hands.press({TYPED[number]: WORDS}, button=("lang", "cy"))
    assert at(page_hands) == number
    assert '<html lang="cy"' in page_hands.page.text
    assert page_hands.fields()[TYPED[number]] == WORDS
    assert page_hands.cookies()["__Host-w-language"] == "cy"


def test_another_language_needs_no_answer(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 3, {})
    page_hands.press({"when": WORDS}, button=("lang", "pl"))
    assert (at(page_hands), page_hands.fields()["when"]) == (3, WORDS)


def test_another_language_on_the_page_of_the_readers(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 6, STORY)
    shut_out = str(page_hands.service.handlers["handler-3"].id)
    typed = {"desk": "senior-manager", "excluded": [shut_out]}
    page_hands.press(typed, button=("lang", "cy"))
    assert at(page_hands) == 6
    assert (page_hands.fields()["desk"], page_hands.fields()["excluded"]) == (
        "senior-manager",
        shut_out,
    )
    # It agreed to nobody.
    turn(page_hands, 7)
    assert at(page_hands) == 6


def test_another_language_where_something_is_wrong(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 3, {})
    long = "x" * 20_001
    with nothing_stored(page_hands.service):
        page_hands.press({"story": long}, button=("lang", "cy"), status=422)
    assert page_hands.fields()["story"] == long
    page_hands.press({"story": WORDS}, button=("lang", "cy"))
    assert (at(page_hands), page_hands.fields()["story"]) == (3, WORDS)


@pytest.mark.parametrize("code", ["", "de", "<b>"], ids=["none", "unknown", "markup"])
def test_a_language_that_there_is_not(page_hands: Hands, code: str) -> None:
    begin(page_hands)
    page_hands.press({"immediate_danger": WORDS}, button=("lang", code))
    assert at(page_hands) == 2
    assert "__Host-w-language" not in page_hands.cookies()


@pytest.mark.parametrize("number", range(1, 7), ids=str)
def test_no_link_leads_away_in_this_tab(page_hands: Hands, number: int) -> None:
    """But for the quick exit, and what stays on the page."""
    begin(page_hands)
    to(page_hands, number, STORY)
    for tag in re.findall(r"<a [^>]*>", page_hands.page.text):
        stays = re.search(r'href="(#|tel:|/leave)', tag)
        assert stays or 'target="_blank" rel="noopener"' in tag, tag
    assert "These pages open in a new tab" in page_hands.text


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_in_a_browser(place: Place, script: bool) -> None:
    place.script = script
    place.fresh()
    pages = begins(place)
    page = place.page
    # The Enter key goes on, though other buttons come first on the page.
    page.locator("#concerns").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/2")
    place.press()
    place.type("story", WORDS)
    place.press('button[value="cy"]')
    assert place.path == f"{pages}/3"
    assert page.locator("html").get_attribute("lang") == "cy"
    assert page.locator("#story").input_value() == WORDS
    with page.expect_popup() as other:
        page.locator("footer a").first.click()
    assert other.value.evaluate("window.opener") is None
    other.value.close()
    assert page.locator("#story").input_value() == WORDS
    place.type("story", WORDS * 2)
    place.press("button.back")
    assert place.path == f"{pages}/2"
    place.go(f"{pages}/3")
    assert page.locator("#story").input_value() == WORDS * 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_the_readers(place: Place, scheme: str) -> None:
    """The desks are one group of circles, each desk's people a group of boxes of their own."""
    pages = begins(place)
    place.go(f"{pages}/3")
    place.type("story", WORDS)
    place.press()
    place.go(f"{pages}/6")
    page = place.page
    groups = page.locator("fieldset").evaluate_all(
        """all => all.map((one) => [one.querySelector("legend").innerText,
          [...new Set([...one.querySelectorAll("input")].map((each) => each.type))].join()])"""
    )
    assert [kinds for _legend, kinds in groups] == ["radio", "checkbox", "checkbox"]
    assert "Freedom to Speak Up guardian" in groups[1][0]
    assert "Senior manager" in groups[2][0]
    assert page.locator("[role=radiogroup], [role=group]").count() == 0
    sound(place)
    fits_at(place, 320)
    clean(place, scheme, width=320)
