"""Pictures of the console's pages at 390 and 1280, while invented people do what they are for."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from api.config import Config
from api.models.base import Database
from tests import need
from tests.conftest import start_demo, stop
from tests.console import samples
from tests.console.screen import WIDTHS, Screen, browser, next_code, window
from tests.filling import fill, invented


@dataclass
class Camera:
    """Takes what a window shows, at each width."""

    out: Path
    taken: list[Path] = field(default_factory=list)

    def take(self, screen: Screen, name: str) -> None:
        """The whole page as it is, named `<name>-<width>.png`."""
        for width in WIDTHS:
            screen.page.set_viewport_size({"width": width, "height": 800})
            path = self.out / f"{name}-{width}.png"
            screen.page.screenshot(path=path, full_page=True)
            self.taken.append(path)
        screen.check()

    def look(self, screen: Screen, path: str, name: str) -> None:
        """A page by its address."""
        screen.goto(path)
        self.take(screen, name)


@dataclass
class Set:
    """What the pictures are taken of: a running demo, its people, and a browser."""

    url: str
    people: Mapping[str, Mapping[str, str]]
    browser: Browser
    camera: Camera
    data: Path

    def window(self, username: str | None = None) -> Screen:
        """A new window, signed in."""
        made = window(self.browser, self.url)
        made.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if username:
            made.sign_in(self.people[username])
        return made


def people(place: Set) -> None:
    """Somebody is invited, joins, and is approved."""
    look = place.camera
    admin = place.window("administrator-1")
    look.look(admin, "/console/people/eeast/invite", "invite")
    admin.page.get_by_label("Name").fill("handler-7")
    admin.page.get_by_label("handler:").check()
    admin.page.get_by_label("Freedom to Speak Up guardian").check()
    admin.press("Make the invitation")
    link = admin.page.locator("#link").input_value()
    shown = "https://wren.example/console/join#wi_7b0Qm-invented-5mJx0aVg2nR4kTz8yLqW3sEuH6cD"
    admin.page.locator("#link").evaluate("(field, text) => { field.value = text }", shown)
    look.take(admin, "invited")
    look.look(admin, "/console/people/eeast", "people-administrator")
    join(place, link)
    handler = place.window("handler-1")
    look.look(handler, "/console/people/eeast", "people")
    handler.page.get_by_role("link", name="Compare and approve").click()
    look.take(handler, "approve")
    handler.page.get_by_label("I have compared").check()
    handler.press("Sign the roster")
    other = place.people["handler-4"]["id"]
    for what in ("change", "renew", "remove"):
        look.look(admin, f"/console/people/eeast/{what}/{other}", f"person-{what}")


def join(place: Set, link: str) -> None:
    """The newcomer's pages."""
    new, look = place.window(), place.camera
    new.goto(link.removeprefix(place.url))
    page = new.page
    page.get_by_label("User name").fill("handler-7")
    look.take(new, "join")
    new.press("Go on")
    secret = page.locator("code.fingerprint").inner_text().replace(" ", "")
    words = [one.strip() for one in page.locator("ol.words li").all_inner_texts()]
    look.take(new, "join-keys")
    new.press("I have kept all three")
    page.get_by_label("Code").fill("12")
    new.press("Make my account")
    look.take(new, "join-practise-fault")
    page.get_by_label("Code").fill(next_code(secret))
    for label in page.locator("label").all_inner_texts():
        number = re.search(r"Recovery word (\d+)", label)
        if number:
            page.get_by_label(label, exact=True).fill(words[int(number[1]) - 1])
    new.press("Make my account")
    look.take(new, "joined")


def own(place: Set) -> None:
    """Sign-in, the own account, lock, recovery."""
    look, nobody = place.camera, place.window()
    look.look(nobody, "/console/sign-in", "sign-in")
    nobody.press("Sign in")
    look.take(nobody, "sign-in-fault")
    look.look(nobody, "/console/recover", "recover")
    nobody.page.get_by_label("User name").fill("handler-2")
    nobody.page.get_by_label("Recovery words").fill(place.people["handler-2"]["recovery"])
    nobody.press("Go on")
    look.take(nobody, "recover-keys")
    one = place.window("handler-3")
    look.look(one, "/console/account", "account")
    look.look(one, "/console/account/leave/eeast", "leave")
    look.look(one, "/console/account/password", "password")
    look.look(one, "/console/nothing-here", "not-found")
    one.goto("/console/account")
    one.page.locator(".menu summary").click()
    look.take(one, "menu")
    one.press("Lock")
    look.take(one, "locked")


