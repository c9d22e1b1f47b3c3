"""Every page as it looks: by axe, by day and night colours, narrow, enlarged, widely spaced."""

from __future__ import annotations

import pytest

from tests.web.samples import begins, everything
from tests.web.screen import SMALLEST, Place, clean, fits_at, sound, spaced


@pytest.mark.ordeal
@pytest.mark.timeout(900)
def test_it_works(place: Place, subtests: pytest.Subtests) -> None:
    for name in everything(place):
        with subtests.test(name):
            sound(place)
            fits_at(place, SMALLEST)
            spaced(place)
            clean(place, "light")
            clean(place, "dark", width=1280, colours_alone=True)


@pytest.mark.ordeal
def test_colours_that_the_device_forces(place: Place) -> None:
    """What a colour alone would tell is told by a line, too."""
    begins(place)
    place.tick("concerns", "bullying")
    page = place.page
    page.emulate_media(forced_colors="active")
    edges = page.locator(".button, .choice, .box, .exit, textarea").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).borderTopStyle)"
    )
    assert edges
    assert set(edges) == {"solid"}
    chosen, other = (
        page.locator(f".choice:has([value={value}])").evaluate(
            "one => getComputedStyle(one).outlineStyle"
        )
        for value in ("bullying", "harassment")
    )
    assert (chosen, other) == ("solid", "none")
    place.press()
    place.go(place.path.replace("/2", "/3"))
    place.press()
    faulty = page.locator(".faulty").first
    assert faulty.evaluate("one => parseFloat(getComputedStyle(one).borderLeftWidth)") > 3


@pytest.mark.ordeal
def test_paper_shows_the_words_alone(place: Place) -> None:
    begins(place)
    while not place.path.endswith("/7"):
        if place.path.endswith("/3"):
            place.type("story", "An invented story.")
        place.press()
    place.press()
    place.page.emulate_media(media="print")
    shown = place.page.locator("body").inner_text().split()
    assert [one for one in shown if one.isalpha()] == place.page.locator(
        "ol.words li"
    ).all_inner_texts()
    place.go("/o/eeast")
    assert not place.page.locator("header").is_visible()
    assert place.page.locator("h1").is_visible()
