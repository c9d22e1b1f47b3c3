"""Sessions that the database alone can't open: sealed under the bearer itself."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from shared.errors import Damaged, SignIn
from shared.sealing.encoding import b64, box, exact_json, hkdf, read_json, sha256, unb64, unbox

Kind = Literal["reporter", "account", "key"]
PREFIXES: dict[Kind, str] = {"reporter": "wr_", "account": "wa_", "key": "wk_"}


@dataclass(frozen=True, slots=True)
class Session:
    """Whose it is, when it ends (Unix seconds), and the keyring's seed if the server may open."""

    kind: Kind
    subject: UUID
    expires: int
    seed: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database gets: SHA-256 of the 32 bytes, and the sealed rest."""

    hash: bytes
    sealed: bytes


def start(session: Session) -> tuple[str, Stored]:
    """The bearer for the client, and what to store."""
    secret = os.urandom(32)
    body = {
        "kind": session.kind,
        "subject": str(session.subject),
        "expires": session.expires,
    }
    if session.seed is not None:
        body["seed"] = b64(session.seed)
    hashed = sha256(secret)
    sealed = box(hkdf(secret, "wren/v1/session"), exact_json(body), hashed)
    return PREFIXES[session.kind] + b64(secret), Stored(hashed, sealed)


def secret_of(bearer: str) -> tuple[Kind, bytes]:
    """The kind of a bearer and its 32 bytes. Raises `SignIn` for anything else."""
    for kind, prefix in PREFIXES.items():
        if bearer.startswith(prefix):
            try:
                secret = unb64(bearer.removeprefix(prefix))
            except Damaged:
                break
            if len(secret) == 32:
                return kind, secret
    raise SignIn


def resume(kind: Kind, secret: bytes, sealed: bytes, now: float) -> Session:
    """The session sealed under this bearer.

    Raises `SignIn` once it has expired, is altered, or was started as another kind: the
    bearer's prefix is its holder's to change.
    """
    try:
        body = read_json(unbox(hkdf(secret, "wren/v1/session"), sealed, sha256(secret)))
    except Damaged:
        raise SignIn from None
    if body["kind"] != kind or now >= body["expires"]:
        raise SignIn
    seed = unb64(body["seed"]) if "seed" in body else None
    return Session(kind, UUID(body["subject"]), body["expires"], seed)
