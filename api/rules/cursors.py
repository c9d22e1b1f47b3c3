"""Where a page of a list ends, sealed for its reader: numbers would count what is hidden."""

from __future__ import annotations

from api.models.base import Work
from api.rules import locking
from shared.errors import Damaged, Invalid
from shared.sealing.encoding import b64, unb64

_INFO = "wren/v1/cursor"


def seal(db: Work, place: str, where: bytes) -> str:
    """The cursor of a place, which says whose list it is. It works there only.

    `where` has to be of one length whatever it says.
    """
    return b64(locking.lock(db.config, _INFO, where, place.encode()))


def read(db: Work, place: str, text: str) -> bytes:
    """What `seal` sealed for this place. Raises `Invalid`, naming `after`."""
    try:
        return locking.unlock(db.config, _INFO, unb64(text), place.encode())
    except (Damaged, ValueError):
        raise Invalid(errors={"after": ["Use the next of the page before."]}) from None
