"""The next record of a roster: which handlers it lists, signed by a handler and nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.models.account import Account, Membership, Position
from api.models.base import Work
from api.models.organisation import Desk, Organisation, RosterRecord
from api.rules import audit, organisations, receipt_keys
from shared.errors import BadSignature, BrokenChain, Conflict, NotAllowed, NotFound
from shared.schemas.accounts import WITH_DESKS
from shared.sealing import roster
from shared.sealing.keyring import Keyring, fingerprint
from shared.sealing.roster import Entry, Record, Roster, SignedRecord


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who belongs to an organisation, and how the roster would list them now."""

    account: Account
    position: Position
    entry: Entry

    @property
    def reads(self) -> bool:
        """Whether this role may stand in a roster."""
        return self.position.role in WITH_DESKS


def people(db: Work, organisation: Organisation) -> list[Person]:
    """All who belong to the organisation, by display name. Two statements, however many."""
    desks: dict[UUID, list[str]] = {}
    for account_id, slug in db.execute(
        select(Membership.account_id, Desk.slug)
        .join(Desk, Desk.id == Membership.desk_id)
        .where(Desk.organisation_id == organisation.id)
        .order_by(Desk.slug)
    ):
        desks.setdefault(account_id, []).append(slug)
    found = db.execute(
        select(Account, Position)
        .join(Position, Position.account_id == Account.id)
        .where(Position.organisation_id == organisation.id)
        .order_by(Account.display_name, Account.id)
    )
    return [
        Person(account, position, _entry(account, desks.get(account.id, ())))
        for account, position in found
    ]


def _entry(account: Account, desks: Iterable[str]) -> Entry:
    return Entry(
        account.id, account.display_name, tuple(desks), account.seal_key, account.sign_key
    )


def entry_of(db: Work, organisation: Organisation, handler: UUID) -> Entry:
    """How somebody who belongs here as a handler or manager is listed. Raises `NotFound`."""
    account = db.get(Account, handler)
    position = db.get(Position, (handler, organisation.id))
    if account is None or position is None or position.role not in WITH_DESKS:
        raise NotFound("There is no such handler in this organisation.")
    desks = db.scalars(
        select(Desk.slug)
        .join(Membership, Membership.desk_id == Desk.id)
        .where(Membership.account_id == handler, Desk.organisation_id == organisation.id)
        .order_by(Desk.slug)
    )
    return _entry(account, desks)


def signer_of(db: Work, slug: str, signer: UUID) -> tuple[Organisation, Roster]:
    """The organisation and its roster, for a handler or manager whom the roster lists.

    Raises `NotFound` for who does not belong there or waits, `NotAllowed` for other roles.
    """
    organisation = organisations.find(db, slug)
    position = db.get(Position, (signer, organisation.id))
    if position is None:
        raise NotFound
    if position.role not in WITH_DESKS:
        raise NotAllowed("Only a handler of the roster signs it, never an administrator.")
    if not position.listed:
        raise NotFound
    return organisation, organisations.read_roster(db, organisation)


