"""Chromium over TLS, script on and off: a report, a guardian who answers, and the way back.

What the browser asks for is counted at each step, and nothing may leave this machine. The server
is that of `wren serve`; reporter and guardian each have a window of their own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import Browser, Page, Playwright, expect

from api.web.visits import BURIED
from tests import need
from tests.console.conftest import person
from tests.console.screen import Screen, window
from tests.journeys.browser import FLAGS
from tests.journeys.marks import rows
from tests.journeys.served import Served
from tests.web.tls import serving_over_tls

STORY = "This story is invented.\n\nA group chat mocks one of us after each shift."
ANSWER = "An invented answer: thank you. Are you safe at work?"
REPLY = "An invented reply: for now, yes."
MOST = 60_000
"""Bytes of a first page with all that it needs, as they are transferred."""

SHORT = 16 * 1024 + 2_000
"""Bytes of a page with its headers."""


@pytest.fixture(scope="module")
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A running server over TLS, on a filled database."""
    with serving_over_tls(request, tmp_path_factory.mktemp("journey") / "server") as one:
        one.url = one.url.replace("localhost", "127.0.0.1")
        yield one


@pytest.fixture(scope="module")
def launching(served: Served) -> dict[str, Any]:
    """How Chromium is started: it trusts this certificate, and no other that signs itself."""
    shown = x509.load_pem_x509_certificate((served.place / "certificate.pem").read_bytes())
    key = shown.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    trusted = base64.b64encode(hashlib.sha256(key).digest()).decode()
    return {
        "executable_path": need.program("chromium"),
        "args": [*FLAGS, f"--ignore-certificate-errors-spki-list={trusted}"],
    }


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, launching: dict[str, Any]) -> Iterator[Browser]:
    """Chromium that trusts the certificate of the server."""
    started = playwright.chromium.launch(**launching)
    yield started
    started.close()


@dataclass
class Reporter:
    """Somebody's window, and what came over the line since it was last looked at."""

    screen: Screen
    asked: list[tuple[str, str]] = field(default_factory=list)
    cached: set[str] = field(default_factory=set)
    size: float = 0
    told: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        line = self.screen.context.new_cdp_session(self.screen.page)
        line.send("Network.enable")
        line.on("Network.requestWillBeSent", self._asked)
        line.on("Network.requestServedFromCache", lambda one: self.cached.add(one["requestId"]))
        line.on("Network.responseReceived", self._answered)
        line.on("Network.loadingFinished", self._finished)
        self._names: dict[str, tuple[str, str]] = {}

    def _asked(self, told: dict[str, Any]) -> None:
        sent = told["request"]
        if sent["url"].startswith("data:"):
            return
        one = (sent["method"], sent["url"].removeprefix(self.screen.url))
        self._names[told["requestId"]] = one
        self.asked.append(one)

    def _answered(self, told: dict[str, Any]) -> None:
        if told["response"].get("fromDiskCache"):
            self.cached.add(told["requestId"])
        self.told |= {name.lower() for name in told["response"]["headers"]}

    def _finished(self, told: dict[str, Any]) -> None:
        self.size += told["encodedDataLength"]

    @property
    def page(self) -> Page:
        return self.screen.page

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.screen.url).partition("#")[0]

    def step(self, act: Callable[[], object]) -> list[tuple[str, str]]:
        """Does something that leads to a page; what was asked of the server for it."""
        self.asked.clear()
        self.cached.clear()
        self.size = 0
        act()
        self.page.wait_for_load_state("networkidle")
        kept = [self._names[one] for one in self.cached if one in self._names]
        return [one for one in self.asked if one not in kept]

    def press(self, name: str | re.Pattern[str]) -> list[tuple[str, str]]:
        """Presses a button or follows a link; what was asked for it."""
        role = self.page.get_by_role("button", name=name, exact=True)
        found = role if role.count() else self.page.get_by_role("link", name=name, exact=True)
        return self.step(found.first.click)

    def begin(self) -> None:
        """From the front page to the first page of a report."""
        self.step(lambda: self.screen.goto("/"))
        self.press("The eeast trust")
        self.press("Tell somebody")
        self.press("I’m on my own device: begin")
        expect(self.page).to_have_title("Page 1 of 7 – Wren")

    def to(self, number: int) -> None:
        """On to this page of the report, with nothing filled in but the story."""
        while int(self.path.rsplit("/", 1)[1]) < number:
            if self.path.endswith("/3") and not self.page.locator("#story").input_value():
                self.page.locator("#story").fill(STORY)
            self.press("Go on")

    def words(self) -> list[str]:
        """The eight words that the page shows."""
        return self.page.locator("ol.words li").all_inner_texts()

    def practise(self, words: list[str]) -> None:
        """Types the two words that are asked for."""
        for name in ("first", "second"):
            label = self.page.locator(f'label[for="{name}"]').inner_text()
            place = int(re.sub(r"\D", "", label))
            self.page.locator(f"#{name}").fill(words[place - 1])
        self.press("Check")

    def send(self) -> list[str]:
        """From the last page before it to the end; the words."""
        self.press("Send")
        words = self.words()
        assert len(words) == 8
        self.press("I have kept them")
        self.practise(words)
        return words

    def come_back(self, words: list[str]) -> None:
        """Types the words, as they were written down: numbered, in lines."""
        self.step(lambda: self.screen.goto("/return"))
        listed = "\n".join(f"{at}. {word.upper()}" for at, word in enumerate(words, 1))
        self.page.locator("#words").fill(listed)
        self.press("Open my case")


