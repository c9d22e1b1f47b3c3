"""Evidence as the conversation shows it: a card for each piece. No Kivy here."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from mobile.evidence import EDITABLE, SHARED, Piece, named, size_of
from mobile.item import SENT, OutboxItem
from mobile.language import _
from mobile.view import Notice
from shared import evidence
from shared.errors import WrenError
from shared.evidence import MESSAGES, PICTURE
from shared.sealing.stream import Description
from shared.thread import ThreadMessage

LONGEST_NAME = 80
ICONS = {PICTURE: "image", MESSAGES: "message"}

Described = Mapping[UUID, Description | WrenError]
"""What was found out of each attachment, or why that could not be opened."""


def tame(name: str) -> str:
    """A stranger's file name without what would turn or hide it (Unicode's category C)."""
    shown = "".join(one for one in name if one.isprintable()).strip()
    return shown[:LONGEST_NAME]


def of_message(message: ThreadMessage, described: Described) -> tuple[Notice, ...]:
    """The cards of a message that was opened."""
    mine = message.author == "reporter"
    pieces = evidence.pieces(message.content or {})
    return tuple(_card(message.id, one, described.get(one.attachment_id), mine) for one in pieces)


def _card(
    message: UUID, piece: evidence.Piece, found: Description | WrenError | None, mine: bool
) -> Notice:
    icon = ICONS.get(piece.source, "file")
    title, lines = _("A file"), []
    if isinstance(found, WrenError):
        why = _("It does not check. Don\u2019t trust it: {why}").format(why=_(found.detail))
        return Notice("danger", "alert-circle", title, why)
    if found is not None:
        title = tame(found.name) or title
        lines.append(size_of(found.size))
    if mine:
        lines.append(_(SHARED[piece.sharing]))
    if piece.source == MESSAGES:
        lines.append(_(EDITABLE))
    text = " \u00b7 ".join(lines)
    if piece.transcript:
        text = f"{text}\n\n{piece.transcript}"
    code = f"open:{message}:{piece.attachment_id}"
    return Notice("info", icon, title, text, ((code, _("Open")),))


def of_item(item: OutboxItem) -> tuple[Notice, ...]:
    """The cards of a message that waits; the last has the button that takes it back."""
    cards = []
    for each in item.pieces:
        one = Piece.from_record(each["piece"])
        text = f"{one.about}\n\n{one.transcript}" if one.transcript else one.about
        title = one.label or named(one.source, one.group)
        cards.append(Notice("info", ICONS.get(one.source, "file"), title, text))
    if cards and item.state != SENT and not item.sealed:
        last = cards[-1]
        back = ((f"back:{item.name}", _("Take it back")),)
        cards[-1] = Notice(last.kind, last.icon, last.title, last.text, back)
    return tuple(cards)


def progress(item: OutboxItem) -> str:
    """How much of it the service has; empty before there is any."""
    done, of = item.done
    if not done or item.state == SENT:
        return ""
    return _("Being sent: {percent}%").format(percent=100 * done // max(1, of))
