"""Vectors of tokens, keyrings, what is locked for its owner, and sessions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.vectors import reference as ref
from tests.vectors.reference import b64, fixed, hkdf, sha256
from tests.vectors.world import ADA, BEN, CASE, REP, ROOT, SALT, TOKEN, TOKEN_BYTES

Vector = dict[str, Any]


def vector(
    name: str, kind: str, what: str, given: Any, output: Any = None, error: str = ""
) -> Vector:
    """One file's content: what comes out, or the class of the refusal."""
    result = {"error": error} if error else {"output": output}
    return {"name": name, "what": what, "kind": kind, "input": given} | result


def vectors() -> Iterator[Vector]:
    yield from _tokens()
    yield from _spellings()
    yield from _handler()
    yield from _public_keys()
    yield from _drafts()
    yield from _sessions()


def _tokens() -> Iterator[Vector]:
    access = hkdf(ROOT, "wren/v1/access")
    yield vector(
        "token", "token", "A token gives its bytes, root, access key, verifier and keyring.",
        {"token": TOKEN, "salt": b64(SALT)},
        {
            "bytes": b64(TOKEN_BYTES), "root": b64(ROOT), "access_key": b64(access),
            "verifier": b64(sha256(access)), "seed": b64(REP.seed),
            "seal_private": b64(REP.seal_private), "seal_key": b64(REP.seal_key),
            "sign_key": b64(REP.sign_key),
        },
    )  # fmt: skip
    yield vector(
        "token-salt-short", "token", "A deployment salt has 16 bytes.",
        {"token": TOKEN, "salt": b64(SALT[:15])}, error="BadKey",
    )  # fmt: skip


