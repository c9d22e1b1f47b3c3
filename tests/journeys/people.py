"""Handlers of the demo signing in, whose codes work once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import pyotp

from shared.errors import WrongSignIn

Signed = TypeVar("Signed")
STEP = 30


def sign_in(one: dict[str, Any], enter: Callable[[str], Signed]) -> Signed:
    """Calls `enter` with codes until one is taken: others may have signed in with some.

    The service takes the codes of the step before, of now and of the next one, each once.
    """
    totp, tried = pyotp.TOTP(one["totp_secret"]), 0
    until = time.monotonic() + 3 * STEP
    while time.monotonic() < until:
        now = int(time.time()) // STEP
        for step in range(max(now - 1, tried + 1), now + 2):
            tried = step
            try:
                return enter(totp.at(step * STEP))
            except WrongSignIn:
                continue
        time.sleep(0.5)
    raise AssertionError("no code was taken")
