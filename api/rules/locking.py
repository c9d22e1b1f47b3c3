"""Locking under the deployment's secret: the one in use locks, and all that are known open.

While the secret changes (`api.deployment_secret`) there are two. Nothing else reads
`Config.secret`, so that whatever is locked goes on through a change.
"""

from __future__ import annotations

import hmac
from contextlib import suppress

from sqlalchemy import select

from api import deployment_secret
from api.config import Config
from api.models.base import Work
from api.models.organisation import Deployment
from shared.errors import Damaged
from shared.sealing.encoding import box, hkdf, read_json, unb64, unbox

LASTING = "wren/v1/lasting"

NO_SALT, FIGURES = "no-salt", "figures"
ALL_LASTING = (NO_SALT, FIGURES)
"""Keys that don't change with the secret: of salts of user names that nobody has, which would
otherwise be told from those that somebody has; and of what is drawn for published figures."""

_LASTING_KEYS = select(Deployment.lasting)


def key(config: Config, info: str) -> bytes:
    """What is locked or signed with now, for this use: 32 bytes."""
    return hkdf(_secrets(config)[0], info)


def keys(config: Config, info: str) -> tuple[bytes, ...]:
    """What may have locked or signed what is there: the one in use first."""
    return tuple(hkdf(one, info) for one in _secrets(config))


def keys_of_each(config: Config, *infos: str) -> tuple[tuple[bytes, ...], ...]:
    """Of each secret that is known, the one in use first: its keys for these uses.

    All of one moment. Between two calls of `keys` the secret may change.
    """
    return tuple(tuple(hkdf(one, info) for info in infos) for one in _secrets(config))


def _secrets(config: Config) -> tuple[bytes, ...]:
    if config.secret_file is None:
        return (config.secret, *config.other_secrets)
    found = deployment_secret.watched(config.secret_file).secrets()
    return (found.now, *found.others)


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


# --- what a change leaves as it is ----------------------------------------------------------


def lasting(db: Work, name: str) -> bytes:
    """A key that stays the same when the secret changes, 32 bytes.

    Once the secret was changed it is stored, locked; until then it is made of the secret.
    """
    locked = db.fetch(_LASTING_KEYS).scalar_one_or_none()
    if locked is not None:
        with suppress(Damaged, KeyError):
            kept = read_json(unlock(db.config, LASTING, bytes(locked), b""))
            return unb64(kept[name])
    return key(db.config, f"wren/v1/{name}")
