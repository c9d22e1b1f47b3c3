"""How much is asked of this process: in its memory alone, and of nobody in particular.

Each process judges by what it sees itself; what it lets in or asks for, any other takes too.
A clock that nobody sets, and sums that fade: nothing here tells when somebody did something.
"""

from __future__ import annotations

import hmac
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from uuid import UUID

Clock = Callable[[], float]

FADES = 60.0
"""Seconds in which what was counted loses two thirds of its weight: about the last minute."""

PLACES, PLACES_AT_ONCE = 0.1, 10
"""Places that are given without work while it is asked for: each second, and at once."""

KEY_CALLS, KEY_CALLS_AT_ONCE = 10.0, 200
"""Calls of an API key: each second, and at once."""

LOOKS, LOOKS_AT_ONCE, LOOKED_AT = 1 / 600, 3, 10_000
"""Looks at one thing that is dear to look at: each second, at once; and at how many things."""


class Fading:
    """A sum whose parts fade."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._sum, self._at, self._lock = clock, 0.0, clock(), Lock()

    def add(self, weight: float = 1.0) -> float:
        """Adds, and returns the sum."""
        with self._lock:
            now = self._clock()
            self._sum *= math.exp((self._at - now) / FADES)
            self._at = now
            self._sum += weight
            return self._sum


class Budget:
    """So many at once, and then so many each second (a token bucket)."""

    def __init__(self, each_second: float, at_once: int, clock: Clock) -> None:
        self._each, self._most, self._clock = each_second, float(at_once), clock
        self._left, self._at, self._lock = self._most, clock(), Lock()

    def take(self) -> bool:
        """Takes one, if one is left."""
        with self._lock:
            now = self._clock()
            self._left = min(self._most, self._left + (now - self._at) * self._each)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


class Load:
    """What one process counts."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self.openings = Fading(clock)
        """Cases and reports that were stored, each by its work or because it was quiet."""
        self.stretched = Fading(clock)
        """Openings whose words were to be stretched: also those that were told to wait for it."""
        self.places = Budget(PLACES, PLACES_AT_ONCE, clock)
        """For those whose browser can't work."""
        self._keys: dict[UUID, Budget] = {}
        self._looks: OrderedDict[bytes, Budget] = OrderedDict()
        self._hashes = secrets.token_bytes(32)
        self._lock = Lock()

    def let_in(self) -> None:
        """Counts an opening that was stored."""
        self.openings.add()

    def of_key(self, key: UUID) -> Budget:
        """The budget of one API key, which must be one that is stored."""
        # `setdefault` is one step, whatever threads ask at once.
        return self._keys.setdefault(key, Budget(KEY_CALLS, KEY_CALLS_AT_ONCE, self._clock))

    def may_look(self, at: bytes) -> bool:
        """Whether one thing, which is dear to look at, may be looked at once more.

        Kept as a hash. What nobody looked at for longest is forgotten. Some cost nothing to make
        up (a case's id, words): who makes up `LOOKED_AT` of them has the others forgotten, which
        may then be looked at as often again.
        """
        at = hmac.digest(self._hashes, at, "sha256")
        with self._lock:
            found = self._looks.setdefault(at, Budget(LOOKS, LOOKS_AT_ONCE, self._clock))
            self._looks.move_to_end(at)
            if len(self._looks) > LOOKED_AT:
                self._looks.popitem(last=False)
        return found.take()
