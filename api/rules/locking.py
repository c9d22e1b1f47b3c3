"""Locking under the deployment's secret: the one in use locks, and all that are known open.

While the secret changes (`api.deployment_secret`) there are two. Nothing else reads
`Config.secret`, so that whatever is locked goes on through a change.
"""

from __future__ import annotations

import hmac

from api.config import Config
from shared.errors import Damaged
from shared.sealing.encoding import box, hkdf, unbox


def key(config: Config, info: str) -> bytes:
    """What is locked or signed with now, for this use: 32 bytes."""
    return hkdf(config.secret, info)


def keys(config: Config, info: str) -> tuple[bytes, ...]:
    """What may have locked or signed what is there: the one in use first."""
    return tuple(hkdf(one, info) for one in (config.secret, *config.other_secrets))


def lock(config: Config, info: str, plain: bytes, bound_to: bytes) -> bytes:
    """Seals it for this use and place."""
    return box(key(config, info), plain, bound_to)


def unlock(config: Config, info: str, locked: bytes, bound_to: bytes) -> bytes:
    """What `lock` sealed. Raises `Damaged` for another secret, use, place or content."""
    for one in keys(config, info):
        try:
            return unbox(one, locked, bound_to)
        except Damaged:
            continue
    raise Damaged


def mac(config: Config, info: str, of: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) for this use, 32 bytes."""
    return hmac.digest(key(config, info), of, "sha256")


def is_mac(config: Config, info: str, of: bytes, given: bytes) -> bool:
    """Whether `mac` made it, under a secret that is known."""
    right = [
        hmac.compare_digest(hmac.digest(one, of, "sha256"), given) for one in keys(config, info)
    ]
    return any(right)
