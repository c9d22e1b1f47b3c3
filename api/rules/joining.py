"""Invitations: made, found again, and used up by whoever joins, renews keys or is added."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import delete, or_, select, update

from api.models.account import Account, Draft, Invitation, Position
from api.models.base import Work
from api.models.organisation import Desk, Organisation
from api.rules import (
    accounts,
    audit,
    bundles,
    credentials,
    organisations,
    positions,
    renewing,
    rosters,
)
from api.rules.bundles import Prepared
from api.rules.credentials import Credentials
from shared.errors import Damaged, Invalid, WrongInvitation
from shared.schemas.accounts import ROLES, WITH_DESKS
from shared.sealing import keyring, roster, tokens
from shared.sealing.encoding import b64, sha256, unb64
from shared.sealing.keyring import PASSWORD, Keyring

PREFIX = "wi_"
LASTS = 7
"""Days that an invitation can be used, unless said otherwise."""

Kind = Literal["new", "renewal", "addition"]
"""A new account; new keys for one that lost them; an account for one more organisation."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What an invitation is for. `username` is that of an account that keeps it."""

    kind: Kind
    organisation: str
    organisation_name: str
    role: str
    display_name: str
    username: str | None


@dataclass(frozen=True, slots=True)
class Practice:
    """What was typed to practise: a code of the new TOTP secret, and the words asked for."""

    code: str = field(repr=False)
    first_word: str = field(repr=False)
    second_word: str = field(repr=False)


def invite(
    db: Work,
    organisation: Organisation,
    role: str,
    display_name: str,
    desks: Iterable[str],
    account_id: UUID | None = None,
    days: int = LASTS,
    *,
    by_operator: bool = False,
    last_handler: bool = False,
) -> tuple[str, Invitation]:
    """An invitation and its code, which is shown once: the row has its hash only.

    With `account_id` it is for an account that is there: if it has a position in the
    organisation, for new keys (role, desks and name stay as they are), else for a role there.
    Whoever runs the service (`by_operator`) may renew an account of several organisations,
    and with `last_handler` one whose keys a roster ends with. Whoever calls it notes it in the
    audit. Raises `Invalid`, which names the field, and `Conflict` if nobody could sign any more.
    """
    found = _invited_account(db, account_id) if account_id else None
    held = db.get(Position, (account_id, organisation.id)) if account_id else None
    if account_id is not None and held is not None:
        if not by_operator and renewing.belongs_elsewhere(db, organisation.id, account_id):
            raise Invalid(errors={"account_id": [renewing.ELSEWHERE]})
        if not last_handler:
            renewing.check_somebody_signs(db, account_id)
        role, desks = held.role, positions.desks(db, account_id, organisation)
    name = found.display_name if found else display_name.strip()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise Invalid(errors={"display_name": ["Use 1 to 100 characters that can be seen."]})
    wanted = sorted(set(desks))
    check_desks(db, organisation, role, wanted)
    today = db.utc.date()
    db.execute(delete(Invitation).where(Invitation.expires_on < today))
    secret = os.urandom(32)
    made = Invitation(
        hash=sha256(secret),
        id=uuid4(),
        organisation_id=organisation.id,
        role=role,
        display_name=name,
        desks=wanted,
        account_id=account_id,
        by_operator=by_operator,
        last_handler=last_handler,
        expires_on=today + timedelta(days=days),
    )
    db.add(made)
    db.flush()
    return PREFIX + b64(secret), made


def _invited_account(db: Work, account_id: UUID) -> Account:
    account = db.get(Account, account_id)
    if account is None:
        raise Invalid(errors={"account_id": ["There is no such account."]})
    return account


def check_desks(db: Work, organisation: Organisation, role: str, desks: list[str]) -> list[int]:
    """The ids of desks that fit this role. Raises `Invalid`, naming `role` or `desks`."""
    if role not in ROLES:
        raise Invalid(errors={"role": [f"Use one of: {', '.join(ROLES)}."]})
    known = db.execute(
        select(Desk.id, Desk.slug).where(Desk.organisation_id == organisation.id).order_by(Desk.id)
    ).all()
    ids = [one.id for one in known if one.slug in desks]
    listed = ", ".join(one.slug for one in known)
    if role not in WITH_DESKS and desks:
        raise Invalid(errors={"desks": ["This role has no desk: it never reads a case."]})
    if role in WITH_DESKS and not desks:
        raise Invalid(errors={"desks": [f"Choose at least one desk of: {listed}."]})
    if len(ids) != len(set(desks)):
        raise Invalid(errors={"desks": [f"There is no such desk. Choose of: {listed}."]})
    return ids


