"""The page that shows what may point at somebody, for pictures and tests: invented texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mobile.language import count
from mobile.pointing import of_fields
from mobile.screens.conversation import Conversation
from mobile.screens.pointing import Pointing
from tests.mobile import samples

TEXTS = {
    "story": "This is invented. It began in spring, in the group for our station. Last Tuesday, "
    "on my night shift, I was the only woman in the mess room when Baz Quillmore showed us the "
    "picture. I wrote: \u201cPlease take that down\u201d, and at 06:45 he posted it again. Dave, "
    "Kieran, Debs and Joanne were in the group then.",
    "when": "12/04/2025, about 3am",
    "people": "Baz Quillmore and my crewmate. handler-1 knows about it.",
}
REPLY = "Ring me on 07700 900123 after my night shift on Tuesday 3 March."


def page(**changes: Any) -> Pointing:
    """What is found in TEXTS."""
    found = Pointing(progress=0.86)
    options: dict[str, Any] = {"texts": TEXTS, "left": (), "many": ""} | changes
    looked = of_fields(options["texts"], ["handler-1"])
    found.show(options["texts"], looked, options["left"], options["many"])
    return found


def nothing() -> Pointing:
    return page(texts={"story": "In a group people share jokes about a colleague."})


def left() -> Pointing:
    """Every card left as it is."""
    shown = page()
    for card in shown.ids.cards.children:
        if hasattr(card, "left"):
            card.dispatch("on_leave_it")
    return shown


def reply() -> Pointing:
    shown = Pointing(reply=True)
    shown.show({"reply": REPLY}, of_fields({"reply": REPLY}))
    return shown


def retyped() -> Pointing:
    shown = Pointing(words=True, back=lambda: None)
    shown.show({"words": REPLY}, of_fields({"words": REPLY}))
    return shown


def banner() -> Conversation:
    """A reply that was to be sent."""
    shown = Conversation()
    shown.show(samples.view(samples.thread()[:4]))
    shown.ids.box.text = REPLY
    shown.ids.pointing.tell(
        count("{n} thing in it could point at you", "{n} things in it could point at you", 3)
    )
    return shown


SCREENS: dict[str, Callable[[], Any]] = {
    "pointing": page,
    "pointing-few": lambda: page(texts={"story": TEXTS["when"]}, many="1-2"),
    "pointing-many": lambda: page(texts={"story": TEXTS["when"]}, many="more"),
    "pointing-nothing": nothing,
    "pointing-left": left,
    "pointing-looking": Pointing,
    "reply-pointing": reply,
    "retyped-pointing": retyped,
    "conversation-pointing": banner,
}
