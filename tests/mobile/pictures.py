"""`python -m tests.mobile.pictures OUTDIR [WIDTH HEIGHT SCALE night]`: the main screens as PNG.

By day, and some of them by night too; with `night` all of them by night. Rendered by real GL
into a texture, without a window on any display.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

AT_NIGHT = ("conversation", "consent", "case-late", "stranger", "late", "closing", "withdraw")
"""Screens that are taken in both colours."""


def screens() -> Iterator[tuple[str, Callable[[], Any]]]:
    """(name, how to make it) of each picture, with invented contents."""
    from mobile import questions
    from mobile.draft import Draft
    from mobile.screens.address import AddressPage
    from mobile.screens.case import CasePage
    from mobile.screens.closing import Closing
    from mobile.screens.conversation import Conversation
    from mobile.screens.decide import Decide
    from mobile.screens.guidance import Guidance
    from mobile.screens.late import Late
    from mobile.screens.pick import Pick
    from mobile.screens.report import Report
    from mobile.screens.sign_in import SignIn
    from mobile.screens.welcome import Welcome
    from mobile.screens.withdraw import Withdraw
    from mobile.screens.words import WordsPage
    from mobile.who import ENDED
    from shared.sealing import tokens
    from tests.mobile import samples

    draft = Draft(
        concerns=["bullying", "harassment"], channel="whatsapp-group", story=samples.STORY,
        when="Most weeks since spring", place="An invented group", wanted="That it stops.",
        who_knows="About thirty people", excluded=["id-2"], agreed=["id-1", "id-2"],
    )  # fmt: skip

    def step(number: int) -> Any:
        page = Report(draft, samples.DIRECTORY, readers=lambda desk: samples.READERS[desk])
        page.step = number
        return page

    def danger() -> Any:
        return Report(Draft(in_danger=True), samples.DIRECTORY)

    def welcome() -> Any:
        page = Welcome()
        page.show(samples.DIRECTORY)
        return page

    def guidance() -> Any:
        page = Guidance()
        page.show(samples.DIRECTORY, "what-counts")
        return page

    def words(phase: int) -> Any:
        page = WordsPage(tokens.encode(samples.TOKEN_BYTES), reference="EEA-7F3K2QX9ZB")
        page.phase = phase
        return page

    def sign_in() -> Any:
        page = SignIn(tokens)
        for word in tokens.encode(samples.TOKEN_BYTES).split()[:3]:
            page.take(word)
        page.ids.typed.ids.box.text = "ab"
        return page

    def conversation(items: Any = None, **changes: Any) -> Any:
        page = Conversation()
        page.show(samples.view(items, **changes))
        return page

    def decide(question: Any) -> Any:
        page = Decide(back=lambda: None)
        page.show(question)
        return page

    def case(standing: Any, people: Any) -> Any:
        page = CasePage(back=lambda: None)
        page.show(samples.view(standing=standing, people=people))
        return page

    def pick() -> Any:
        page = Pick(title="Another desk", heading="Which desk should have it?")
        about = "Read by handler-3, handler-4"
        page.show([{"code": "x", "name": "Senior manager", "about": about}], "desk", "")
        return page

    def outside() -> Any:
        page = Guidance(title="Outside help")
        page.show(samples.DIRECTORY, contacts_only=True)
        return page

    def withdraw() -> Any:
        page = Withdraw(reference="EEA-7F3K2QX9ZB")
        page.show(questions.withdrawing("A claim at the tribunal."))
        return page

    answer = {"deleted": True, "held": False, "exports": 1, "backups_until": samples.DAY}
    stranger, ended = samples.everybody()[-1:], samples.person("handler-3", ENDED)

    def trouble() -> Any:
        page = step(6)
        page.tell("The service can\u2019t be reached. Nothing is lost: try again when you have "
                  "signal.", action="Try again", title="Not sent yet")  # fmt: skip
        return page

    yield "welcome", welcome
    yield "address", AddressPage
    yield "guidance", guidance
    for number, name in enumerate(("about", "where", "story", "people", "wanted", "readers")):
        yield f"report-{name}", lambda number=number: step(number)
    yield "report-danger", danger
    yield "report-check", lambda: step(6)
    yield "report-trouble", trouble
    yield "words", lambda: words(0)
    yield "words-practise", lambda: words(1)
    yield "words-done", lambda: words(2)
    yield "sign-in", sign_in
    yield "conversation", conversation
    yield "consent", lambda: conversation((*samples.thread()[:2], samples.request()))
    given = samples.request("You allowed this on Monday 23 November. You can stop it at any time.")
    yield "consent-given", lambda: conversation((*samples.thread()[:2], given))
    yield "consent-allow", lambda: decide(questions.allow("handler-3", samples.DETAILS))
    yield "consent-refuse", lambda: decide(questions.refuse("handler-3", samples.DETAILS))
    yield "consent-stop", lambda: decide(questions.stop("handler-3"))
    yield "case", lambda: case(samples.NOW, samples.everybody()[:3])
    yield "case-late", lambda: case(samples.LATE, samples.everybody())
    yield "stranger", lambda: conversation(samples.thread()[:4], people=samples.everybody())
    yield "stranger-decide", lambda: decide(questions.stranger(stranger))
    yield "consent-ended", lambda: decide(questions.stranger([ended]))
    yield "told-outside", lambda: conversation((*samples.thread()[:2], samples.broken()))
    yield "stopped", lambda: decide(questions.stopped(samples.BAD_LIST))
    yield "late", lambda: conversation(samples.thread()[:1], standing=samples.LATE)
    yield "late-ways", lambda: Late(late=samples.LATE.late)
    yield "late-desk", pick
    yield (
        "late-desk-ask",
        lambda: decide(
            questions.to_desk(
                "Senior manager", ["handler-3", "handler-4"], "The guardian\u2019s desk"
            )
        ),
    )
    yield "late-outside", outside
    yield "let-in", lambda: decide(questions.add("handler-4", "Senior manager"))
    yield "shut-out", lambda: decide(questions.shut_out("handler-4"))
    yield "closed", lambda: conversation(samples.thread()[:4], standing=samples.CLOSED)
    yield "closing", Closing
    yield "withdraw", withdraw
    yield "withdrawn", lambda: decide(questions.withdrawn(answer, samples.DAY))


def render(out: Path, width: int, height: int, scale: float, night: bool) -> list[Path]:
    """Writes the pictures; returns their paths."""
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    os.environ["KIVY_LOG_MODE"] = "PYTHON"  # else a traceback would vanish in Kivy's log
    from mobile.main import configure

    configure()
    from kivy.config import Config

    Config.set("graphics", "width", str(width))
    Config.set("graphics", "height", str(height))
    from kivy.base import EventLoop
    from kivy.core.window import Window
    from kivy.metrics import Metrics

    from tests.mobile.ground import on_ground

    Metrics.fontscale = scale
    from mobile.theme import theme

    EventLoop.ensure_window()
    out.mkdir(parents=True, exist_ok=True)

    def take(name: str, make: Callable[[], Any]) -> Path:
        page = make()
        page.size_hint = None, None
        page.size = width, height
        Window.add_widget(page)
        for _ in range(6):
            EventLoop.idle()
        path = out / f"{name}.png"
        page.export_to_png(str(path))
        on_ground(path, theme.paper)
        Window.remove_widget(page)
        return path

    theme.night = night
    found = [take(name, make) for name, make in screens()]
    theme.night = True
    also = () if night else AT_NIGHT
    return found + [take(f"{name}-night", make) for name, make in screens() if name in also]


def main() -> None:
    """Reads the arguments."""
    out, *rest = sys.argv[1:] or ["var/pictures"]
    width, height, scale = [*rest[:3], *("390", "844", "1")[len(rest[:3]) :]]
    for path in render(Path(out), int(width), int(height), float(scale), "night" in rest):
        print(path)


if __name__ == "__main__":
    main()
