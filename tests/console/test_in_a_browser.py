"""The console in real Chromium: cookies, the way back, the lock on the screen, colours, keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, Request, expect

from tests.console.conftest import person
from tests.console.screen import Screen, axe_clean, looks_right
from tests.journeys.served import Served

LEAVE = "/console/account/leave/eeast"


@pytest.mark.ordeal
def test_it_works(served: Served, screen: Screen) -> None:
    looks_right(screen, "/console/sign-in")
    screen.sign_in(person(served, "handler-1"))
    for path in ("/console/account", "/console/account/password", LEAVE):
        looks_right(screen, path)
    cookies = {one["name"]: one for one in screen.context.cookies()}
    assert {"__Host-wren", "__Host-wren-seen", "__Host-wren-form"} <= set(cookies)
    assert screen.page.evaluate("document.cookie") == ""


def test_the_back_button_after_signing_out(served: Served, screen: Screen) -> None:
    screen.sign_in(person(served, "handler-1"))
    page = screen.goto("/console/account")
    assert page.get_by_text("Fingerprint", exact=True).count() == 1
    page.locator(".menu summary").click()
    screen.press("Sign out")
    page.get_by_label("User name").wait_for()
    page.go_back()
    page.get_by_label("User name").wait_for()
    assert page.get_by_text("Fingerprint", exact=True).count() == 0


def test_it_locks_by_itself_and_keeps_the_text(served: Served, screen: Screen) -> None:
    page = screen.page
    page.clock.install()
    screen.sign_in(person(served, "handler-2"))
    screen.goto(LEAVE)
    page.get_by_label("Last day of leave").fill("2099-01-31")
    page.clock.fast_forward(16 * 60 * 1000)
    lock = page.locator("#lock")
    lock.wait_for(state="visible")
    assert not page.locator("main").is_visible()
    axe_clean(page)
    lock.get_by_label("Password").fill("not the words")
    lock.get_by_role("button", name="Unlock").click()
    page.get_by_text("This is not your password.").first.wait_for()
    page.get_by_label("Password", exact=True).fill(person(served, "handler-2")["password"])
    screen.press("Unlock")
    page.get_by_text("Your text is still here").wait_for()
    assert page.get_by_label("Last day of leave").input_value() == "2099-01-31"
    screen.press("Save")
    page.get_by_text("Your leave was noted").wait_for()


def test_the_button_locks_and_keeps_the_text(served: Served, screen: Screen) -> None:
    page = screen.page
    screen.sign_in(person(served, "handler-4"))
    screen.goto(LEAVE)
    page.get_by_label("Last day of leave").fill("2099-01-31")
    with page.expect_response(lambda one: one.url.endswith("/console/lock")):
        screen.press("Lock")
    lock = page.locator("#lock")
    lock.get_by_text("Signed in as handler-4").wait_for()
    assert page.url.endswith(LEAVE)
    assert lock.get_by_role("button", name="Sign out instead").is_visible()
    axe_clean(page)
    other = screen.context.new_page()
    other.goto(f"{served.url}/console/account")
    assert other.get_by_text("Fingerprint", exact=True).count() == 0
    lock.get_by_label("Password").fill(person(served, "handler-4")["password"])
    lock.get_by_role("button", name="Unlock").click()
    page.get_by_text("Your text is still here").wait_for()
    assert page.get_by_label("Last day of leave").input_value() == "2099-01-31"


@pytest.mark.ordeal
def test_who_leaves_a_text_that_was_not_sent_is_asked(served: Served, screen: Screen) -> None:
    page, asked = screen.page, list[str]()

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    screen.sign_in(person(served, "handler-1"))
    screen.goto("/console/record")
    page.get_by_role("link", name="Inbox").click()
    page.wait_for_url("**/inbox")
    screen.goto("/console/record")
    page.get_by_label("What happened").press_sequentially("An invented call.")
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Inbox").click()
    expect(page.get_by_label("What happened")).to_have_value("An invented call.")
    assert (asked, page.url.endswith("/record")) == (["beforeunload"], True)
    screen.press("Record the case")
    page.get_by_text("There is a problem").wait_for()
    assert len(asked) == 1
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Inbox").click()  # it was refused: it is not sent yet
    expect(page.get_by_label("What happened")).to_have_value("An invented call.")
    assert (len(asked), page.url.endswith("/record")) == (2, True)
    page.get_by_label("What happened").fill("")
    page.get_by_role("link", name="Inbox").click()
    page.wait_for_url("**/inbox")
    assert len(asked) == 2


def test_who_writes_is_not_locked_out(served: Served, screen: Screen) -> None:
    page = screen.page
    page.clock.install()
    screen.sign_in(person(served, "handler-2"))
    screen.goto(LEAVE)
    for _ in range(5):
        with page.expect_request_finished(lambda one: one.url.endswith("/console/here")):
            page.clock.fast_forward(6 * 60 * 1000)
            page.get_by_label("Last day of leave").press("ArrowUp")
            page.clock.fast_forward(10 * 1000)
    assert page.locator("main").is_visible()


@pytest.mark.ordeal
def test_the_lock_on_the_screen_is_the_servers(served: Served, screen: Screen) -> None:
    """The server is told of an act when it is done, never afterwards; nothing stays behind."""
    page, told = screen.page, 0

    def asked(request: Request) -> None:
        nonlocal told
        told += request.url.endswith("/console/here")

    page.clock.install()
    screen.sign_in(person(served, "handler-1"))
    page.on("request", asked)
    lock = screen.goto("/console/account").locator("#lock")
    page.clock.run_for(2_000)
    page.keyboard.press("a")  # the last that is done here
    page.clock.run_for(14 * 60 * 1000)
    assert (told, lock.is_visible()) == (0, False)
    page.clock.run_for(60 * 1000)
    assert (told, lock.is_visible()) == (0, True)
    page.keyboard.press("a")
    assert told == 0
    assert page.get_by_text("Fingerprint", exact=True).count() == 0


def test_who_wakes_a_sleeping_machine_is_asked(served: Served, screen: Screen) -> None:
    """No timer ran meanwhile: the first key locks, and tells the server nothing."""
    page = screen.page
    page.clock.install()
    screen.sign_in(person(served, "handler-3"))
    screen.goto("/console/account")
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url))
    seconds = page.evaluate("Date.now() / 1000")
    page.clock.pause_at(seconds + 1)
    page.clock.set_system_time(seconds + 16 * 60)
    page.keyboard.press("a")
    assert page.locator("#lock").is_visible()
    assert not [one for one in told if one.endswith("/console/here")]


@pytest.mark.ordeal
def test_colours_are_chosen_and_kept(served: Served, screen: Screen) -> None:
    page = screen.page
    page.emulate_media(color_scheme="light")
    screen.sign_in(person(served, "handler-3"))
    ground = "getComputedStyle(document.body).backgroundColor"
    day = page.evaluate(ground)
    page.locator(".menu summary").click()
    axe_clean(page)
    screen.press("dark")
    assert page.evaluate(ground) != day
    screen.goto("/console/account")
    assert page.evaluate(ground) != day
    page.emulate_media(color_scheme="dark")
    page.locator(".menu summary").click()
    screen.press("light")
    assert page.evaluate(ground) == day


@pytest.mark.ordeal
def test_by_keyboard_alone(served: Served, screen: Screen) -> None:
    page = screen.page
    screen.sign_in(person(served, "handler-4"))
    screen.goto("/console/account")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.locator(".menu summary").focus()
    page.keyboard.press("Enter")
    page.locator(".menu-box").wait_for(state="visible")
    page.keyboard.press("Escape")
    page.locator(".menu-box").wait_for(state="hidden")
