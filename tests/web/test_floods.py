"""Reports from a browser while very many come in: a place is had at the beginning, and stays."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from api.load import PLACES, PLACES_AT_ONCE
from api.models.report_draft import ReportDraft
from shared.work import read_challenge, solve
from tests.api.flooding import CASES, FROM, Flood, report, set_up
from tests.service import Service
from tests.web.hands import Hands
from tests.web.reports import at, cases
from tests.web.screen import Place, fits_at, sound
from tests.web.tour import STORY, begin, to

BEGIN = "/o/eeast/begin"


@pytest.fixture
def flood(page_hands: Hands, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flood]:
    """The service, which asks for work."""
    return set_up(page_hands.service, monkeypatch)


def solved(hands: Hands) -> str:
    """What script puts into the form."""
    found = re.search(r'data-challenge="([^"]+)"', hands.page.text)
    assert found is not None
    return solve(read_challenge(json.loads(html.unescape(found[1]))))


def drafts(service: Service) -> int:
    """Reports that are being written."""
    with service.database.read() as db:
        return db.scalar(select(func.count()).select_from(ReportDraft)) or 0


def no_place_left(service: Service) -> None:
    """Takes all places that are given without work."""
    for _ in range(PLACES_AT_ONCE):
        assert service.database.load.places.take()


def test_it_works(flood: Flood, page_hands: Hands) -> None:
    flood.rises()
    no_place_left(flood.service)
    page_hands.go(BEGIN)
    page_hands.press({"work": solved(page_hands)})
    assert at(page_hands) == 1
    flood.rises(1_000_000)
    to(page_hands, 7, STORY)
    page_hands.press()
    assert (at(page_hands), cases(flood.service)) == (8, 1)


def test_who_began_before_it_gets_in(flood: Flood, page_hands: Hands) -> None:
    begin(page_hands)
    flood.rises(1_000_000)
    no_place_left(flood.service)
    to(page_hands, 7, STORY)
    page_hands.press()
    assert (at(page_hands), cases(flood.service)) == (8, 1)


def test_nothing_is_asked_while_it_is_quiet(flood: Flood, page_hands: Hands) -> None:
    assert "challenge" not in page_hands.go(BEGIN)
    flood.rises()
    assert "challenge" in page_hands.go(BEGIN)


def test_without_script_there_are_a_few_places(flood: Flood, page_hands: Hands) -> None:
    flood.rises()
    for _ in range(PLACES_AT_ONCE):
        page_hands.go(BEGIN)
        page_hands.press()
        assert at(page_hands) == 1
    before = drafts(flood.service)
    page_hands.go(BEGIN)
    page_hands.press(status=429)
    assert "Very many reports are coming in just now" in page_hands.text
    assert drafts(flood.service) == before
    # The page that says so has work to do, too.
    work = solved(page_hands)
    flood.at += 1 / PLACES
    page_hands.press()
    assert at(page_hands) == 1
    page_hands.go(BEGIN)
    page_hands.press({"work": work})
    assert at(page_hands) == 1


def test_what_goes_to_nobody_takes_no_place(flood: Flood, page_hands: Hands) -> None:
    flood.rises()
    for _ in range(2 * PLACES_AT_ONCE):
        answer = page_hands.http.post("/o/nobody/begin", base_url="https://wren.example")
        assert answer.status_code == 404
    page_hands.go(BEGIN)
    page_hands.press()
    assert at(page_hands) == 1


def test_it_is_asked_before_it_is_needed(flood: Flood, page_hands: Hands) -> None:
    """Else who opens the page just then would have to be refused first."""
    for _ in range(FROM):
        assert page_hands.service.post(CASES, report(flood.service)).status_code == 201
    flood.at += 10
    assert "challenge" in page_hands.go(BEGIN)


def test_many_who_begin_are_a_flood(flood: Flood, page_hands: Hands) -> None:
    """Each report that is begun is stored, so those can fill the disk as well."""
    for _ in range(100):
        page_hands.http.post(BEGIN, base_url="https://wren.example")
    assert drafts(flood.service) < 40


def test_a_flood_of_calls_takes_no_place_here(flood: Flood, page_hands: Hands) -> None:
    for _ in range(60):
        flood.service.post(CASES, report(flood.service))
    page_hands.go(BEGIN)
    page_hands.press()
    assert at(page_hands) == 1


def test_work_is_taken_once(flood: Flood, page_hands: Hands) -> None:
    flood.rises()
    no_place_left(flood.service)
    page_hands.go(BEGIN)
    work = solved(page_hands)
    page_hands.press({"work": work})
    assert at(page_hands) == 1
    page_hands.go(BEGIN)
    page_hands.press({"work": work}, status=429)


def test_forms_whose_report_is_gone_take_places_too(flood: Flood, page_hands: Hands) -> None:
    """What was typed is not lost: the browser can send it again."""
    begin(page_hands)
    path, fields = page_hands.filled({"story": "An invented story"})
    gone = [(name, "wf_" + "A" * 43 if name == "key" else value) for name, value in fields]
    page_hands.http = flood.service.app.test_client()
    flood.rises()
    no_place_left(flood.service)
    before = drafts(flood.service)
    page_hands.send(path, gone, 429)
    assert "Nothing you typed is lost" in page_hands.text
    assert drafts(flood.service) == before


def test_the_browser_does_the_work(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    flood = set_up(place.service, monkeypatch)
    flood.rises()
    no_place_left(place.service)
    place.go(BEGIN)
    expect(place.page.locator("#working")).to_have_text("The sum is done. You can begin.")
    sound(place)
    fits_at(place, 320)
    place.press()
    assert place.path.endswith("/1")
    assert drafts(place.service) == 1


def test_who_presses_too_early_need_not_press_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood = set_up(place.service, monkeypatch)
    flood.rises()
    no_place_left(place.service)
    slowly = """
        globalThis.waiting = [];
        crypto.subtle.deriveBits = ((real) => async (...all) => {
            await new Promise((go) => waiting.push(go));
            return real.apply(crypto.subtle, all);
        })(crypto.subtle.deriveBits);
    """
    place.page.add_init_script(slowly)
    place.go(BEGIN)
    button = place.page.locator("main form button.button")
    button.click()
    expect(place.page.locator("#working")).to_contain_text("One moment")
    place.page.evaluate("setInterval(() => waiting.splice(0).forEach((go) => go()), 5)")
    place.page.wait_for_url("**/1")
