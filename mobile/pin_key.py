"""What a PIN is stretched with: Argon2id at a cost that this device bears. No Kivy here.

A PIN has few digits, so the cost is all that stands between it and somebody who took a copy of
the notebook: about a second of this device, in as much of its memory as it can spare (RFC 9106,
section 4: as much memory as can be afforded, then passes). docs/threats.md says what that is
worth.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

MIB = 1024
SECONDS = 1.0
SHARE = 4
"""A quarter of the device's memory at most."""
TRIALS = 3
PASSES = 3
"""RFC 9106's second recommended option; fewer only where less memory would be taken."""
UNKNOWN = 1024 * MIB
"""KiB of memory that a device is taken to have where the system does not say."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Passes, and memory in KiB, of one lane."""

    passes: int
    memory: int

    def sound(self) -> bool:
        """Whether any device could have chosen it: what is beyond was not written by Wren."""
        return 1 <= self.passes <= 1_000 and 8 <= self.memory <= 8 * 1024 * MIB

    def stretch(self, pin: str, salt: bytes) -> bytes:
        """32 bytes of a PIN. Raises `MemoryError` where there is not enough."""
        return Argon2id(
            salt=salt, length=32, iterations=self.passes, lanes=1, memory_cost=self.memory
        ).derive(pin.encode())


LEAST = Cost(2, 19 * MIB)
"""OWASP's minimum (Password Storage Cheat Sheet): also on the slowest phone."""


def memory() -> int:
    """The device's memory in KiB."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024
    except (AttributeError, ValueError, OSError):  # Windows
        return UNKNOWN


def calibrate(
    seconds: float = SECONDS,
    total: int | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Cost:
    """The cost that takes about `seconds` here, within a quarter of the memory (`total` KiB).

    Never less than `LEAST`, unless a quarter of the memory is less. Takes about as long as
    one stretching.
    """
    most = (total or memory()) // SHARE
    trial = Cost(1, min(64 * MIB, most))
    # The fastest of three: what else the device does meanwhile must not make the key cheap.
    taken = min(_time(trial, clock) for _ in range(TRIALS))
    passes_of_a_mib = seconds / (taken / (trial.memory / MIB))
    wanted = int(passes_of_a_mib / PASSES) * MIB
    if wanted <= LEAST.memory:
        return Cost(LEAST.passes, min(LEAST.memory, most))
    given = min(wanted, most)
    # A larger memory is slower than its share: the caches no longer hold it.
    taken = _time(Cost(1, given), clock) * PASSES
    if taken > seconds * 1.25 and given == wanted:
        given = max(LEAST.memory, int(given * seconds / taken) // MIB * MIB)
        taken = seconds
    return Cost(max(PASSES, round(PASSES * seconds / taken)), given)


def _time(cost: Cost, clock: Callable[[], float]) -> float:
    began = clock()
    cost.stretch("000000", bytes(16))
    return max(1e-6, clock() - began)
