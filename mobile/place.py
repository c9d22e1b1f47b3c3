"""A place among those who report, held by work that the phone does. No Kivy here.

While very many cases are opened the service asks for work (`shared.work`). Who fetched a challenge
before the first word has a place, whatever comes in meanwhile: it is solved while they type.

What is held is JSON: `{"challenge": as the service sent it, "work": its solution or ""}`, or `{}`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from threading import Event
from typing import Any

from mobile.language import later
from mobile.organisation import Organisation
from shared.errors import NotWren
from shared.work import read_challenge, solve

Held = Mapping[str, Any]

NICE = 10
"""How far a thread that works steps back behind all others, as `nice` counts."""

WORKING = later(
    "Very many reports are coming in. Your phone does a sum, to show that no machine sends yours. "
    "That takes up to a minute. Then it goes by itself."
)
STILL_ASKED = later(
    "Very many reports are coming in, and yours waits for its turn. Nothing is lost."
)


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


def fetch(organisation: Organisation) -> Held:
    """A place that is not worked for yet, by connections of its own.

    Blocks. Raises what `Client.challenge` does.
    """
    client = organisation.new_client()
    try:
        return {"challenge": dict(client.challenge(organisation.slug).as_sent), "work": ""}
    finally:
        client.close()


def is_good(held: Held) -> bool:
    """Whether a place is there, and its last day is not over."""
    if not held:
        return False
    with suppress(NotWren, KeyError):
        return read_challenge(held["challenge"]).until >= today()
    return False


def worked(held: Held, stop: Event) -> Held:
    """The place with its solution. Blocks, behind all other threads, where the system can do that.

    Raises `Stopped` soon after `stop` is set, and `NotWren`.
    """
    challenge = read_challenge(held["challenge"])
    with ThreadPoolExecutor(1, initializer=_step_back) as pool:
        return {**held, "work": pool.submit(solve, challenge, stop).result()}


def _step_back() -> None:
    """Linux and Android count threads here: it is this one alone, and it ends after its work."""
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
