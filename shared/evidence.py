"""What a message's signed body says of the attachments that are evidence.

`evidence` is a list of `{"attachment", "sharing", "source", "transcript"}`: read tolerantly,
since whoever signed it was another client, perhaps a newer or a faulty one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

FOR_HANDLER, FOR_INVESTIGATION = "handler", "investigation"
SHARING = (FOR_HANDLER, FOR_INVESTIGATION)
"""For the handler's eyes only, which is the default; or may be shown in an investigation."""

PICTURE, FILE, MESSAGES = "picture", "file", "messages"
SOURCES = (PICTURE, FILE, MESSAGES)
"""`messages` is text from an export, which anyone can edit."""

TRANSCRIPT = 5_000
"""The longest transcript, in code points."""

MOST = 20
"""The most attachments of one message or note."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One attachment as evidence. `transcript` is empty where nothing was retyped."""

    attachment_id: UUID
    sharing: str = FOR_HANDLER
    source: str = FILE
    transcript: str = field(default="", repr=False)

    def as_body(self) -> dict[str, str]:
        """The piece as it stands in a signed body, and in `content.evidence`."""
        return {
            "attachment": str(self.attachment_id),
            "sharing": self.sharing,
            "source": self.source,
            "transcript": self.transcript,
        }


def pieces(content: Mapping[str, Any]) -> list[Piece]:
    """The attachments of a message's content, in its order, each with what is said of it.

    An attachment of which nothing is said is a file for the handler's eyes only; so is one of
    which something unknown is said. What is said of others than the message names is nothing.
    """
    said: dict[UUID, Piece] = {}
    found = content.get("evidence")
    for one in found if isinstance(found, list) else ():
        piece = _piece(one)
        if piece is not None:
            said.setdefault(piece.attachment_id, piece)
    named = content.get("attachments")
    ids = (_id(one) for one in named) if isinstance(named, list | tuple) else iter(())
    return [said.get(one, Piece(one)) for one in dict.fromkeys(ids) if one is not None]


def _piece(fields: Any) -> Piece | None:
    if not isinstance(fields, Mapping):
        return None
    attachment = _id(fields.get("attachment"))
    if attachment is None:
        return None
    sharing, source = fields.get("sharing"), fields.get("source")
    transcript = fields.get("transcript")
    return Piece(
        attachment,
        FOR_INVESTIGATION if sharing == FOR_INVESTIGATION else FOR_HANDLER,
        str(source) if source in SOURCES else FILE,
        transcript[:TRANSCRIPT] if isinstance(transcript, str) else "",
    )


def _id(value: Any) -> UUID | None:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
