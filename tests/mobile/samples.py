"""Plainly invented directories, threads and stories for tests and pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mobile.app import DOES_NOT_CHECK
from mobile.language import _
from mobile.standing import Standing, standing
from mobile.view import BROKEN, Cards, Item, View, notices
from mobile.who import ADDED, CONSENT, DESK, ENDED, STRANGER, Person, people
from shared.consents import Asked, Consent
from shared.errors import BadSignature
from shared.who import Reader

TOKEN_BYTES = bytes(range(10))
DAY = date(2026, 12, 24)


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
    "limits": {
        "story": 20_000,
        "answer": 2_000,
        "message": 20_000,
        "attachment_bytes": 50_000_000,
        "case_bytes": 200_000_000,
        "attachment_types": ["picture", "pdf", "text", "audio", "video", "office"],
    },
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
    you, said = _("You"), BadSignature().detail
    begun = ", ".join(_(one) for one in ("Bullying", "A private WhatsApp group"))
    return (
        Item("1", True, you, "2026-11-19", f"{begun}\n\n{STORY}"),
        Item("2", False, "handler-1", "2026-11-20", THANKS),
        Item("3", True, you, "2026-11-20", READ),
        Item("4", False, "handler-1", "2026-11-22", SAFE),
        Item("5", False, "handler-2", "2026-11-22", "", warning=_(said)),
        Item("out-1", True, you, "", ONLY_CHAT, "waiting"),
    )


THANKS = (
    "Thank you for telling me. You did the right thing. Is it all right if I ask you two "
    "questions here?"
)
READ = "Yes. I read this every few days."
SAFE = "Are you safe at work at the moment?"
ONLY_CHAT = "I am. Only the chat worries me."
ROLE, PURPOSE = "Investigating manager", "To look into the group chat"
TOLD, WHY_TOLD = "The police, on the phone", "Somebody was about to be hurt."
HELD = "A claim at the tribunal."
UNTIL = date(2027, 3, 31)
ASKED = Asked("1", "handler:1", ("handler-3",), UNTIL, ROLE, PURPOSE)  # type: ignore[arg-type]
ALLOWED = Consent(
    "a",
    "1",
    True,
    frozenset(ASKED.handlers),
    UNTIL,
    date(2026, 11, 23),
    ROLE,  # type: ignore[arg-type]
)


def cards(answer: Consent | None = None) -> Cards:
    """What makes cards of requests, for a directory and people that are invented."""
    given: Any = {} if answer is None else {ASKED.id: answer}
    found = Cards(str, DIRECTORY, DAY, given, (), ())
    found.name = str  # type: ignore[method-assign]
    return found


def _now() -> Standing:
    days = {"opened_on": date(2026, 11, 19), "acknowledged_on": date(2026, 11, 20)}
    return standing({"status": "in_progress", "feedback_by": date(2027, 2, 19), **days}, DAY)


def _late() -> Standing:
    days = {"opened_on": date(2026, 11, 24), "acknowledge_by": date(2026, 11, 26)}
    late = {"overdue": "acknowledge", "urgent": True, "legal_hold": {"reason": HELD}}
    return standing({"status": "new", **days, **late}, DAY)


def _copied() -> Standing:
    """Case files were made of it: more than are told one by one."""
    days = {"opened_on": date(2026, 11, 19), "acknowledged_on": date(2026, 11, 20)}
    made = [
        {"day": date(2026, 12, 1), "kind": kind, "display_name": "handler-1"}
        for kind in ("full", "sharing")
    ]
    made += [{"day": date(2026, 12, 2), "kind": "full", "display_name": ""}] * 20
    return standing({"status": "in_progress", "exports": made, **days}, DAY)


def _closed() -> Standing:
    days = {"opened_on": date(2026, 11, 19), "closed_on": date(2026, 12, 16)}
    return standing({"status": "closed", "answered": False, **days}, DAY)


_IN_WORDS = {
    "NOW": _now, "LATE": _late, "COPIED": _copied, "CLOSED": _closed,
    "DETAILS": lambda: cards().details(ASKED),
    "BAD_LIST": lambda: _(DOES_NOT_CHECK),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """What is in words is made when it is asked for, in the language of that moment."""
    if name not in _IN_WORDS:
        raise AttributeError(name)
    return _IN_WORDS[name]()


def request(answered: bool | str = False) -> Item:
    """A consent-request as a card, open or answered."""
    card = cards(ALLOWED if answered else None).request(ASKED, "handler-1")
    return Item("r", False, "handler-1", "2026-11-23", card.text, notice=card)


def broken() -> Item:
    """What is told when confidentiality was broken."""
    content = {"type": "status", "event": BROKEN, "told": TOLD, "reason": WHY_TOLD}
    card = cards()._notice(None, "handler-1", content)  # type: ignore[arg-type]
    assert card is not None
    return Item("b", False, "handler-1", "2026-11-23", card.text, notice=card)


def everybody() -> tuple[Person, ...]:
    """A reader of each kind."""
    return (
        person("handler-1"),
        person("handler-3", CONSENT, consent=ALLOWED, request="1"),
        person("handler-4", ADDED),
        person("handler-9", STRANGER, agreed=False),
    )


def person(name: str, why: str = DESK, **more: Any) -> Person:
    reader = Reader(f"id-{name}", name, why, consent=more.pop("consent", None))  # type: ignore[arg-type]
    if why == ENDED:
        reader = replace(reader, consent=replace(ALLOWED, until=date(2026, 12, 1)))
    return replace(people([reader], DAY)[0], **more)


def view(items: tuple[Item, ...] | None = None, **changes: Any) -> View:
    fields: dict[str, Any] = {
        "reference": "EEA-7F3K2QX9ZB",
        "standing": _now(),
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
