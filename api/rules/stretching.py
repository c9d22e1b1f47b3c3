"""Every stretching of the service goes through one pool, as wide as the machine's cores.

Sixteen free threads of Argon2id at the PASSWORD cost would take a gigabyte of memory; more
threads than cores would not stretch faster.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import cache

from argon2.low_level import Type, hash_secret_raw

from shared.sealing import tokens
from shared.sealing.stretch import PASSWORD, TOKEN, Profile, Root, root_of


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="stretch")


# The server's workers are forked: threads of a pool made before don't come with them.
os.register_at_fork(after_in_child=_pool.cache_clear)


beside: Callable[[], AbstractContextManager[None]] = nullcontext
"""Within it a thread waits for its turn. What serves lets another one work meanwhile: else those
who flood sign-ins would hold up what needs no stretching at all."""


def _stretch(secret: bytes, salt: bytes, profile: Profile) -> bytes:
    with beside():
        return (
            _pool()
            .submit(hash_secret_raw, secret, salt, profile.t, profile.m, profile.p, 32, Type.ID)
            .result()
        )


def root(token: str, salt: bytes) -> Root:
    """What a token stretches to (RFC 9106, profile TOKEN). Raises `BadToken` at once."""
    return root_of(_stretch(tokens.decode(token), salt, TOKEN))


def password(text: str, salt: bytes) -> bytes:
    """A stretched password, 32 bytes (RFC 9106, profile PASSWORD)."""
    return _stretch(text.encode("utf-8", "surrogatepass"), salt, PASSWORD)