@pytest.fixture(
    params=[True, pytest.param(False, marks=pytest.mark.ordeal)], ids=["script", "no-script"]
)
def reporter(
    request: pytest.FixtureRequest, served: Served, chromium: Browser
) -> Iterator[Reporter]:
    """A reporter's window, with script and without."""
    yield from _window(chromium, served, script=request.param)


@pytest.fixture
def plain(served: Served, chromium: Browser) -> Iterator[Reporter]:
    """A reporter's window without script."""
    yield from _window(chromium, served, script=False)


def _window(chromium: Browser, served: Served, *, script: bool) -> Iterator[Reporter]:
    made = Reporter(window(chromium, served.url, 390, java_script_enabled=script))
    yield made
    made.screen.context.close()
    made.screen.check()
    assert not made.told & {"etag", "last-modified", "x-powered-by"}


@pytest.fixture(scope="module")
def guardian(served: Served, chromium: Browser) -> Iterator[Screen]:
    """The guardian's window, signed in at the console."""
    made = window(chromium, served.url)
    made.sign_in(person(served, "handler-1"))
    yield made
    made.context.close()
    made.check()


def test_it_works(reporter: Reporter, guardian: Screen) -> None:
    """The whole way, and what each step of it asks of the server."""
    first = reporter.step(lambda: reporter.screen.goto("/"))
    script = reporter.screen.scripted
    assert [one for one in first if not one[1].startswith("/look/")] == [("GET", "/")]
    assert len(first) == 3 if script else 2
    assert reporter.size < MOST
    for name in ("The eeast trust", "Tell somebody"):
        assert len(reporter.press(name)) == 1
        assert reporter.size < MOST
    begun = reporter.press("I’m on my own device: begin")
    assert begun == [("POST", "/o/eeast/begin"), ("GET", reporter.path)]
    for number in range(1, 7):
        assert reporter.page.title() == f"Page {number} of 7 – Wren"
        if number == 3:
            reporter.page.locator("#story").fill(STORY)
        before = reporter.path
        assert reporter.press("Go on") == [("POST", before), ("GET", reporter.path)]
        assert reporter.size < SHORT
    expect(reporter.page.locator("main")).to_contain_text("A group chat mocks one of us")
    before = reporter.path
    assert reporter.press("Send") == [("POST", before), ("GET", reporter.path)]
    words, shown = reporter.words(), reporter.page.locator("main").inner_text()
    reference = re.search(r"EEA-[0-9A-Z]+", shown)
    assert reference is not None
    reporter.press("I have kept them")
    reporter.practise(words)
    reporter.press("Finish")
    held = reporter.screen.context.cookies()
    assert {one["value"] for one in held if one["name"][:9] == "__Host-w-"} == {BURIED}

    case = f"/console/cases/{reference[0]}"
    expect(guardian.goto(case).locator(".report")).to_contain_text("A group chat mocks one of us")
    guardian.page.locator("#text").fill(ANSWER)
    guardian.page.locator("#text").press("Control+Enter")
    expect(guardian.page.locator("main [role=status]").first).to_contain_text("sent")

    reporter.come_back(words)
    expect(reporter.page.locator("main")).to_contain_text(ANSWER)
    case_page = reporter.path
    reporter.page.locator("#text").fill(REPLY)
    assert reporter.press("Send") == [("POST", case_page), ("GET", case_page)]
    expect(reporter.page.locator("main")).to_contain_text(REPLY)
    expect(guardian.goto(case).locator("main")).to_contain_text(REPLY)
    reporter.press("Close this conversation")
    reporter.step(lambda: reporter.screen.goto(case_page))
    expect(reporter.page.locator("main")).not_to_contain_text(REPLY)


@pytest.mark.ordeal
def test_back_at_each_step(reporter: Reporter) -> None:
    """The browser's own *back* finds every page as it was filled in, and sends nothing."""
    reporter.begin()
    reporter.page.get_by_label("Bullying").check()
    reporter.press("Go on")
    reporter.page.locator("#place").fill("An invented place")
    reporter.to(4)
    reporter.page.locator("#people").fill("An invented group")
    reporter.to(7)
    for number in range(6, 0, -1):
        asked = reporter.step(reporter.page.go_back)
        assert reporter.path.endswith(f"/{number}")
        assert {method for method, _path in asked} <= {"GET"}
        for at, name, value in ((2, "place", "An invented place"), (3, "story", STORY),
                                (4, "people", "An invented group")):  # fmt: skip
            if at == number:
                expect(reporter.page.locator(f"#{name}")).to_have_value(value)
    expect(reporter.page.get_by_label("Bullying")).to_be_checked()
    # Changed there, the report is looked at again at once, with all the rest.
    reporter.page.get_by_label("Bullying").uncheck()
    reporter.press("Go on")
    assert reporter.path.endswith("/7")
    for text in ("An invented place", "An invented group"):
        expect(reporter.page.locator("main")).to_contain_text(text)
    expect(reporter.page.locator("main")).not_to_contain_text("Bullying")


