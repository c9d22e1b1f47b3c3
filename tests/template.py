"""The filled database that all tests get copies of: whichever process needs it first fills it.

Its people have passwords of the full cost, which take seconds; the others are told what these
stretch to.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from fcntl import LOCK_EX, flock
from pathlib import Path

from api import setup
from api.config import Config
from api.models.base import Database
from api.rules.accounts import NewHandler
from shared.sealing.keyring import Keyring
from tests.service import SECRET, fill
from tests.standing import KNOWN

Template = tuple[str, dict[str, NewHandler]]


def filled(url: str) -> Template:
    """A new database at this address."""
    database = Database(Config(url, SECRET))
    setup.init(database)
    handlers = database.write(fill)
    database.engine.dispose()
    return url, handlers


def of(place: Path) -> Template:
    """The address of the one in this directory, and its people."""
    with (place / "template.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        url, told = f"sqlite:///{place / 'template.db'}", place / "template.people"
        if not told.exists():
            # A pair of keys can't be told, its seed can.
            _, made = filled(url)
            people = [(replace(one, keyring=None), one.keyring.seed) for one in made.values()]
            told.write_bytes(pickle.dumps((people, KNOWN)))
        people, known = pickle.loads(told.read_bytes())
    KNOWN.update(known)
    return url, {
        one.username: replace(one, keyring=Keyring.from_seed(seed)) for one, seed in people
    }