def _spellings() -> Iterator[Vector]:
    words = TOKEN.split()
    good = {
        "capitals": ("Capitals count as small letters.", TOKEN.upper()),
        "full-width": ("Compatibility forms count as plain letters (NFKD).",
                       "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in TOKEN)),
        "hyphens": ("Hyphens count as spaces.", "-".join(words)),
        "commas": ("Commas count as spaces.", ", ".join(words)),
        "line-breaks": ("Line breaks count as spaces.", "\r\n".join(words) + "\n"),
        "two-spaces": ("Several spaces count as one.", "  " + "  ".join(words) + " "),
        "cut": ("A word may be cut after its fourth letter.", " ".join(w[:4] for w in words)),
    }  # fmt: skip
    for name, (what, typed) in good.items():
        yield vector(
            f"spelling-{name}", "spelling", what, {"typed": typed},
            {"token": TOKEN, "bytes": b64(TOKEN_BYTES)},
        )  # fmt: skip
    at = next(n for n, w in enumerate(words) if len(w) > 3)
    bad = {
        "wrong-word": ("A word that is not on the list is refused.", ["zzzz", *words[1:]]),
        "another-word": ("Another word of the list fails the check byte.",
                         [*words[:-1], _other(words)]),
        "swapped": ("Two words in the other's place fail the check byte.", _swap(words)),
        "seven": ("Seven words are refused.", words[:7]),
        "nine": ("Nine words are refused.", [*words, words[0]]),
        "three-letters": ("A longer word cut after its third letter is refused.",
                          [*words[:at], words[at][:3], *words[at + 1 :]]),
        "none": ("No words at all are refused.", []),
    }  # fmt: skip
    for name, (what, typed_words) in bad.items():
        yield vector(
            f"spelling-{name}",
            "spelling",
            what,
            {"typed": " ".join(typed_words)},
            error="BadToken",
        )


def _valid(words: list[str]) -> bool:
    number = 0
    for word in words:
        number = number << 11 | ref.WORDS.index(word)
    data = number.to_bytes(11, "big")
    return sha256(data[:10])[0] == data[10]


def _other(words: list[str]) -> str:
    return next(one for one in ref.WORDS if not _valid([*words[:-1], one]))


def _swap(words: list[str]) -> list[str]:
    swapped = [words[1], words[0], *words[2:]]
    if words[0] == words[1] or _valid(swapped):
        raise ValueError("choose another token")
    return swapped


def _handler() -> Iterator[Vector]:
    password = ref.words(int.from_bytes(fixed("password"), "big"), 6)
    salt, totp, half = fixed("password salt", 16), fixed("totp", 20), fixed("recovery", 16)
    stretched = ref.argon2id(password.encode(), salt, 3, 64 * 1024)
    given = {
        "handler_id": str(ADA.id),
        "password": password,
        "salt": b64(salt),
        "recovery_words": ref.recovery(half),
        "by_password": b64(ref.lock(stretched, "wren/v1/password", ADA.id, ADA.seed)),
        "by_recovery": b64(ref.lock(half, "wren/v1/recovery", ADA.id, ADA.seed)),
        "totp": b64(ref.lock(stretched, "wren/v1/totp", ADA.id, totp)),
    }
    yield vector(
        "handler", "handler", "Password and recovery words open one seed; the password the TOTP.",
        given,
        {
            "sign_in_verifier": b64(sha256(hkdf(stretched, "wren/v1/sign-in"))),
            "seed_by_password": b64(ADA.seed), "seed_by_recovery": b64(ADA.seed),
            "totp": b64(totp), "seal_key": b64(ADA.seal_key), "sign_key": b64(ADA.sign_key),
            "fingerprint": ref.fingerprint(ADA.seal_key, ADA.sign_key),
        },
    )  # fmt: skip
    words = given["recovery_words"].split()
    bad = {
        "password": ("Another password opens nothing.", {"password": password + "s"}, "Damaged"),
        "owner": ("What is locked is bound to its handler.",
                  {"handler_id": str(BEN.id)}, "Damaged"),
        "use": ("A seed locked for recovery is not one locked under the password.",
                {"by_password": given["by_recovery"]}, "Damaged"),
        "cut": ("Under 28 bytes nothing was locked.",
                {"by_recovery": b64(fixed("short", 27))}, "Damaged"),
        "totp-as-seed": ("A locked TOTP secret is not a seed.",
                         {"by_password": given["totp"]}, "Damaged"),
        "short-seed": ("A seed has 32 bytes.", {"by_password": b64(
            ref.lock(stretched, "wren/v1/password", ADA.id, ADA.seed[:31]))}, "BadKey"),
        "recovery-eleven": ("Eleven recovery words are refused.",
                            {"recovery_words": " ".join(words[:11])}, "BadToken"),
        "recovery-fifteen": ("Fifteen BIP-39 words, though valid, are refused.",
                             {"recovery_words": _fifteen()}, "BadToken"),
        "recovery-check": ("Recovery words that fail their check are refused.",
                           {"recovery_words": _failing(words)}, "BadToken"),
    }  # fmt: skip
    for name, (what, change, error) in bad.items():
        yield vector(f"handler-{name}", "handler", what, given | change, error=error)


def _fifteen() -> str:
    data = fixed("twenty", 20)
    return ref.words(int.from_bytes(data, "big") << 5 | sha256(data)[0] >> 3, 15)


def _failing(words: list[str]) -> str:
    last = ref.WORDS.index(words[-1])
    return " ".join([*words[:-1], ref.WORDS[last ^ 1]])


def _public_keys() -> Iterator[Vector]:
    p = 2**255 - 19
    order_eight = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")
    other_eight = bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")
    bad = {
        "zero": ("The all-zero key", bytes(32)),
        "one": ("The key 1, of order 4,", (1).to_bytes(32, "little")),
        "order-eight": ("A key of order 8", order_eight),
        "other-order-eight": ("The other key of order 8", other_eight),
        "minus-one": ("The key p - 1, of order 2,", (p - 1).to_bytes(32, "little")),
        "p": ("The key p, another spelling of zero,", p.to_bytes(32, "little")),
        "p-plus-one": ("The key p + 1, another spelling of 1,", (p + 1).to_bytes(32, "little")),
        "zero-high-bit": ("Zero with the ignored bit set", bytes(31) + b"\x80"),
    }
    for name, (what, key) in bad.items():
        sentence = f"{what} protects nothing and is refused."
        yield vector(
            f"public-key-{name}", "public-key", sentence, {"key": b64(key)}, error="BadKey"
        )
    yield vector(
        "public-key-short", "public-key", "A public key has 32 bytes.",
        {"key": b64(ADA.seal_key[:31])}, error="BadKey",
    )  # fmt: skip
    yield vector(
        "public-key", "public-key", "An honest public key is taken; its id is 8 bytes of SHA-256.",
        {"key": b64(ADA.seal_key)}, {"key_id": b64(ref.key_id(ADA.seal_key))},
    )  # fmt: skip


def _drafts() -> Iterator[Vector]:
    draft = b"Half a sentence"
    bound = REP.id.bytes + CASE.bytes
    sealed = ref.box(hkdf(REP.seed, "wren/v1/draft"), draft, bound)
    given = {
        "seed": b64(REP.seed), "owner": str(REP.id), "case_id": str(CASE), "sealed": b64(sealed),
    }  # fmt: skip
    yield vector("draft", "draft", "A draft opens for its author.", given, {"draft": b64(draft)})
    yield vector(
        "draft-other-case", "draft", "A draft is bound to its case.",
        given | {"case_id": str(ADA.id)}, error="Damaged",
    )  # fmt: skip


def _sessions() -> Iterator[Vector]:
    secret, expires = fixed("bearer"), 1_772_500_000
    hashed, key = sha256(secret), hkdf(secret, "wren/v1/session")
    body = {
        "kind": "account", "subject": str(ADA.id), "expires": expires, "seed": b64(ADA.seed),
    }  # fmt: skip
    sealed = ref.box(key, ref.exact(body), hashed)
    given = {"bearer": "wa_" + b64(secret), "sealed": b64(sealed), "now": expires - 1}
    output = {"hash": b64(hashed), **body}
    yield vector("session", "session", "A bearer opens what was sealed under it.", given, output)
    moved = ref.box(key, ref.exact(body), fixed("another hash"))
    bad = {
        "expired": ("A session ends at its exact second.", {"now": expires}),
        "other-bearer": ("Another bearer opens nothing.", {"bearer": "wa_" + b64(fixed("other"))}),
        "other-row": ("What is sealed is bound to the stored hash.", {"sealed": b64(moved)}),
        "other-kind": ("The prefix is its holder's to change, and then opens nothing.",
                       {"bearer": "wr_" + b64(secret)}),
        "no-prefix": ("A bearer begins with what it is.", {"bearer": b64(secret)}),
        "short": ("A bearer has 32 bytes.", {"bearer": "wa_" + b64(secret[:31])}),
        "padded": ("Padded base64url is another spelling, and refused.",
                   {"bearer": "wa_" + b64(secret) + "="}),
    }  # fmt: skip
    for name, (what, change) in bad.items():
        yield vector(f"session-{name}", "session", what, given | change, error="SignIn")