@pytest.mark.ordeal
def test_reload_and_back_after_sending(reporter: Reporter, served: Served) -> None:
    before = cases(served)
    reporter.begin()
    reporter.to(7)
    reporter.press("Send")
    words = reporter.words()
    asked = reporter.step(reporter.page.reload)
    assert {method for method, _path in asked} == {"GET"}
    assert reporter.words() == words
    reporter.step(reporter.page.go_back)  # to the page that sent it
    assert reporter.words() == words
    assert cases(served) == before + 1


@pytest.mark.ordeal
def test_two_tabs(plain: Reporter, served: Served) -> None:
    """Two reports in one browser stay two; the same page in two tabs sends one."""
    before = cases(served)
    plain.begin()
    plain.to(7)
    first = plain.page
    second, other = plain.screen.context.new_page(), plain.screen.context.new_page()
    second.goto(first.url)
    other.goto(f"{plain.screen.url}/o/eeast/begin")
    other.get_by_role("button", name="begin").click()
    for _ in range(2):
        other.get_by_role("button", name="Go on").click()
    expect(other.locator("#story")).to_have_value("")
    words = set()
    for page in (first, second):
        page.get_by_role("button", name="Send", exact=True).click()
        words.add(page.locator("ol.words").inner_text())
    assert len(words) == 1
    assert cases(served) == before + 1
    expect(other.locator("#story")).to_have_value("")


@pytest.mark.ordeal
def test_cookies_cleared_in_step_four(reporter: Reporter, served: Served) -> None:
    """The page that is open goes on, with all that was typed before."""
    before = cases(served)
    reporter.begin()
    reporter.to(4)
    reporter.page.locator("#people").fill("An invented group")
    reporter.screen.context.clear_cookies()
    reporter.press("Go on")
    reporter.to(7)
    for text in ("A group chat mocks one of us", "An invented group"):
        expect(reporter.page.locator("main")).to_contain_text(text)
    reporter.send()
    assert cases(served) == before + 1


@pytest.mark.ordeal
def test_left_in_another_tab(plain: Reporter) -> None:
    """Nothing is shown any more, also of what is sent then: somebody else may send it."""
    plain.begin()
    plain.to(4)
    plain.page.locator("#people").fill("An invented group")
    left = plain.screen.context.request.get(
        f"{plain.screen.url}/leave", max_redirects=0, ignore_https_errors=True
    )
    assert left.headers["location"] == "https://www.nhs.uk/"
    plain.press("Go on")
    expect(plain.page.locator("h1")).to_have_text("Nothing is open here")
    assert "An invented group" not in plain.page.content()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(True, id="script", marks=pytest.mark.ordeal),
        pytest.param(False, id="no-script"),
    ],
)
def test_no_cookies(
    playwright: Playwright, served: Served, launching: dict[str, Any], tmp_path: Path, script: bool
) -> None:
    """A browser that is set to take none: it is told at once, before a word is typed."""
    settings = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(settings))
    context = playwright.chromium.launch_persistent_context(
        tmp_path, java_script_enabled=script, locale="en-GB", **launching
    )
    page = context.pages[0]
    page.goto(f"{served.url}/o/eeast/begin")
    page.get_by_role("button", name="begin").click()
    expect(page.locator("main")).to_contain_text("Your browser takes no cookies from this site.")
    assert page.locator("textarea").count() == 0
    page.get_by_role("link", name="Begin again").click()
    expect(page.locator("h1")).to_contain_text("Is this your own device?")
    assert not context.cookies()
    context.close()


@pytest.mark.ordeal
@pytest.mark.parametrize(
    "story",
    [
        pytest.param("An invented line of a long story. " * 588 + "12345678", id="20,000"),
        pytest.param("😀😡👩‍👩‍👧‍👦🏳️‍🌈", id="emoji"),
        pytest.param(
            "זה סיפור מומצא: 30 הודעות בקבוצה.\nعشر رسائل، (كل أسبوع).", id="right-to-left"
        ),
    ],
)
def test_what_is_typed_is_what_is_read(
    plain: Reporter, guardian: Screen, served: Served, story: str
) -> None:
    plain.begin()
    plain.to(3)
    plain.page.locator("#story").fill(story)
    plain.press("Go on")
    plain.to(7)
    shown = plain.page.locator(".text[dir=auto]").filter(has_text=story[:4]).first
    assert shown.text_content() == story
    plain.press("Send")
    found = re.search(r"EEA-[0-9A-Z]+", plain.page.locator("main").inner_text())
    assert found is not None
    guardian.goto(f"/console/cases/{found[0]}")
    assert story.split("\n", maxsplit=1)[0].strip() in (
        guardian.page.locator(".report").text_content() or ""
    )


def cases(served: Served) -> int:
    """How many cases there are."""
    return len(rows(served.database_url)["cases"])