# --- using it up ------------------------------------------------------------------------


def find_invitation(db: Work, code: str) -> Invitation:
    """The invitation of this code. Raises `WrongInvitation`: unknown, used and ended are one."""
    try:
        secret = unb64(code.strip().removeprefix(PREFIX))
    except (Damaged, ValueError):
        raise WrongInvitation from None
    return _by_hash(db, sha256(secret))


def _by_hash(db: Work, hashed: bytes, *, lock: bool = False) -> Invitation:
    wanted = select(Invitation).where(
        Invitation.hash == hashed, Invitation.expires_on >= db.utc.date()
    )
    found = db.scalar(wanted.with_for_update() if lock else wanted)
    if found is None or _came_elsewhere(db, found):
        raise WrongInvitation
    return found


def _came_elsewhere(db: Work, found: Invitation) -> bool:
    """Whether it would renew an account that came to another organisation since."""
    if found.account_id is None or found.by_operator or _kind(db, found) != "renewal":
        return False
    return renewing.belongs_elsewhere(db, found.organisation_id, found.account_id)


def look_up(db: Work, code: str) -> Invited:
    """What the invitation of this code is for. Raises `WrongInvitation`."""
    found = find_invitation(db, code)
    organisation = db.get_one(Organisation, found.organisation_id)
    account = db.get(Account, found.account_id) if found.account_id else None
    return Invited(
        _kind(db, found),
        organisation.slug,
        organisation.name,
        found.role,
        found.display_name,
        account.username if account else None,
    )


def _kind(db: Work, invitation: Invitation) -> Kind:
    if invitation.account_id is None:
        return "new"
    held = db.get(Position, (invitation.account_id, invitation.organisation_id))
    return "addition" if held is None else "renewal"


def prepare(db: Work, code: str, username: str | None, made: Credentials) -> Prepared:
    """What a newcomer is shown, and all of it sealed in `bundle` for an hour; stores nothing.

    `made` are the credentials that it gets. An account that loses nothing but its keys keeps
    its user name. Raises `WrongInvitation`, `Invalid` for a user name
    that can't be used or is taken, and for an invitation that needs `add_to`, and `Conflict`
    where the account's keys are the last that can sign a roster.
    """
    invitation = find_invitation(db, code)
    kind = _kind(db, invitation)
    if kind == "addition":
        fault = ["Sign in with the account that you have: user name, password and code."]
        raise Invalid(errors={"password": fault, "code": fault})
    if invitation.account_id is not None:
        account, username = invitation.account_id, _username_of(db, invitation.account_id)
        if not invitation.last_handler:
            renewing.check_somebody_signs(db, account)
    else:
        account, username = uuid4(), username or ""
        _check_username(db, username)
    organisation = db.get_one(Organisation, invitation.organisation_id)
    slug, role = organisation.slug, invitation.role
    return bundles.new(db, invitation.hash, account, username, slug, role, made)


def _username_of(db: Work, account: UUID) -> str:
    return db.get_one(Account, account).username


def _check_username(db: Work, username: str) -> None:
    fault = None
    if not username or len(username) > 100 or not username.isprintable():
        fault = "Choose a user name: 1 to 100 characters that can be seen."
    elif username != username.strip():
        fault = "Take out the spaces before or after the user name."
    elif db.scalar(select(Account.id).where(Account.username == username)):
        fault = "This user name is taken. Choose another."
    if fault:
        raise Invalid(errors={"username": [fault]})


def complete(db: Work, bundle: str, practice: Practice | None = None) -> dict[str, Any]:
    """Stores what was prepared and uses the invitation up, all at once or not at all.

    Returns what `POST /join` answers. `practice` is checked first where it is given, and its
    code counts as used. Raises `WrongInvitation`, also for a bundle that is altered or older
    than an hour, `Invalid` naming `code`, `first_word`, `second_word` or `username`, and
    `Conflict` as `prepare` does.
    """
    made = bundles.read(db, bundle)
    step = _check_practice(db, made, practice) if practice else None
    invitation = _by_hash(db, made.invitation, lock=True)
    organisation = db.get_one(Organisation, invitation.organisation_id)
    kind = _kind(db, invitation)
    if kind == "addition" or made.account != (invitation.account_id or made.account):
        raise WrongInvitation
    columns = made.credentials.columns(made.account, made.seed)
    if step is not None:
        columns["used_totp"] = credentials.lock_step(
            made.credentials.stretched, made.account, step
        )
    if kind == "new":
        _check_username(db, made.username)
        accounts.store(db, made.account, made.username, invitation.display_name, columns)
        listed = _place(db, organisation, invitation, made.account, Keyring.from_seed(made.seed))
        _use_up(db, invitation)
        audit.record(db, organisation, made.account, "joined", role=invitation.role)
    else:
        listed = _renew(db, invitation, made.account, columns)
        _use_up(db, invitation)
        positions.record(db, made.account, "keys_renewed")
    return made.shown() | {"listed": listed}


