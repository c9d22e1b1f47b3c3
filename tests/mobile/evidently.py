"""The pages of evidence in each of their states, with plainly invented contents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from PIL import Image

from mobile import questions
from mobile.case_evidence import PROOF
from mobile.evidence import EDITABLE, FULL, REPORT, Piece
from mobile.gathering import not_cleaned, text_for
from mobile.item import EVIDENCE, SENDING, OutboxItem
from mobile.language import _
from mobile.pictures import Entry
from mobile.pieces_shown import of_item, of_message, progress
from mobile.screens.conversation import Conversation
from mobile.screens.decide import Decide
from mobile.screens.evidence import EvidencePage
from mobile.screens.save_to import SaveTo
from mobile.screens.viewed import ViewedPage
from mobile.view import WAITING, Item
from mobile.viewing import DAMAGED, NOT_SHOWN
from shared.errors import Damaged
from shared.evidence import FILE, FOR_INVESTIGATION, MESSAGES, PICTURE
from shared.sealing.stream import Description
from shared.thread import ThreadMessage
from tests.mobile import samples

WORDS = "Person A: This line is invented.\nPerson B: So is this one."
PIECES = (
    Piece("aa", REPORT, 1, "image/png", "picture", "png", 2_340_000, "", PICTURE,
          FOR_INVESTIGATION, "IMG_0207.jpg", "An invented line, retyped."),
    Piece("bb", REPORT, 2, "text/plain", "text", "txt", 4_100, "", MESSAGES),
    Piece("cc", REPORT, 3, "application/pdf", "pdf", "pdf", 480_000, "", FILE,
          label="A letter with a name so long that it can't stand in one line.pdf"),
)  # fmt: skip


def page(pieces: Any = PIECES, **changes: Any) -> EvidencePage:
    shown = EvidencePage(back=lambda: None)
    for name, value in changes.items():
        setattr(shown, name, value)
    shown.show(pieces)
    return shown


def full() -> EvidencePage:
    shown = page()
    shown.tell(_(FULL))
    return shown


def ask(question: Any) -> Decide:
    shown = Decide(back=lambda: None)
    shown.show(question)
    return shown


def waiting(*, done: tuple[int, int] = (0, 0)) -> Item:
    """A message with evidence that waits, or is on its way."""
    pieces = [{"parts": one.name, "piece": one.as_record()} for one in PIECES[:2]]
    content = {"text": text_for(2), "pieces": pieces}
    item = OutboxItem("out-2", EVIDENCE, "x", content=content, case="x", state=SENDING, done=done)
    return Item(item.name, True, _("You"), "", item.text, WAITING, pieces=of_item(item),
                progress=progress(item))  # fmt: skip


def arrived() -> tuple[Item, ...]:
    """A reporter's message with evidence, and a handler's: one of its two files is damaged."""
    ids = [UUID(int=at) for at in range(1, 6)]
    about = Description(b"", "picture-1.png", "image/png", 2_340_000, b"")
    found: dict[UUID, Any] = {
        ids[0]: about,
        ids[1]: replace(about, name="messages-2.txt", size=4_100),
        ids[2]: replace(about, name="An invented map.pdf", size=480_000),
        ids[3]: Damaged(),
    }
    said = [
        {"attachment": str(ids[0]), "sharing": FOR_INVESTIGATION, "source": PICTURE,
         "transcript": "An invented line, retyped."},
        {"attachment": str(ids[1]), "source": MESSAGES},
    ]  # fmt: skip
    items = []
    for author, text, named, evidence in (
        ("reporter", text_for(2), ids[:2], said),
        ("handler:1", samples.SAFE, ids[2:4], []),
    ):
        content = {"text": text, "attachments": [str(one) for one in named], "evidence": evidence}
        message = ThreadMessage(ids[4], 1, author, samples.DAY, content, None)
        mine = author == "reporter"
        cards = of_message(message, found)
        items.append(Item(author, mine, "handler-1", str(samples.DAY), text, pieces=cards))
    return tuple(items)


def talk(*items: Item) -> Conversation:
    shown = Conversation(attach=lambda: None)
    shown.show(samples.view(items))
    return shown


def viewed(kind: str) -> ViewedPage:
    shown = ViewedPage(back=lambda: None, can_save=kind != "damaged")
    label = _(EDITABLE) if kind == "text" else ""
    shown.show("picture-1.png" if kind == "picture" else "words.txt", "2.3 MB", label)
    if kind == "picture":
        shown.show_picture(Image.linear_gradient("L").convert("RGB").resize((400, 700)))
    elif kind == "text":
        shown.show_text(WORDS)
    elif kind == "damaged":
        shown.tell(_(DAMAGED), title=_("This file did not check"))
    elif kind == "other":
        shown.tell(_(NOT_SHOWN), kind="info")
    return shown


def save_to() -> SaveTo:
    shown = SaveTo(back=lambda: None, up=lambda: None)
    shown.show("home", [Entry(Path("/x/Documents"), True), Entry(Path("/x/Old"), True)], PROOF)
    return shown


SCREENS: dict[str, Callable[[], Any]] = {
    "evidence": lambda: page(kept=True),
    "evidence-none": lambda: page(()),
    "evidence-case": lambda: page(in_case=True),
    "evidence-busy": lambda: page(in_case=True, busy=True),
    "evidence-full": full,
    "evidence-not-cleaned": lambda: ask(not_cleaned()),
    "conversation-evidence": lambda: talk(*arrived()),
    "conversation-evidence-waiting": lambda: talk(waiting()),
    "conversation-evidence-sending": lambda: talk(waiting(done=(3, 8))),
    "viewed-picture": lambda: viewed("picture"),
    "viewed-text": lambda: viewed("text"),
    "viewed-other": lambda: viewed("other"),
    "viewed-damaged": lambda: viewed("damaged"),
    "viewed-fetching": lambda: viewed("fetching"),
    "file-save": lambda: ask(questions.save_file()),
    "save-to": save_to,
    "proof": lambda: ask(questions.proof()),
}