def next_record(
    db: Work, slug: str, signer: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> dict[str, Any]:
    """A handler of the roster signs the next record; returns the roster.

    `approve`, `retire` and `receipt_key` sign here, with the caller's keyring; `record` and
    `signature` were made by the client. With `approve`, `fingerprint` and `desks` repeat what the
    caller was shown; `receipt_key` is the fingerprint of the organisation's next one.

    Raises `NotFound`, `NotAllowed`, `Conflict`, `BrokenChain` or `BadSignature`.
    """
    # Two handlers, or a handler and an administrator, at once: one after the other.
    db.execute(select(Organisation.id).where(Organisation.slug == slug).with_for_update())
    organisation, before = signer_of(db, slug, signer)
    if "record" in body:
        signed = SignedRecord(body["record"], body["signature"])
    elif keyring is None:
        raise NotAllowed("This session seals by itself: send the signed record.")
    else:
        signed = _signed(db, organisation, before, signer, keyring, body)
    if signed == before.signed[-1]:
        organisations.mark_listed(db, organisation, before.newest)
    else:
        store_record(db, organisation, before.signed, signed, signer)
    return organisations.published_roster(db, slug)


def _signed(
    db: Work,
    organisation: Organisation,
    before: Roster,
    signer: UUID,
    keyring: Keyring,
    body: Mapping[str, Any],
) -> SignedRecord:
    """The next record as the caller asks for it; the newest one if nothing would change."""
    today = organisations.today(db, organisation)
    handlers, keys = before.newest.handlers, _with_receipt_key(organisation, before)
    if "approve" in body:
        wanted = entry_of(db, organisation, body["approve"])
        _check_shown(wanted, body)
        handlers = _approved(handlers, wanted, today)
    elif "retire" in body:
        handlers = _retired(handlers, body["retire"], today)
    else:
        keys = (*keys, _next_key(organisation, body["receipt_key"]))
    if (handlers, keys) == (before.newest.handlers, before.newest.receipt_keys):
        return before.signed[-1]
    return roster.sign(roster.following(before, handlers, signer, today, keys), keyring)


def _next_key(organisation: Organisation, named: str) -> bytes:
    """The receipt key that waits, if it is the one that the caller was shown."""
    key = organisation.receipt_next
    if key is None or receipt_keys.shown(key) != named:
        raise Conflict("No receipt key of this fingerprint waits. Look again, and compare.")
    return key


def _check_shown(wanted: Entry, body: Mapping[str, Any]) -> None:
    shown = fingerprint(wanted.seal_key, wanted.sign_key)
    same_desks = sorted(body.get("desks", wanted.desks)) == sorted(wanted.desks)
    if body.get("fingerprint", shown) != shown or not same_desks:
        raise Conflict("Their keys or desks have changed. Look again, and compare.")


def _keys(entry: Entry) -> tuple[UUID, bytes, bytes]:
    return entry.id, entry.seal_key, entry.sign_key


def _approved(before: tuple[Entry, ...], wanted: Entry, today: date) -> tuple[Entry, ...]:
    """The entries with the wanted one, which takes the place of what they had."""
    if wanted in before:
        return before
    kept = (one for one in before if _keys(one) != _keys(wanted))
    return (*_retired_in(kept, wanted.id, today), wanted)


def _retired(before: tuple[Entry, ...], handler: UUID, today: date) -> tuple[Entry, ...]:
    if not any(one.id == handler for one in before):
        raise NotFound("There is no such handler in the roster.")
    return _retired_in(before, handler, today)


def _retired_in(entries: Iterable[Entry], handler: UUID, today: date) -> tuple[Entry, ...]:
    return tuple(
        replace(one, until=today) if one.id == handler and not one.until else one
        for one in entries
    )


def _with_receipt_key(organisation: Organisation, before: Roster) -> tuple[bytes, ...]:
    keys = before.newest.receipt_keys
    return keys if organisation.receipt_key in keys else (*keys, organisation.receipt_key)


def store_record(
    db: Work,
    organisation: Organisation,
    before: tuple[SignedRecord, ...],
    signed: SignedRecord,
    signer: UUID,
) -> None:
    """Stores the next record if it follows, its signer signs, and all that is new fits.

    What stands in the record before may stand in this one, so that a change of somebody else
    that nobody has approved yet is in no one's way. Raises `BrokenChain`, `BadSignature`,
    `Damaged`, `BadKey`, `NotFound` for an entry of somebody who does not belong here as a
    handler, or `Conflict` if nobody would be left to sign.
    """
    checked = organisations.check_roster((*before, signed), organisation.slug)
    newest = checked.newest
    earlier = checked.records[-2] if len(checked.records) > 1 else None
    if newest.signer != signer:
        raise BadSignature("A record is signed by the handler who sends it.")
    if organisation.receipt_key not in newest.receipt_keys:
        raise BrokenChain("The record leaves out the organisation's receipt key.")
    known = {organisation.receipt_key, *(earlier.receipt_keys if earlier else ())}
    known |= {organisation.receipt_next} if organisation.receipt_next else set()
    if not known.issuperset(newest.receipt_keys):
        raise BrokenChain("The record lists a receipt key that is not the organisation's.")
    changed = _changed(db, organisation, earlier, newest)
    if not can_sign(db, organisation, newest):
        raise Conflict("The last handler can't be retired: nobody could sign after that.")
    db.add(
        RosterRecord(
            organisation_id=organisation.id,
            version=newest.version,
            record=signed.record,
            signature=signed.signature,
        )
    )
    db.flush()
    organisations.mark_listed(db, organisation, newest)
    receipt_keys.take_up(db, organisation, newest)
    for act, handler in changed or [("roster_signed", signer)]:
        audit.record(db, organisation, signer, act, handler=str(handler), version=newest.version)


def can_sign(
    db: Work, organisation: Organisation, newest: Record, without: UUID | None = None
) -> bool:
    """Whether anybody who belongs here as a handler could sign what follows this record.

    `without` is an account that is not counted.
    """
    active = _active(newest)
    return any(
        one.reads and one.account.id != without and _keys(one.entry) in active
        for one in people(db, organisation)
    )


def _active(record: Record) -> set[tuple[UUID, bytes, bytes]]:
    return {_keys(one) for one in record.handlers if not one.until}


def _changed(
    db: Work, organisation: Organisation, earlier: Record | None, newest: Record
) -> list[tuple[str, UUID]]:
    """Checks the entries that are new or changed; what that is in the audit, and whose."""
    known = earlier.handlers if earlier else ()
    acts = []
    for one in newest.handlers:
        if one in known:
            continue
        if one.until:
            if replace(one, until=None) not in known:
                raise BrokenChain("Only an entry of the record before can end.")
            if newest.active(one.id) is None:
                acts.append(("roster_retired", one.id))
        elif entry_of(db, organisation, one.id) != one:
            raise BrokenChain("The record lists a handler with other keys, name or desks.")
        else:
            acts.append(("roster_approved", one.id))
    return acts


# --- who is not as the roster says --------------------------------------------------------


def difference(person: Person, newest: Record | None) -> str | None:
    """Why a handler has to sign for this person: `new`, `keys`, `desks`, `left`, or nothing.

    `desks` is a changed name or changed desks; `left` an entry of somebody who has another
    role now.
    """
    listed = newest.active(person.entry.id) if newest else None
    if not person.reads:
        return "left" if listed else None
    if listed is None:
        return "new"
    if _keys(listed) != _keys(person.entry):
        return "keys"
    return None if listed == person.entry else "desks"


def newcomers(db: Work, slug: str, handler: UUID) -> dict[str, Any]:
    """Whom the roster has to be signed for, as a handler of it sees them before signing.

    `own_fingerprint` is of the caller's keys in the roster. Raises `NotFound` or `NotAllowed`.
    """
    organisation, found = signer_of(db, slug, handler)
    newest = found.newest
    belong = people(db, organisation)
    items = [
        _newcomer(why, newest, person.entry, person.position.role)
        for person in belong
        if (why := difference(person, newest))
    ]
    items += [_newcomer("left", newest, one, None) for one in _strangers(belong, newest)]
    me = newest.active(handler)
    if me is None:
        raise NotFound
    waits = organisation.receipt_next
    return {
        "own_fingerprint": fingerprint(me.seal_key, me.sign_key),
        "items": items,
        "receipt_key": {"key": waits, "fingerprint": receipt_keys.shown(waits)} if waits else None,
    }


def _strangers(belong: Iterable[Person], newest: Record) -> list[Entry]:
    """Entries that read now, of people who belong here no more."""
    here = {person.entry.id for person in belong}
    return [one for one in newest.handlers if not one.until and one.id not in here]


def waiting(db: Work, slug: str) -> int:
    """How many people, or keys, the roster has to be signed for; four statements.

    Raises `NotFound`.
    """
    organisation = organisations.find(db, slug)
    newest = organisations.read_roster(db, organisation).newest
    belong = people(db, organisation)
    changed = sum(1 for one in belong if difference(one, newest))
    return changed + len(_strangers(belong, newest)) + (organisation.receipt_next is not None)


def strangers(db: Work, organisation: Organisation, newest: Record) -> list[str]:
    """The names of entries that read now, of people who belong here no more."""
    return [one.name for one in _strangers(people(db, organisation), newest)]


def left(db: Work, organisation: Organisation, newest: Record) -> int:
    """How many entries read now although their people left, or have a role that reads nothing."""
    belong = people(db, organisation)
    turned = (one for one in belong if difference(one, newest) == "left")
    return len(_strangers(belong, newest)) + sum(1 for _ in turned)


def renewed(db: Work, organisation: Organisation, newest: Record) -> list[str]:
    """Names in the roster of those whose account has other keys now."""
    return [
        one.entry.name for one in people(db, organisation) if difference(one, newest) == "keys"
    ]


def _newcomer(why: str, newest: Record, entry: Entry, role: str | None) -> dict[str, Any]:
    listed = newest.active(entry.id)
    return {
        "id": entry.id,
        "display_name": entry.name,
        "role": role,
        "desks": list(entry.desks),
        "why": why,
        "fingerprint": fingerprint(entry.seal_key, entry.sign_key),
        "listed_fingerprint": fingerprint(listed.seal_key, listed.sign_key) if listed else None,
        "listed_name": listed.name if listed else None,
        "listed_desks": list(listed.desks) if listed else None,
    }
