"""Plainly invented directories, threads and stories for tests and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from mobile.app import DOES_NOT_CHECK
from mobile.standing import Standing
from mobile.view import Item, Notice, View, notices
from mobile.who import ADDED, CONSENT, DESK, STRANGER, Person

TOKEN_BYTES = bytes(range(10))
DAY = date(2026, 12, 24)
BAD_LIST = DOES_NOT_CHECK


def choice(code: str, name: str, about: str = "") -> dict[str, str]:
    return {"code": code, "name": name, "about": about}


DIRECTORY: dict[str, Any] = {
    "slug": "eeast",
    "name": "East of England Ambulance Service",
    "desks": [
        {
            "slug": "guardian",
            "name": "Freedom to Speak Up guardian",
            "about": "Independent of your managers",
        },
        {"slug": "senior-manager", "name": "Senior manager", "about": "Can act quickly"},
    ],
    "handlers": [],
    "concerns": [
        choice("bullying", "Bullying", "Mocked, excluded, put down"),
        choice("harassment", "Harassment", "Also for a protected characteristic"),
        choice("sexual-harassment", "Sexual harassment", "Words, pictures or touch"),
        choice("patient-safety", "Patient safety", "Care, delays, equipment"),
        choice("worker-safety", "Worker safety", "Hours, fatigue, wellbeing"),
    ],
    "channels": [
        choice("whatsapp-group", "A private WhatsApp group"),
        choice("direct-message", "A direct message"),
        choice("facebook-group", "A Facebook group"),
        choice("feed", "A colleague\u2019s feed"),
        choice("in-person", "In person"),
    ],
    "professional_groups": [
        choice("ambulance", "Ambulance (operational)"),
        choice("admin", "Administrative and clerical"),
        choice("not-known", "Not known"),
    ],
    "contacts": [
        {"name": "Police", "detail": "Danger now. Can\u2019t speak? Press 55.", "value": "999",
         "kind": "phone", "checked_on": "2026-11-02"},
        {"name": "Samaritans", "detail": "Any time, any worry", "value": "116 123",
         "kind": "phone", "checked_on": "2026-11-02"},
    ],
    "guidance": [
        {"slug": "what-counts", "title": "What counts as harassment",
         "text": "Private groups and feeds count too.\n\nIt can be harassment even if it was not "
         "meant like that.", "checked_on": "2026-11-02"},
        {"slug": "safe-order", "title": "What to do, in a safe order",
         "text": "Stay safe. Capture. Tell us. Leave a group later.", "checked_on": "2026-11-02"},
    ],
    "stretch": {"profile": "TOKEN", "salt": bytes(16)},
    "limits": {"story": 20_000, "answer": 2_000, "message": 20_000},
    "roster_version": 4,
    "time_zone": "Europe/London",
    "release": "at once",
}  # fmt: skip

READERS = {
    "guardian": [("id-1", "handler-1"), ("id-2", "handler-2")],
    "senior-manager": [("id-3", "handler-3"), ("id-4", "handler-4")],
}

STORY = (
    "This story is invented. In a group chat of about thirty colleagues somebody posts pictures "
    "of one of us after each shift and others add jokes about it. It has gone on since spring."
)


def thread() -> tuple[Item, ...]:
    return (
        Item("1", True, "You", "2026-11-19", "Bullying, A private WhatsApp group\n\n" + STORY),
        Item("2", False, "handler-1", "2026-11-20",
             "Thank you for telling me. You did the right thing. Is it all right if I ask you two "
             "questions here?"),
        Item("3", True, "You", "2026-11-20", "Yes. I read this every few days."),
        Item("4", False, "handler-1", "2026-11-22", "Are you safe at work at the moment?"),
        Item("5", False, "handler-2", "2026-11-22", "", warning="This was not signed by the "
             "person it claims to be from."),
        Item("out-1", True, "You", "", "I am. Only the chat worries me.", "waiting"),
    )  # fmt: skip


DETAILS = (
    "As: Investigating manager\n"
    "For: To look into the group chat\nUntil: Wednesday 31 March 2027\n"
    "They could read your report and all messages here, also the earlier ones."
)
ASKS = f"May handler-3 read your case?\n{DETAILS}"
NOW = Standing(
    "They are working on it.",
    "They should tell you what came of it by Friday 19 February 2027.",
    facts=("Received on Thursday 19 November.", "Seen on Friday 20 November."),
)
LATE = Standing(
    "Received. Nobody has picked it up yet.",
    late="They should have answered by Thursday 26 November. They have not.",
    facts=("Received on Tuesday 24 November.",),
    hold="A claim at the tribunal.",
    urgent=True,
)
CLOSED = Standing(
    "Closed. You can still read it and write.",
    facts=("Received on Thursday 19 November.", "Closed on Wednesday 16 December."),
    closed=True,
    unanswered=True,
)


def request(answered: str = "") -> Item:
    """A consent-request as a card, open or answered."""
    buttons = (("allow:1", "Allow"), ("refuse:1", "Don\u2019t allow"))
    text = f"{ASKS}\n\n{answered}" if answered else ASKS
    card = Notice(
        "info", "account-group", "handler-1 asks for your consent", text,
        (("stop:1", "Stop sharing"),) if answered else buttons,
    )  # fmt: skip
    return Item("r", False, "handler-1", "2026-11-23", text, notice=card)


def broken() -> Item:
    """What is told when confidentiality was broken."""
    text = "They told: The police, on the phone\n\nWhy: Somebody was about to be hurt."
    title = "handler-1 told somebody about your case without asking you"
    card = Notice("danger", "alert", title, text)
    return Item("b", False, "handler-1", "2026-11-23", text, notice=card)


def everybody() -> tuple[Person, ...]:
    """A reader of each kind."""
    return (
        person("handler-1"),
        person("handler-3", CONSENT, request="1",
               about="Shared with your consent until Wednesday 31 March 2027."),
        person("handler-4", ADDED, about="Can read it. You added them."),
        person("handler-9", STRANGER, agreed=False,
               about="Not from the desk that you chose, and you did not agree to it."),
    )  # fmt: skip


def person(name: str, why: str = DESK, **more: Any) -> Person:
    about = more.pop("about", "Can read it. Works at this desk.")
    return Person(f"id-{name}", name, why, about, **more)


def view(items: tuple[Item, ...] | None = None, **changes: Any) -> View:
    fields: dict[str, Any] = {
        "reference": "EEA-7F3K2QX9ZB",
        "standing": NOW,
        "people": (person("handler-1"), person("handler-2")),
        "items": thread() if items is None else items,
    }
    fields |= changes
    return View(**({"notices": notices(fields["standing"])} | fields))


def long_thread(count: int) -> tuple[Item, ...]:
    """Messages of several lengths by both sides, a few a day."""
    words = ["the", "crew", "said", "it", "was", "raised", "after", "handover", "again"]
    found = []
    for at in range(count):
        text = " ".join(words[(at * 7 + n) % len(words)] for n in range(3 + at * 5 % 40))
        day = f"2026-{1 + at // 28 % 12:02d}-{1 + at % 28:02d}"
        found.append(Item(str(at), at % 3 != 0, "handler-1", day, f"{at}: {text}."))
    return tuple(found)


@dataclass
class FakeOpened:
    """What `Reporter.open` gives."""

    reference: str
    token: str
    earlier: bool = False
