"""A visit that was left shows nothing any more, whatever the browser sends again."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from playwright.sync_api import Error, Page

from api.rules import report_drafts
from api.web import visits
from shared.sealing.encoding import b64
from tests.api.checks import nothing_stored
from tests.web.cases import comes_back
from tests.web.hands import BASE, Hands
from tests.web.reports import cases
from tests.web.samples import begins
from tests.web.screen import Place
from tests.web.tour import STORY, begin, report, to

SECRET = "An invented story that nobody else may see"
HEADING = "Nothing is open here"


def nothing_shown(hands: Hands) -> None:
    """The page is the one of what was left; it sets nothing and says nothing."""
    assert hands.heading == HEADING
    assert not hands.page.headers.getlist("Set-Cookie")
    for word in (SECRET, "report", "sent", "eight"):
        assert word not in hands.text, word
    assert not hands.forms()


def test_it_works(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 3, STORY)
    path, form = page_hands.filled({"story": SECRET})
    page_hands.go("/leave", 303)
    with nothing_stored(page_hands.service):
        page_hands.send(path, form, 401)
        nothing_shown(page_hands)
        for number in range(1, 12):
            page_hands.go(path[:-1] + str(number), 401)
            nothing_shown(page_hands)


@pytest.mark.parametrize("number", range(1, 11), ids=str)
def test_every_form_of_a_report(page_hands: Hands, number: int) -> None:
    report(page_hands, {"story": SECRET})
    path = f"{page_hands.path.rsplit('/', 1)[0]}/{number}"
    key = page_hands.fields()["key"]
    page_hands.go("/leave", 303)
    with nothing_stored(page_hands.service):
        page_hands.send(path, [("key", key), ("story", SECRET), ("open", "yes")], 401)
    nothing_shown(page_hands)


def test_every_page_of_a_case(page_hands: Hands) -> None:
    _, words = page_hands.service.open_case(content={"story": SECRET})
    path = comes_back(page_hands, words)
    reply = page_hands.filled({"text": SECRET})
    page_hands.go("/leave", 303)
    with nothing_stored(page_hands.service):
        page_hands.send(*reply, 401)
        nothing_shown(page_hands)
        for page in ("", "/people", "/end", "/end/sure"):
            page_hands.go(path + page, 401)
            nothing_shown(page_hands)


@pytest.mark.parametrize("pressed", ["open", "finish"])
def test_a_report_that_is_done_with(page_hands: Hands, pressed: str) -> None:
    report(page_hands, {"story": SECRET})
    path, form = page_hands.filled(button=(pressed, "yes"))
    page_hands.send(path, form)
    page_hands.send(path, form, 401)
    nothing_shown(page_hands)
    assert cases(page_hands.service) == 1


def test_another_visit_begins_as_ever(page_hands: Hands) -> None:
    left = begin(page_hands)
    page_hands.go("/leave", 303)
    other = begin(page_hands)
    assert other != left
    assert list(page_hands.cookies()) == [f"__Host-w-{other}"]
    to(page_hands, 3, STORY)


def test_many_cookies_are_no_burden(page_hands: Hands) -> None:
    """Each is buried; of no more than fifty something is looked for."""
    held = {f"__Host-w-{one:06x}": f"wr_{b64(os.urandom(32))}" for one in range(200)}
    for name, value in held.items():
        page_hands.http.set_cookie(name, value, domain="wren.example", secure=True)
    page_hands.go("/leave", 303)
    assert not page_hands.cookies()
    with page_hands.service.app.test_request_context(
        headers={"Cookie": "; ".join(f"{name}={value}" for name, value in held.items())}
    ):
        assert len(list(visits.every())) == visits.MOST
    cookie = "; ".join(f"{name}=-" for name in held)
    with page_hands.service.app.test_request_context(headers={"Cookie": cookie}):
        assert not list(visits.every())


def test_leaving_ends_the_rest_where_one_fails(
    page_hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(page_hands)
    path = page_hands.path

    def fail(*_args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(report_drafts, "drop", fail)
    page_hands.go("/leave", 303)
    page_hands.go(path, 401)
    nothing_shown(page_hands)


# --- forms that are open to anybody --------------------------------------------------------


def marked(hands: Hands) -> str:
    """A stamp for a form that is shown now."""
    cookie = "; ".join(f"{one.key}={one.value}" for one in hands.http._cookies.values())  # type: ignore[union-attr]
    with hands.service.app.test_request_context(headers={"Cookie": cookie}, base_url=BASE):
        return visits.stamp()


def is_left(hands: Hands, stamp: str) -> bool:
    cookie = "; ".join(f"{one.key}={one.value}" for one in hands.http._cookies.values())  # type: ignore[union-attr]
    with hands.service.app.test_request_context(headers={"Cookie": cookie}, base_url=BASE):
        return visits.left_since(stamp)


def test_a_form_of_before_leaving(page_hands: Hands) -> None:
    """Also in the very second; and also a second time."""
    for _time in range(2):
        stamp = marked(page_hands)
        assert not is_left(page_hands, stamp)
        page_hands.go("/leave", 303)
        assert is_left(page_hands, stamp)


def test_a_form_that_is_long_open(page_hands: Hands) -> None:
    stamp = marked(page_hands)
    page_hands.service.clock.now += visits.FORM_OPEN - 1
    assert not is_left(page_hands, stamp)
    page_hands.service.clock.now += 1
    assert is_left(page_hands, stamp)


@pytest.mark.parametrize("stamp", ["", "a", "!", "a" * 60, "ä"],
                         ids=["none", "short", "nonsense", "another", "letters"])  # fmt: skip
def test_a_stamp_that_is_none(page_hands: Hands, stamp: str) -> None:
    assert is_left(page_hands, stamp)


def test_what_stays_in_the_browser_tells_no_hour(page_hands: Hands) -> None:
    begin(page_hands)
    seen = set()
    for _time in range(2):
        page_hands.go("/leave", 303)
        held = {one.key: one.value for one in page_hands.http._cookies.values()}  # type: ignore[union-attr]
        seen.add(held.pop(visits.LEFT))
        assert set(held.values()) == {visits.BURIED}
    assert len(seen) == 2


# --- a browser's back, and its question whether to send again -------------------------------


@pytest.mark.parametrize(
    "script",
    [True, pytest.param(False, marks=pytest.mark.ordeal)],
    ids=["script", "no-script"],
)
def test_in_a_browser(place: Place, monkeypatch: pytest.MonkeyPatch, script: bool) -> None:
    """A page that was shown as the answer to a form, mended, left, and brought back."""
    database = place.service.database
    there = replace(database.config, leave_to=f"{place.url}/cookies")
    monkeypatch.setattr(database, "config", there)
    place.script = script
    place.fresh()
    begins(place)
    for _step in range(2):
        place.press()
    place.type("story", SECRET + "x" * 20_000)
    place.press()
    assert place.page.locator("#summary").count() == 1
    place.type("story", SECRET)
    place.press()
    assert place.path.endswith("/4")
    place.page.locator("#leave").click()
    place.page.wait_for_url("**/cookies")
    with place.page.expect_response(lambda one: one.request.method == "POST") as sent_again:
        for _step in range(5):
            back(place.page)
            assert SECRET not in place.page.content()
            assert place.page.locator("textarea").count() == 0
    assert sent_again.value.status == 401


def back(page: Page) -> None:
    """To the page before; where the browser has to be asked to send a form again, that too."""
    try:
        page.go_back(wait_until="load")
    except Error:
        for _time in range(50):
            page.wait_for_timeout(100)
            try:
                page.reload(wait_until="load")
            except Error:
                continue  # its own page, which asks, is not there yet
            return
