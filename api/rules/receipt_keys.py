"""The receipt key's successor: made by the operator, put into the roster by a handler.

Until a handler has signed a record that lists the new key, the old one signs receipts. From then
on the new one does, and the old one's private half is gone; its public half stays in the roster
for good, so that what it signed verifies.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from api.models.base import Work
from api.models.organisation import Organisation
from api.rules import audit, organisations
from shared.errors import NotFound
from shared.sealing.keyring import fingerprint
from shared.sealing.roster import Record


def shown(key: bytes) -> str:
    """A receipt key's fingerprint, as people compare it: eight groups of four hex digits."""
    return fingerprint(b"", key)


def make_next(db: Work, slug: str) -> bytes:
    """Makes the key that comes next; one that waited is dropped. Its public half.

    Raises `NotFound` for an unknown organisation, or one without a roster: that has no receipts.
    """
    found = organisations.find(db, slug)
    organisation = db.get_one(Organisation, found.id, with_for_update=True)
    if organisations.find_roster(db, organisation) is None:
        raise NotFound(f"{slug} has no roster yet: its first handler signs the first key.")
    key = Ed25519PrivateKey.generate()
    organisation.receipt_next = key.public_key().public_bytes_raw()
    organisation.receipt_next_private = organisations.lock_receipt_key(db, slug, key)
    db.flush()
    named = shown(organisation.receipt_next)
    audit.record(db, organisation, audit.OPERATOR, "receipt_key_made", key=named)
    return organisation.receipt_next


def take_up(db: Work, organisation: Organisation, newest: Record) -> None:
    """The next key signs from now on, if the newest record lists it."""
    if organisation.receipt_next is None or organisation.receipt_next_private is None:
        return
    if organisation.receipt_next in newest.receipt_keys:
        organisation.receipt_key = organisation.receipt_next
        organisation.receipt_private = organisation.receipt_next_private
        organisation.receipt_next = organisation.receipt_next_private = None
        db.flush()


def state(db: Work, slug: str) -> tuple[str, str | None]:
    """The fingerprints of the key that signs now, and of the one that waits, if one does.

    Raises `NotFound`.
    """
    found = db.scalar(select(Organisation).where(Organisation.slug == slug))
    if found is None:
        raise NotFound(f"There is no organisation {slug}.")
    return shown(found.receipt_key), shown(found.receipt_next) if found.receipt_next else None
