"""Every page by axe, light and dark, narrow and wide; with script and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

from tests.console.conftest import person
from tests.console.samples import STORIES, Day
from tests.console.screen import (
    WIDTHS,
    Screen,
    axe_clean,
    fits,
    looks_right,
    next_code,
    window,
    words_are_whole,
)
from tests.journeys.served import Served

ADMINISTRATOR = (
    "/console/people/eeast",
    "/console/people/eeast/invite",
    "/console/people/eeast/change/{handler-4}",
    "/console/people/eeast/renew/{handler-4}",
    "/console/people/eeast/remove/{handler-4}",
    "/console/organisation/eeast/desks",
    "/console/organisation/eeast/categories",
    "/console/organisation/eeast/regions/new",
    "/console/organisation/eeast/contacts",
    "/console/organisation/eeast/contacts/new",
    "/console/organisation/eeast/guidance",
    "/console/organisation/eeast/guidance/new",
    "/console/organisation/eeast/replies",
    "/console/organisation/eeast/settings",
    "/console/organisation/eeast/webhooks",
    "/console/organisation/eeast/webhooks/new",
    "/console/organisation/eeast/keys",
    "/console/organisation/eeast/keys/new",
    "/console/organisation/eeast/deliveries",
    "/console/audit/eeast",
)
PAGES = {
    "administrator-1": ADMINISTRATOR,
    "analyst-1": (
        "/console/figures/eeast",
        "/console/account",
        "/console/account/notices",
        "/console/account/notices/code",
    ),
    "handler-1": ("/console/people/eeast", "/console/audit/eeast", "/console/nothing-here"),
}


@pytest.mark.ordeal
@pytest.mark.parametrize("who", PAGES)
def test_it_works(served: Served, screen: Screen, who: str) -> None:
    screen.sign_in(person(served, who))
    for page in PAGES[who]:
        path = re.sub(r"\{(.+)\}", lambda one: str(served.handlers[one[1]].id), page)
        looks_right(screen, path)
        assert screen.page.locator("h1").count() == 1


@pytest.fixture(scope="module")
def day(served: Served) -> Day:
    """Three cases: closed, withdrawn under a hold, and one that handler-3 reads by consent."""
    made = Day(served.url, {name: person(served, name) for name in ("handler-1", "handler-3")})
    for story in STORIES[:3]:
        made.report(*story)
    mine = made.handler("handler-1")
    closed, withdrawn, consented = made.references
    closing = {"status": "closed", "outcome": "action-taken", "feedback_given": True}
    made.call("PATCH", f"/cases/{closed}", closing, mine)
    hold = {"legal_hold": {"reason": "A claim at the tribunal"}}
    made.call("PATCH", f"/cases/{withdrawn}", hold, mine)
    made.call("DELETE", "/case", bearer=made.reporters[1])
    who = str(served.handlers["handler-3"].id)
    made.consent(consented, made.reporters[2], mine, who)
    made.let_in(consented, mine, who)
    return made


@pytest.mark.ordeal
def test_states_of_a_case(served: Served, screen: Screen, day: Day) -> None:
    screen.sign_in(person(served, "handler-1"))
    closed, withdrawn, _ = (f"/console/cases/{one}" for one in day.references)
    pages = {
        closed: "Closed on",
        f"{closed}/close": "It is closed.",
        f"{closed}/checks/3": "What you found",
        withdrawn: "The reporter withdrew this case on",
        f"{withdrawn}/hold": "Lift the hold and delete the case",
        f"{withdrawn}/readers": "Who reads this case",
    }
    for path, words in pages.items():
        looks_right(screen, path)
        assert words in screen.page.locator("main").inner_text(), path


@pytest.mark.ordeal
def test_a_case_by_consent(served: Served, screen: Screen, day: Day) -> None:
    screen.sign_in(person(served, "handler-3"))
    path = f"/console/cases/{day.references[2]}"
    for more in ("", "/readers", "/links", "/classification"):
        looks_right(screen, path + more)
        assert "Its desk handles it." in screen.page.locator("main").inner_text()
    looks_right(screen, f"{path}/close")
    assert "Not allowed" in screen.page.locator("h1").inner_text()


@pytest.mark.ordeal
def test_what_is_found_and_recorded(served: Served, screen: Screen, day: Day) -> None:
    screen.sign_in(person(served, "handler-1"))
    page = screen.goto("/console/inbox")
    page.get_by_role("searchbox").fill("group chat")
    screen.press("Search")
    page.locator("mark").first.wait_for()
    looks_right(screen, page.url.removeprefix(screen.url))
    assert day.references[0] in page.locator("main").inner_text()
    screen.goto("/console/record")
    page.get_by_label("by phone").check()
    page.get_by_label("Confidential:").check()
    page.get_by_label("What happened").fill("An invented call.")
    screen.press("Record the case")
    page.locator("ol.words").wait_for()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        look(screen)
        words_are_whole(page)


def joining(screen: Screen, link: str, username: str) -> Screen:
    """From the link to the account, with axe at each step."""
    page = screen.goto(link.removeprefix(screen.url))
    code = page.get_by_label("Invitation code")
    if not code.input_value():  # without script
        code.fill(link.split("#")[1])
    page.get_by_label("User name").fill(username)
    screen.press("Go on")
    secret = page.locator("code.fingerprint").inner_text().replace(" ", "")
    words = [one.strip() for one in page.locator("ol.words li").all_inner_texts()]
    look(screen)
    screen.press("I have kept all three")
    screen.press("Make my account")
    look(screen)
    page.get_by_label("Code").fill(next_code(secret))
    for label in page.locator("label").all_inner_texts():
        number = re.search(r"Recovery word (\d+)", label)
        if number:
            page.get_by_label(label, exact=True).fill(words[int(number[1]) - 1])
    screen.press("Make my account")
    page.get_by_role("heading", name="Your account is ready").wait_for()
    look(screen)
    return screen


def look(screen: Screen) -> None:
    """The page as it is, light and dark."""
    if screen.scripted:
        for scheme in ("light", "dark"):
            screen.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            axe_clean(screen.page)
    fits(screen.page)


@pytest.mark.ordeal
@pytest.mark.parametrize("script", [True, False])
def test_invite_join_approve(served: Served, chromium: Browser, script: bool) -> None:
    admin = window(chromium, served.url, 390, java_script_enabled=script)
    admin.sign_in(person(served, "administrator-1"))
    page = admin.goto("/console/people/eeast/invite")
    page.get_by_label("Name").fill("handler-9")
    page.get_by_label("handler:").check()
    page.get_by_label("Freedom to Speak Up guardian").check()
    admin.press("Make the invitation")
    link = page.locator("#link").input_value()
    look(admin)
    newcomer = window(chromium, served.url, 390, java_script_enabled=script)
    new = joining(newcomer, link, f"newcomer-{script}")
    theirs = new.page.locator(".fingerprint").inner_text()
    assert "#" not in new.page.url
    handler = window(chromium, served.url, 390, java_script_enabled=script)
    handler.sign_in(person(served, "handler-1"))
    page = handler.goto("/console/people/eeast")
    page.get_by_role("link", name="Compare and approve").click()
    assert page.locator(".fingerprint").first.inner_text() == theirs
    look(handler)
    page.get_by_label("I have compared").check()
    handler.press("Sign the roster")
    page.get_by_text("The roster was signed.").wait_for()
    removed = admin.goto("/console/people/eeast")
    removed.get_by_role("link", name="Remove handler-9").click()
    admin.press("Remove from the organisation")
    page = handler.goto("/console/people/eeast")
    page.get_by_role("link", name="Retire handler-9").click()
    look(handler)
    handler.press("Sign the roster")
    for one in (admin, new, handler):
        one.context.close()
        one.check()


@pytest.mark.ordeal
def test_a_form_that_is_stale_is_kept_in_a_browser(served: Served, screen: Screen) -> None:
    screen.sign_in(person(served, "handler-2"))
    page = screen.goto("/console/account/leave/eeast")
    page.get_by_label("Last day of leave").fill("2099-01-31")
    other = screen.context.new_page()
    other.goto(f"{served.url}/console/account")
    other.locator(".menu summary").click()
    other.get_by_role("button", name="Sign out").click()
    other.get_by_label("User name").wait_for()
    screen.press("Save")
    page.get_by_text("What you wrote is kept").wait_for()
    look(screen)
    screen.sign_in(person(served, "handler-2"))
    assert page.get_by_label("Last day of leave").input_value() == "2099-01-31"
    look(screen)


@pytest.mark.ordeal
def test_a_double_click_asks_once(served: Served, screen: Screen) -> None:
    screen.sign_in(person(served, "administrator-1"))
    page = screen.goto("/console/people/eeast/invite")
    page.get_by_label("Name").fill("handler-8")
    page.get_by_label("analyst:").check()
    page.get_by_role("button", name="Make the invitation").dblclick()
    page.locator("#link").wait_for()
    page = screen.goto("/console/people/eeast")
    assert page.get_by_role("button", name="Withdraw the invitation of handler-8").count() == 1


@pytest.mark.ordeal
def test_print(served: Served, screen: Screen) -> None:
    screen.sign_in(person(served, "handler-3"))
    page = screen.goto("/console/account")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator(".bar").is_visible()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
