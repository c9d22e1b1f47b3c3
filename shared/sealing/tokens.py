"""The case token: eight words that only the reporter has.

Ten random bytes and one check byte (the first of their SHA-256), eleven bits a word, most
significant first, from the English list of BIP-39 (2,048 words, the first four letters of
each unique).
"""

from __future__ import annotations

import bisect
import os
import re
import unicodedata
from functools import cache

from mnemonic import Mnemonic

from shared.errors import BadToken
from shared.sealing.encoding import sha256

RANDOM_BYTES = 10
WORD_COUNT = 8
LONGEST = 1_000
"""Characters of a text that is put into normal form: to do so can take the square of them."""

_BREAKS = re.compile(r"[-,\u2010-\u2015\u2212\s]+")


@cache
def words() -> tuple[str, ...]:
    """The 2,048 words, in alphabetical order."""
    return tuple(Mnemonic("english").wordlist)


@cache
def _numbers() -> dict[str, int]:
    return {word: number for number, word in enumerate(words())}


def split(text: str) -> list[str]:
    """The typed words in normal form (NFKD, lower case; hyphens, commas, breaks are spaces).

    A text longer than `LONGEST` is no token: of that the pieces come back as they are.
    """
    plain = unicodedata.normalize("NFKD", text) if len(text) <= LONGEST else text
    return [word for word in _BREAKS.split(plain.lower()) if word]


def complete(prefix: str) -> list[str]:
    """The words that begin with what was typed so far, in alphabetical order."""
    typed = "".join(split(prefix))
    if not typed:
        return []
    at = bisect.bisect_left(words(), typed)
    found = []
    for word in words()[at:]:
        if not word.startswith(typed):
            break
        found.append(word)
    return found


def find(typed: str) -> str | None:
    """The full word for one typed word, which may be cut after its fourth letter; else None."""
    if typed in _numbers():
        return typed
    found = complete(typed) if len(typed) >= 4 else []
    return found[0] if len(found) == 1 else None


def encode(random: bytes) -> str:
    """Eight words, joined by single spaces, for ten bytes."""
    number = int.from_bytes(random + sha256(random)[:1], "big")
    picked = [words()[number >> (11 * place) & 2047] for place in reversed(range(WORD_COUNT))]
    return " ".join(picked)


def decode(text: str) -> bytes:
    """The ten bytes of a token in any spelling that `split` and `find` allow.

    Raises `BadToken`, which says what to look at but never repeats a word.
    """
    if len(text) > LONGEST:
        raise BadToken("This is too long for eight words.")
    typed = split(text)
    if len(typed) != WORD_COUNT:
        raise BadToken(f"There should be eight words; there are {len(typed)}.")
    number = 0
    for place, item in enumerate(typed, 1):
        word = find(item)
        if word is None:
            raise BadToken(f"Word {place} is not one of Wren's words. Check its spelling.")
        number = number << 11 | _numbers()[word]
    random, check = number.to_bytes(11, "big")[:-1], number & 255
    if sha256(random)[0] != check:
        raise BadToken("These eight words do not belong together. Check each, and their order.")
    return random


def normalise(text: str) -> str:
    """The token in full words and single spaces. Raises `BadToken`."""
    return encode(decode(text))


def new_token() -> str:
    """A token nobody had before: 80 bits from the system's random source."""
    return encode(os.urandom(RANDOM_BYTES))
