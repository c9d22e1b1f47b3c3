"""When to send: at once, at a random time that was asked for, or again after it did not work.

No Kivy here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from random import SystemRandom

from mobile.language import _, later
from mobile.notebook_file import NotKept
from shared.errors import (
    BadRequest,
    BadToken,
    LineError,
    NoRoom,
    SealingError,
    SignIn,
    SlowDown,
    TooLong,
    Unavailable,
    Unfinished,
    WorkNeeded,
    WrenError,
)

KEPT = later(
    "It is sent while Wren is open and not locked. Otherwise it waits, locked with your PIN, "
    "until you open Wren again."
)
NOT_KEPT = later(
    "It is sent while Wren is open. Without a PIN it is lost when you close Wren, and nothing is "
    "sent then."
)


def goes(*, kept: bool) -> str:
    """When something that waits is sent, in the language in use. `kept`: there is a PIN."""
    return _(KEPT if kept else NOT_KEPT)


FIRST, MOST = 2.0, 300.0
"""Seconds before the second try, and the most before any; between them they double."""

SPREAD = 0.5
"""Each wait is longer or shorter by up to this part of it, by chance: phones that lost the same
line don't come back at the same moment, and no pattern tells one from another."""

ASKED = 10.0
"""The least seconds after a service asked to wait; a person's *Try again* doesn't shorten it."""

APART = (10.0, 60.0)
"""Seconds between what is sent for one case and what is for the next, by chance: what comes at
the same moment says that it comes from one person."""

LATE = 60.0
"""Seconds after its chosen moment from which something is too late to be sent just now: the app
was closed, and to send it at once would say when it was opened."""

ANEW, LEAST = 1800.0, 60.0
"""Seconds within which it is sent then; each further time within half of that, down to the least,
so that somebody who opens the app for moments only gets it sent all the same."""

HOURS = (2, 6, 12)
"""The windows that somebody may choose for a random time, in hours."""


def steady() -> float:
    """Seconds by a clock that nobody sets, which also counts while a phone sleeps."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


def waits(error: WrenError) -> bool:
    """Whether it is tried again as it is; anything else is a refusal, and stored nowhere.

    An error that only calls itself internal (a 500) says nothing about what was stored, and
    keys or records that don't hold may be those of a line in between. What can't be read at all
    was cut on its way: the app writes nothing else than JSON.
    """
    if isinstance(error, SealingError):
        return not isinstance(error, (TooLong, BadToken))
    return type(error) is WrenError or isinstance(
        error,
        (
            LineError,
            SlowDown,
            Unavailable,
            SignIn,
            NotKept,
            NoRoom,
            Unfinished,
            WorkNeeded,
            BadRequest,
        ),
    )


def asked_to_wait(code: str) -> bool:
    """Whether the service itself asked for patience, by the code of what it said."""
    return code in (SlowDown.code, Unavailable.code, WorkNeeded.code)


class Pace:
    """Draws waits, and keeps them over a restart: `wall` may be years off, `steady` never jumps.

    Tests give their own clocks, and `chance(low, high)`.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = steady,
        chance: Callable[[float, float], float] | None = None,
    ) -> None:
        self.wall, self.steady = wall, steady
        self._chance = chance or SystemRandom().uniform

    def again(self, tries: int, code: str) -> float:
        """Seconds to wait after so many tries (1 or more), of which the last gave this code."""
        planned = min(FIRST * 2.0 ** min(tries - 1, 16), MOST)
        if asked_to_wait(code):
            planned = max(planned, ASKED / (1 - SPREAD))
        return planned * self._chance(1 - SPREAD, 1 + SPREAD)

    def later(self, hours: int) -> float:
        """Seconds until a random moment within so many hours; 0 for none. Raises `ValueError`."""
        if hours not in (0, *HOURS):
            raise ValueError("choose one of HOURS")
        return self._chance(0, hours * 3600) if hours else 0.0

    def apart(self) -> float:
        """Seconds between two cases."""
        return self._chance(*APART)

    @staticmethod
    def within(times: int) -> float:
        """Seconds within which something is sent whose moment passed so many times (1 or more)."""
        return max(ANEW / 2.0 ** min(times - 1, 16), LEAST)

    def anew(self, times: int) -> float:
        """Seconds until the new moment of what is `late`."""
        return self._chance(0, self.within(times))

    def late(self, due: float) -> bool:
        """Whether a moment of the wall clock passed while nobody looked."""
        return self.wall() - due > LATE

    def left(self, due: float, most: float) -> float:
        """Seconds until a moment of the wall clock that was kept before a restart.

        Never more than `most`, so that a clock which was set back by years holds nothing up;
        never below 0: one that was set forward by years sends at once.
        """
        return min(max(due - self.wall(), 0.0), most)

    @staticmethod
    def most(hours: int) -> float:
        """The longest wait that was ever drawn for something: for this delay, or between tries."""
        return max(hours * 3600.0, MOST * (1 + SPREAD))
