"""Work that is asked of whoever opens a case while very many are opened: ALTCHA, version 2.

The service signs a challenge and keeps nothing of it; who solved it has a place, for two days and
whatever happens meanwhile (docs/api.md). It is solved by trying: PBKDF2-HMAC-SHA-256 (RFC 8018)
of a nonce and a counter, until the key begins as the challenge says. Only `hashlib` is needed:
the library that makes and checks challenges is the server's.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import Event
from typing import Any

from shared.errors import NotWren
from shared.schemas.base import read
from shared.schemas.work import Challenge as ChallengeSchema

LONGEST = 2_000
"""Characters of a challenge as JSON, at most: what is sent back must fit a request."""


class Stopped(Exception):
    """Solving was told to stop before it was done."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is to be solved. `until` is the last day (UTC) on which a solution of it is taken;
    `tries` how many it takes at most, half of them usually."""

    until: date
    tries: int
    as_sent: Mapping[str, Any] = field(repr=False)
    """What the service signed: JSON, which can be kept, and read again by `read_challenge`."""


def read_challenge(sent: Mapping[str, Any]) -> Challenge:
    """The challenge in an answer of the service, or in what was kept of one.

    Raises `NotWren` for anything else, and for more than twice the work that Wren ever asks:
    whoever answers in its place keeps a phone busy for a minute or so, not for hours.
    """
    found = read(ChallengeSchema(), sent)
    if len(json.dumps(sent)) > LONGEST:
        raise NotWren
    data = found["parameters"]["data"]
    try:
        until = date.fromisoformat(data["until"])
    except ValueError:
        raise NotWren from None
    return Challenge(until, data["tries"], sent)


def solve(challenge: Challenge, stop: Event | None = None) -> str:
    """What goes into `work` of a request that opens a case.

    What Wren asks takes from a fraction of a second to some ten seconds of a computer's core, of a
    phone's a few times as long; what is taken at most, twice that. Other threads run meanwhile.
    Raises `Stopped` soon after `stop` is set, and `NotWren` if there is no solution.
    """
    asked = challenge.as_sent["parameters"]
    nonce, salt = bytes.fromhex(asked["nonce"]), bytes.fromhex(asked["salt"])
    cost, length = asked["cost"], asked["keyLength"]
    beginning = bytes.fromhex(asked["keyPrefix"])
    for counter in range(challenge.tries):
        if stop is not None and stop.is_set():
            raise Stopped
        tried = nonce + struct.pack(">I", counter)
        key = hashlib.pbkdf2_hmac("sha256", tried, salt, cost, length)
        if key.startswith(beginning):
            return _payload(challenge, counter, key)
    raise NotWren


def _payload(challenge: Challenge, counter: int, key: bytes) -> str:
    solution = {"counter": counter, "derivedKey": key.hex()}
    inside = {"challenge": challenge.as_sent, "solution": solution}
    return base64.b64encode(json.dumps(inside).encode()).decode()
