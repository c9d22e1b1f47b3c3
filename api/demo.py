"""`wren demo`: an organisation to try everything with, prepared once and kept."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from subprocess import Popen
from sys import executable
from typing import Any

from sqlalchemy import select

from api import config, sample, setup
from api.models.account import Account, Membership, Position
from api.models.base import Database, Work
from api.models.organisation import Desk
from api.rules import categories, organisations
from api.rules.accounts import NewHandler
from shared.sealing.encoding import b64

SLUG = "eeast"
PEOPLE = (
    # user name, role, desks
    ("handler-1", "handler", ("guardian",)),
    ("handler-2", "handler", ("guardian",)),
    ("handler-3", "manager", ("senior-manager",)),
    ("handler-4", "manager", ("senior-manager",)),
    ("administrator-1", "administrator", ()),
    ("analyst-1", "analyst", ()),
)


SAMPLED = "sample"
"""The file in the directory that says: its cases are the sample's, all of them are there."""


def is_new(directory: Path) -> bool:
    """Whether the sample was not made there yet, or not whole."""
    return not (directory / SAMPLED).exists()


def prepare(directory: Path, sampled: bool = False) -> tuple[list[dict[str, Any]], str]:
    """Prepares the directory once; returns its people and the poster's fingerprint.

    Passwords, TOTP secrets and recovery words are in the answer of the first call only.
    The environment is set so that this process and its workers use the directory. `sampled`
    fills a new one with invented cases. Raises `ConfigError` for one that has a database
    already, and not the whole sample: it may be somebody's.
    """
    new = sampled and is_new(directory)
    if new and any(directory.glob("*.db")):
        raise config.ConfigError(
            f"{directory} is in use: sample cases go into a new one only. Give another: --data"
        )
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in config.KNOWN:
        os.environ.pop(name, None)
    os.environ[config.DATA] = str(directory.resolve())
    setup.secret()
    database = Database(config.from_env())
    setup.init(database)
    if new:
        handlers = _fill_with_sample(database, directory)
    else:
        handlers = database.write(_known) or database.write(_fill)[0]
    with database.read() as db:
        roster = organisations.read_roster(db, organisations.find(db, SLUG))
    database.engine.dispose()
    return handlers, b64(roster.fingerprint)


def _fill_with_sample(database: Database, directory: Path) -> list[dict[str, Any]]:
    clock = sample.Clock(sample.begins(date.today()))
    past = Database(replace(database.config, clock=clock))
    made, people = past.write(_fill)
    sample.fill(past, clock, SLUG, people)
    past.engine.dispose()
    (directory / SAMPLED).touch()
    return made


def _known(db: Work) -> list[dict[str, Any]]:
    """The people of a directory that was prepared before, those with a desk first."""
    rows = db.execute(
        select(Account.id, Account.username, Position.role, Desk.slug)
        .join(Position, Position.account_id == Account.id)
        .outerjoin(Membership, Membership.account_id == Account.id)
        .outerjoin(Desk, Desk.id == Membership.desk_id)
        .order_by(Desk.slug.is_(None), Account.username, Desk.slug)
    )
    found: dict[str, dict[str, Any]] = {}
    for account, username, role, desk in rows:
        one = {"id": str(account), "username": username, "role": role, "desks": []}
        found.setdefault(username, one)["desks"] += [desk] if desk else []
    return list(found.values())


def _fill(db: Work) -> tuple[list[dict[str, Any]], dict[str, NewHandler]]:
    own = setup.defaults(SLUG)
    setup.add_organisation(
        db,
        SLUG,
        own["name"],
        contacts=own["contacts"],
        release="at once",
        own_categories={name: own[name] for name in categories.LISTS},
    )
    made: list[dict[str, Any]] = []
    people: dict[str, NewHandler] = {}
    approver = None
    for username, role, desks in PEOPLE:
        new, _ = setup.add_handler(db, SLUG, desks, username, username, approver, role)
        approver = approver or (new.id, new.keyring)
        people[username] = new
        made.append(
            {
                "id": str(new.id),
                "username": username,
                "role": role,
                "password": new.password,
                "totp_secret": new.totp_secret,
                "recovery": new.recovery,
                "desks": list(desks),
            }
        )
    return made, people


def start_app(address: str, data: Path) -> Popen[bytes] | None:
    """Opens the phone app in a window of its own; None without a display or without Kivy.

    `data` is where the app keeps what is its user's.
    """
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not display or find_spec("kivy") is None:
        return None
    command = [executable, "-m", "mobile", "--address", address, "--data", str(data)]
    return Popen(command)  # noqa: S603 - our own module
