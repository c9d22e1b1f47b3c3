"""A guardian's day in real Chromium: a case from new to closed, by two handlers and a reporter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from playwright.sync_api import Browser, Error, Page, expect

from shared.sealing.tokens import new_token
from tests.console.conftest import person
from tests.console.screen import Screen, axe_clean, fits, looks_right, window
from tests.journeys.served import Served

STORY = "This story is invented. A group chat of thirty people mocks one of us after each shift."


@dataclass
class Reporter:
    """Somebody who reports by calls, as a client that can't seal."""

    url: str
    token: str = field(default_factory=new_token, repr=False)
    http: requests.Session = field(default_factory=requests.Session)
    reference: str = ""

    def call(self, method: str, path: str, body: Any = None) -> Any:
        self.http.trust_env = False
        answer = self.http.request(method, f"{self.url}/api/v1{path}", json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def report(self, story: str = STORY) -> Reporter:
        """Reports, and signs in with the words."""
        body = {
            "case_id": str(uuid4()), "token": self.token, "desk": "guardian",
            "content": {"story": story, "concerns": ["bullying"], "channel": "whatsapp-group"},
        }  # fmt: skip
        self.reference = self.call("POST", "/organisations/eeast/cases", body)["reference"]
        bearer = self.call("POST", "/sessions", {"token": self.token})["session"]
        self.http.headers["Authorization"] = f"Bearer {bearer}"
        return self

    def thread(self) -> list[dict[str, Any]]:
        return [one["content"] | {"id": one["id"]}
                for one in self.call("GET", "/case/messages")["items"]]  # fmt: skip

    def say(self, words: str) -> None:
        self.call("POST", "/case/messages", {"id": str(uuid4()), "content": {"text": words}})

    def agree(self) -> None:
        asked = [one for one in self.thread() if one["type"] == "consent-request"][-1]
        content = {"request": asked["id"], "granted": True}
        self.call("POST", "/case/consents", {"id": str(uuid4()), "content": content})


@pytest.fixture
def windows(served: Served, chromium: Browser) -> Iterator[dict[str, Screen]]:
    """Windows of three handlers, signed in with password and code."""
    made = {}
    for name in ("handler-1", "handler-2", "handler-3"):
        made[name] = window(chromium, served.url)
        made[name].sign_in(person(served, name))
    yield made
    for one in made.values():
        one.context.close()
        one.check()


def said(page: Page, words: str) -> None:
    """Waits for what the page says was done."""
    expect(page.locator("main [role=status]").first).to_contain_text(words)


def tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Goes on by Tab until this has the focus."""
    for _ in range(most):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} can't be reached by Tab")


def test_it_works(served: Served, windows: dict[str, Screen]) -> None:
    reporter, other = Reporter(served.url).report(), Reporter(served.url).report("Invented too.")
    one, two, three = (windows[name] for name in windows)
    path = f"/console/cases/{reporter.reference}"

    # A reply with the keyboard alone: from the inbox to the case, the box, and out.
    page = one.goto("/console/inbox")
    for _ in range(2):
        page.keyboard.press("j")
    expect(page.locator("a.reference:focus")).to_have_text(reporter.reference)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(reporter.reference)
    expect(page.locator(".report")).to_contain_text(STORY)
    tab_to(page, "a[href='#reply']")
    page.keyboard.press("Enter")
    tab_to(page, "#text")
    page.keyboard.type("Thank you. Which shift were you on?")
    page.keyboard.press("Control+Enter")
    hint = page.get_by_role("alert")
    expect(hint).to_contain_text("a shift or rota")
    expect(hint).to_be_focused()
    assert len(reporter.thread()) == 1
    axe_clean(page)
    tab_to(page, "#text")
    page.keyboard.press("Control+a")
    page.keyboard.type("Thank you for telling us. About how many people know?")
    page.keyboard.press("Control+Enter")
    said(page, "The reply is sent.")
    assert reporter.thread()[-1]["text"].startswith("Thank you for telling us.")
    expect(page.locator(".case-top")).to_contain_text("acknowledged")

    # Consent: asked here, given by the reporter, and only then somebody is let in.
    reporter.say("Everyone in the chat.")
    page.get_by_role("link", name="Readers", exact=True).first.click()
    page.get_by_role("link", name="Ask for consent").click()
    page.get_by_label("handler-3").check()
    page.get_by_label("Their role").fill("Investigating manager")
    page.get_by_label("What for").fill("To look into the chat")
    page.get_by_label("Until").fill(str(date.today() + timedelta(days=60)))
    one.press("Ask")
    said(page, "The reporter is asked.")
    three.goto(path)
    expect(three.page.get_by_role("heading", level=1)).to_have_text("Not found")
    reporter.agree()
    one.goto(path)
    expect(page.locator(".thread")).to_contain_text("handler-3 may read this case")
    one.press("Let them in")
    said(page, "They can read the case until")
    three.goto(path)
    expect(three.page.locator(".report")).to_contain_text(STORY)

    # What stays with the handlers.
    page.get_by_role("link", name="Notes", exact=True).first.click()
    page.get_by_label("New note").fill("Spoke to HR, without names.")
    one.press("Keep the note")
    said(page, "The note is kept.")
    page.get_by_role("link", name="Classification", exact=True).first.click()
    page.get_by_label("Bullying or harassment").check()
    page.get_by_label("Professional group").select_option("ambulance")
    one.press("Save the classification")
    said(page, "The case is classified.")
    page.get_by_role("link", name="Links", exact=True).first.click()
    page.get_by_label("Reference of the other case").fill(other.reference.lower())
    one.press("Link")
    said(page, "The cases are linked.")
    one.goto(path)
    page.locator("#assigned_to").select_option(label="handler-2")
    one.press("Assign")
    said(page, "The case was assigned.")
    expect(page.locator(".case-side")).to_contain_text(other.reference)

    # The colleague goes on: feedback, closing with an outcome, a check for detriment.
    page = two.goto("/console/inbox?view=mine")
    page.get_by_role("link", name=reporter.reference).click()
    page.get_by_label("Your reply").fill("The chat was closed, and people were spoken to.")
    page.get_by_label("This reply is the feedback").check()
    two.press("Send")
    said(page, "The reply is sent.")
    expect(page.locator(".case-side")).to_contain_text("Feedback given on")
    page.get_by_role("link", name="Close with an outcome").click()
    page.get_by_label("Action taken").check()
    two.press("Close the case")
    said(page, "The case is closed.")
    page.get_by_role("link", name="Check for detriment").first.click()
    page.get_by_label("What you found").fill("Asked in the conversation: no detriment.")
    two.press("Note that it was made")
    said(page, "The check is noted.")
    assert reporter.call("GET", "/case")["status"] == "closed"
    answer = {"id": str(uuid4()), "answer": "yes", "content": {"comment": "It helped."}}
    reporter.call("POST", "/case/feedback", answer)
    two.goto(path)
    expect(page.locator(".thread")).to_contain_text("would you speak up again? yes")
    page.get_by_role("link", name="History").click()
    page.wait_for_load_state()
    for words in ("let somebody in", "broke"):
        assert page.locator("main").get_by_text(words).count() == (words != "broke")


@pytest.mark.ordeal
def test_every_page_looks_right(served: Served, windows: dict[str, Screen]) -> None:
    reporter = Reporter(served.url).report()
    reporter.say("One more thing.")
    screen, path = windows["handler-1"], f"/console/cases/{reporter.reference}"
    for more in ("", "/notes", "/classification", "/readers", "/links", "/history", "/print",
                 "/file", "/status", "/close", "/assign", "/confidentiality", "/hold", "/consent",
                 "/break-confidentiality"):  # fmt: skip
        looks_right(screen, path + more)
        assert screen.page.locator("h1").count() == 1
    for other in ("/console/inbox", "/console/inbox?view=overdue", "/console/search",
                  "/console/record", "/console/handover"):  # fmt: skip
        looks_right(screen, other)


@pytest.mark.ordeal
def test_recording_and_searching(served: Served, windows: dict[str, Screen]) -> None:
    screen = windows["handler-1"]
    page = screen.goto("/console/record")
    screen.press("Record the case")
    expect(page.get_by_role("alert")).to_be_focused()
    axe_clean(page)
    page.get_by_label("by phone").check()
    page.get_by_label("Confidential:").check()
    page.get_by_label("What happened").fill("An invented call about a Lantern.")
    screen.press("Record the case")
    expect(page.locator("ol.words li")).to_have_count(8)
    words = page.locator("ol.words li").all_inner_texts()
    for width, scheme in ((390, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        axe_clean(page)
        fits(page)
    page.emulate_media(media="print")
    expect(page.locator("ol.words")).to_be_visible()
    expect(page.locator(".bar")).to_be_hidden()
    page.emulate_media(media="screen")
    page.reload()
    assert page.locator("ol.words li").all_inner_texts() == words
    page.get_by_role("link", name="Done: to the case").click()
    with pytest.raises(Error, match="ERR_CACHE_MISS"):  # the browser keeps no such page
        page.go_back()
    page.wait_for_url("chrome-error://**", wait_until="commit")
    page = screen.goto("/console/inbox")
    page.get_by_role("searchbox").fill("lantern")
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_have_text("Lantern")
    assert "lantern" not in page.url.lower()
    axe_clean(page)
    page.locator("a.reference").click()
    expect(page.locator(".report")).to_contain_text("Lantern")
    page.go_back()
    expect(page.locator("mark")).to_have_text("Lantern")


@pytest.mark.ordeal
def test_it_works_without_script(served: Served, chromium: Browser) -> None:
    reporter = Reporter(served.url).report()
    screen = window(chromium, served.url, java_script_enabled=False)
    screen.sign_in(person(served, "handler-2"))
    page = screen.goto(f"/console/cases/{reporter.reference}")
    page.get_by_label("Begin with").select_option(label="Acknowledge")
    screen.press("Use")
    box = page.get_by_label("Your reply")
    assert box.input_value().startswith("Thank you for telling us.")
    screen.press("Save draft")
    said(page, "The draft is saved.")
    screen.press("Send")
    said(page, "The reply is sent.")
    assert len(reporter.thread()) == 2
    screen.context.close()
    screen.check()


@pytest.mark.ordeal
def test_a_double_click_and_a_text_that_is_kept(
    served: Served, windows: dict[str, Screen]
) -> None:
    reporter = Reporter(served.url).report()
    screen = windows["handler-1"]
    page = screen.goto(f"/console/cases/{reporter.reference}")
    page.get_by_label("Begin with").select_option(label="Acknowledge")
    assert page.get_by_label("Your reply").input_value().startswith("Thank you for telling us.")
    page.get_by_role("button", name="Send", exact=True).dblclick()
    said(page, "The reply is sent.")
    assert len(reporter.thread()) == 2
    page.get_by_label("Your reply").fill("A second one, long in the writing.")
    screen.context.clear_cookies()
    screen.press("Send")
    page.get_by_text("What you wrote is kept").wait_for()
    screen.sign_in(person(served, "handler-1"))
    assert page.get_by_label("Your reply").input_value() == "A second one, long in the writing."
    screen.press("Send")
    said(page, "The reply is sent.")
    assert [one["text"] for one in reporter.thread()[2:]] == ["A second one, long in the writing."]