def _check_practice(db: Work, made: Prepared, practice: Practice) -> int:
    faults = {}
    step = credentials.step_of(made.totp_secret, practice.code.strip(), db.now)
    if step is None:
        faults["code"] = ["Use the six digits that the app shows now."]
    words = made.recovery.split()
    typed = {"first_word": practice.first_word, "second_word": practice.second_word}
    for (name, text), place in zip(typed.items(), made.places, strict=True):
        if [tokens.find(one) for one in tokens.split(text)] != [words[place - 1]]:
            faults[name] = [f"This is not word {place} of the twelve. Look at it again."]
    if step is None or faults:
        raise Invalid(errors=faults)
    return step


def _renew(db: Work, invitation: Invitation, account_id: UUID, columns: dict[str, Any]) -> bool:
    """New keys: the rosters have the old ones until a handler approves; drafts can't be opened."""
    account = db.get_one(Account, account_id, with_for_update=True)
    if not invitation.last_handler:
        renewing.check_somebody_signs(db, account_id, lock=True)
    accounts.renew(db, account, columns)
    db.execute(delete(Draft).where(Draft.account_id == account_id))
    unlisted = update(Position).where(Position.account_id == account_id).values(listed=False)
    db.execute(unlisted)
    return False


def add_to(
    db: Work, code: str, username: str, stretched: bytes, totp: str
) -> dict[str, Any] | None:
    """Gives an account, which proves itself, the invitation's role; keys and password stay.

    Returns what `POST /join` answers; None if user name, password, code and invitation don't
    belong together: that was counted, commit it. Raises `WrongInvitation`.
    """
    invitation = _by_hash(db, find_invitation(db, code).hash, lock=True)
    if _kind(db, invitation) != "addition":
        raise WrongInvitation
    account = accounts.prove(db, username, stretched, totp)
    if account is None or account.id != invitation.account_id:
        return None
    organisation = db.get_one(Organisation, invitation.organisation_id)
    seed = keyring.unlock(stretched, PASSWORD, account.id, account.sealed_seed)
    listed = _place(db, organisation, invitation, account.id, Keyring.from_seed(seed))
    role = invitation.role
    _use_up(db, invitation)
    audit.record(db, organisation, account.id, "joined", role=role)
    return {
        "handler_id": account.id,
        "username": username,
        "fingerprint": keyring.fingerprint(account.seal_key, account.sign_key),
        "organisation": organisation.slug,
        "role": role,
        "listed": listed,
    }


def _place(
    db: Work, organisation: Organisation, invitation: Invitation, account: UUID, keys: Keyring
) -> bool:
    try:
        desks = check_desks(db, organisation, invitation.role, invitation.desks)
    except Invalid:  # a desk that has gone meanwhile
        raise WrongInvitation from None
    accounts.place(db, account, organisation.id, invitation.role, desks)
    return bool(desks) and sign_first(db, organisation, account, keys)


def sign_first(db: Work, organisation: Organisation, account: UUID, keys: Keyring) -> bool:
    """Begins the roster with this handler, who signs for themselves; false if there is one."""
    if organisations.find_roster(db, organisation) is not None:
        return False
    entry = rosters.entry_of(db, organisation, account)
    today = organisations.today(db, organisation)
    record = roster.first(organisation.slug, entry, [organisation.receipt_key], today)
    rosters.store_record(db, organisation, (), roster.sign(record, keys), account)
    return True


def _use_up(db: Work, invitation: Invitation) -> None:
    """Deletes it, and any other for the same account there: it would mean something else now."""
    same = Invitation.hash == invitation.hash
    if invitation.account_id is not None:
        others = (Invitation.account_id == invitation.account_id) & (
            Invitation.organisation_id == invitation.organisation_id
        )
        same = or_(same, others)
    db.execute(delete(Invitation).where(same))
