"""Every page in every language fits the smallest window; and no page is looked at by nobody."""

from __future__ import annotations

import pytest

from api.web.language import LANGUAGES
from tests.web.samples import NO_PAGE, everything, pages
from tests.web.screen import SMALLEST, Place, fits_at, sound


@pytest.mark.ordeal
@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_it_works(place: Place, language: str, subtests: pytest.Subtests) -> None:
    place.language = language
    for name in everything(place):
        place.note()
        with subtests.test(name):
            sound(place)
            fits_at(place, SMALLEST)
    assert pages(place.service) <= place.seen, "a page that no scene shows: tests/web/samples.py"


def test_what_is_left_out_is_no_page(place: Place) -> None:
    assert not place.seen
    rules = {one.rule for one in place.service.app.url_map.iter_rules()}
    assert set(NO_PAGE) <= rules