def organisation(place: Set) -> None:
    """What administrators keep."""
    look, admin = place.camera, place.window("administrator-1")
    for kind in ("desks", "categories", "contacts", "guidance", "replies"):
        look.look(admin, f"/console/organisation/eeast/{kind}", kind)
    admin.goto("/console/organisation/eeast/guidance")
    admin.page.get_by_role("link", name="Change").first.click()
    admin.press("Preview")
    look.take(admin, "guidance-preview")
    look.look(admin, "/console/organisation/eeast/contacts/new", "contact")
    look.look(admin, "/console/organisation/eeast/settings", "settings")


def counts(place: Set) -> None:
    """The audit, and the figures of quarters that are over."""
    look, today = place.camera, date.today()
    database = Database(Config(f"sqlite:///{place.data / 'wren.db'}", bytes(32)))
    fill(database, "eeast", invented(3, 700, today - timedelta(days=540), today))
    database.engine.dispose()
    look.look(place.window("handler-1"), "/console/audit/eeast", "audit")
    look.look(place.window("analyst-1"), "/console/figures/eeast", "figures")
    look.look(place.window("analyst-1"), "/console/returns/eeast", "returns")
    look.look(place.window("handler-1"), "/console/board/eeast", "board")


def cases(place: Set) -> None:
    """A guardian's day."""
    day, look = samples.fill(place.url, place.people, place.data), place.camera
    one = place.window("handler-1")
    page, case = one.page, f"/console/cases/{day.references[0]}"
    look.look(one, "/console/inbox", "inbox")
    look.look(one, case, "case")
    for more in ("readers", "consent", "notes", "classification", "links", "history", "close",
                 "break-confidentiality", "confidentiality", "print"):  # fmt: skip
        look.look(one, f"{case}/{more}", f"case-{more}")
    look.look(one, f"/console/cases/{day.references[1]}/hold", "case-hold")
    look.look(one, f"/console/cases/{day.references[3]}", "case-closed")
    look.look(one, f"/console/cases/{day.references[3]}/checks/3", "case-check")
    one.goto(f"/console/cases/{day.references[4]}")
    page.get_by_label("Your reply").fill("Thank you. Which shift were you on when you saw it?")
    one.press("Send")
    look.take(one, "case-hint")
    one.goto("/console/inbox")
    page.get_by_role("searchbox").fill("group chat")
    page.keyboard.press("Enter")
    page.locator("mark").first.wait_for()
    look.take(one, "search")
    look.look(one, "/console/handover", "handover")
    day.call("DELETE", "/case", bearer=day.reporters[1])
    look.look(one, f"/console/cases/{day.references[1]}", "case-withdrawn")
    day.let_in(day.references[0], day.handler("handler-1"), place.people["handler-3"]["id"])
    look.look(place.window("handler-3"), case, "case-by-consent")
    look.look(one, "/console/record", "record")
    page.get_by_label("by phone").check()
    page.get_by_label("Confidential:").check()
    page.get_by_label("What happened").fill("An invented call about a group chat.")
    one.press("Record the case")
    look.take(one, "recorded")


SCENES = (people, own, organisation, cases, counts)


def take(out: Path) -> list[Path]:
    """All pictures, in `out`; their paths."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="wren-pictures-") as where:
        process, told = start_demo(Path(where) / "data")
        try:
            everybody: dict[str, Any] = {one["username"]: one for one in told["handlers"]}
            with browser(need.program("chromium")) as started:
                camera = Camera(out)
                for scene in SCENES:
                    scene(Set(told["url"], everybody, started, camera, Path(where) / "data"))
                return camera.taken
        finally:
            stop(process)
