"""Fingerprints as people say them on the phone. No Kivy here.

Letters by the spelling alphabet of the ITU, which ambulance staff use on the radio; the digits
stand as the guardian's own page shows them. Not words of a list: those would look like the
words that nobody may ever read out.
"""

from __future__ import annotations

LETTERS = {
    "a": "Alfa", "b": "Bravo", "c": "Charlie", "d": "Delta", "e": "Echo", "f": "Foxtrot",
}  # fmt: skip


def group(digits: str) -> str:
    """One group of hex digits, `0d1f`, as `0 Delta 1 Foxtrot`."""
    return " ".join(LETTERS.get(one, one) for one in digits)


def groups(fingerprint: str) -> list[tuple[str, str]]:
    """(digits, how they are said) for each group of a fingerprint."""
    return [(one, group(one)) for one in fingerprint.split()]
