"""One small runner for each kind of vector: from the file's input to its output."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from shared.errors import MissingEarlier
from shared.sealing import (
    case,
    case_file,
    envelope,
    epochs,
    keyring,
    message,
    proof,
    receipt,
    roster,
    session,
    stream,
    stretch,
    tokens,
)
from shared.sealing.encoding import b64, sha256, unb64
from tests.vectors.reference import plain_bytes

Fields = dict[str, Any]


def _private(text: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(unb64(text))


def _token(given: Fields) -> Fields:
    salt = unb64(given["salt"])
    stretched = stretch.stretch(tokens.decode(given["token"]), salt, stretch.TOKEN)
    root = stretch.root(given["token"], salt)
    return {
        "bytes": b64(tokens.decode(given["token"])),
        "root": b64(stretched),
        "access_key": b64(root.access_key),
        "verifier": b64(root.verifier),
        "seed": b64(root.keyring.seed),
        "seal_private": b64(root.keyring.seal_private.private_bytes_raw()),
        "seal_key": b64(root.keyring.seal_key),
        "sign_key": b64(root.keyring.sign_key),
    }


def _spelling(given: Fields) -> Fields:
    data = tokens.decode(given["typed"])
    return {"token": tokens.normalise(given["typed"]), "bytes": b64(data)}


def _handler(given: Fields) -> Fields:
    owner = UUID(given["handler_id"])
    stretched = stretch.stretch(given["password"].encode(), unb64(given["salt"]), stretch.PASSWORD)
    half = keyring.read_recovery(given["recovery_words"])
    by_password = keyring.unlock(stretched, keyring.PASSWORD, owner, unb64(given["by_password"]))
    by_recovery = keyring.unlock(half, keyring.RECOVERY, owner, unb64(given["by_recovery"]))
    keys = keyring.Keyring.from_seed(by_password)
    return {
        "sign_in_verifier": b64(keyring.sign_in_verifier(stretched)),
        "seed_by_password": b64(by_password),
        "seed_by_recovery": b64(by_recovery),
        "totp": b64(keyring.unlock(stretched, keyring.TOTP, owner, unb64(given["totp"]))),
        "seal_key": b64(keys.seal_key),
        "sign_key": b64(keys.sign_key),
        "fingerprint": keyring.fingerprint(keys.seal_key, keys.sign_key),
    }


def _public_key(given: Fields) -> Fields:
    key = unb64(given["key"])
    sealed = envelope.seal("message", bytes(32), key, b"")
    return {"key_id": b64(envelope.addressed_to(sealed))}


def _draft(given: Fields) -> Fields:
    keys = keyring.Keyring.from_seed(unb64(given["seed"]))
    owner, case_id = UUID(given["owner"]), UUID(given["case_id"])
    return {"draft": b64(keyring.open_draft(keys, owner, case_id, unb64(given["sealed"])))}


def _session(given: Fields) -> Fields:
    kind, secret = session.secret_of(given["bearer"])
    found = session.resume(kind, secret, unb64(given["sealed"]), given["now"])
    return {
        "hash": b64(sha256(secret)),
        "kind": found.kind,
        "subject": str(found.subject),
        "expires": found.expires,
        "seed": b64(found.seed or b""),
    }


def _envelope(given: Fields) -> Fields:
    private, sealed = _private(given["private"]), unb64(given["envelope"])
    plain = envelope.unseal(given["kind"], unb64(given["context"]), private, sealed)
    return {"plain": b64(plain)}


def _message(given: Fields) -> Fields:
    found = message.read(
        given["kind"],
        UUID(given["case_id"]),
        UUID(given["id"]),
        unb64(given["envelope"]),
        _private(given["private"]),
        lambda author: [unb64(one) for one in given["authors"].get(author, [])],
    )
    return {"fields": _fields(found)}


def _fields(found: message.Message) -> Fields:
    return {
        "v": 1,
        "author": found.author,
        "day": found.day.isoformat(),
        "seq": found.seq,
        "after": [b64(one) for one in found.after],
        "type": found.type,
        "body": found.body,
        "attachments": [
            {"id": str(one.id), "sha256": b64(one.sha256)} for one in found.attachments
        ],
    }


def _attachment(given: Fields) -> Fields:
    found = stream.open_description(
        UUID(given["case_id"]),
        UUID(given["id"]),
        unb64(given["envelope"]),
        _private(given["private"]),
    )
    fields = {"v": 1, "key": b64(found.key), "name": found.name, "type": found.type}
    return {"fields": fields | {"size": found.size, "sha256": b64(found.sha256)}}


def _padding(given: Fields) -> Fields:
    data = b"x" * given["length"]
    padded = message.pad(data, message.SIZES)
    assert message.unpad(padded, message.SIZES) == data
    return {"padded": len(padded)}


def _thread(given: Fields) -> Fields:
    thread = message.Thread()
    for one in given["messages"]:
        after = tuple(unb64(each) for each in one["after"])
        written = message.Message(one["author"], date(2026, 3, 2), one["seq"], "text", {}, after)
        if thread.add(written, unb64(one["envelope"])):
            raise MissingEarlier
    authors = {one["author"] for one in given["messages"]}
    return {
        "next_seq": {who: thread.next_seq(who) for who in authors},
        "after": sorted(b64(one) for one in thread.after()),
    }


# --- chains -------------------------------------------------------------------------------


def _roster(given: Fields) -> Fields:
    pin = given["pin"] and roster.Pin(
        unb64(given["pin"]["fingerprint"]),
        given["pin"]["version"],
        given["pin"]["newest"] and unb64(given["pin"]["newest"]),
    )
    checked = roster.check(_signed_roster(given["records"]), given["organisation"], pin)
    newest = checked.pin().newest
    return {
        "version": checked.newest.version,
        "fingerprint": b64(checked.fingerprint),
        "newest": newest and b64(newest),
        "active": [str(one.id) for one in checked.newest.handlers if not one.until],
    }


def _signed_roster(records: list[Fields]) -> list[roster.SignedRecord]:
    return [roster.SignedRecord(unb64(one["record"]), unb64(one["signature"])) for one in records]


def _party(given: Fields) -> epochs.Party:
    keys = given["reporter"]
    return case.reporter_party(unb64(keys["seal_key"]), unb64(keys["sign_key"]))


def _epochs(given: Fields) -> Fields:
    checked = roster.check(_signed_roster(given["roster"]), given["organisation"])
    chains = [
        [epochs.SignedRecord(unb64(one["record"]), unb64(one["signature"])) for one in given[name]]
        for name in ("messages", "notes")
    ]
    messages = epochs.check_messages(
        chains[0],
        UUID(given["case_id"]),
        _party(given),
        checked,
        [UUID(one) for one in given["excluded"]],
    )
    notes = epochs.check_notes(chains[1], messages, checked)
    return {
        "messages": [b64(sha256(one.to_bytes())) for one in messages],
        "notes": [b64(sha256(one.to_bytes())) for one in notes],
    }


def _case(given: Fields) -> Fields:
    checked = roster.check(_signed_roster(given["roster"]), given["organisation"])
    sealed = [
        case.SealedEpoch(
            **{k: unb64(v) if isinstance(v, str) else v for k, v in one.items()},
        )
        for one in given["epochs"]
    ]
    opened = case.unlock(
        UUID(given["case_id"]),
        UUID(given["me"]),
        keyring.Keyring.from_seed(unb64(given["seed"])),
        sealed,
        _party(given),
        checked,
        [UUID(one) for one in given["excluded"]],
    )
    for refused in opened.faults.values():
        raise refused
    read = [
        opened.read(one["kind"], UUID(one["id"]), unb64(one["envelope"])) for one in given["read"]
    ]
    keys = sorted([one.record.purpose, one.record.epoch] for one in opened.keys.values())
    return {"keys": keys, "read": [_fields(one) for one in read]}


def _current(given: Fields) -> Fields:
    records = [epochs.parse(unb64(one)) for one in given["records"]]
    epochs.check_current([one.case_key for one in records], unb64(given["envelope"]))
    return {"current": True}


def _receipt(given: Fields) -> Fields:
    one = given["receipt"]
    receipt.check(
        receipt.Receipt(
            unb64(one["key_id"]), date.fromisoformat(one["day"]), unb64(one["signature"])
        ),
        [unb64(key) for key in given["receipt_keys"]],
        UUID(given["case_id"]),
        UUID(given["message_id"]),
        unb64(given["envelope"]),
        given["organisation"],
    )
    return {"holds": True}


def _proof(given: Fields) -> Fields:
    found = proof.verify(given["proof"], unb64(given["fingerprint"]), given["token"])
    return {
        "organisation": found.organisation,
        "case_id": str(found.case_id),
        "items": [
            {
                "number": one.number,
                "author": one.author,
                "day": one.day.isoformat(),
                "problem": one.problem and one.problem.code,
                **({"files": [_file(file) for file in one.files]} if one.files else {}),
            }
            for one in found.items
        ],
        "holds": found.holds,
        **({"unnamed": found.unnamed} if found.unnamed else {}),
    }


def _file(one: proof.File) -> Fields:
    if one.problem is not None:
        return {"id": str(one.id), "problem": one.problem.code}
    about = {"name": one.name, "type": one.type, "size": one.size, "sha256": b64(one.sha256)}
    return {"id": str(one.id), "problem": None, **about}


def _case_file(given: Fields) -> Fields:
    signature = case_file.Signature(unb64(given["key_id"]), unb64(given["signature"]))
    keys = [unb64(key) for key in given["receipt_keys"]]
    case_file.check(signature, keys, unb64(given["manifest"]))
    return {"holds": True}


# --- streams ------------------------------------------------------------------------------


def _described(given: Fields) -> stream.Description:
    key = unb64(given.get("decrypt_key", given["key"]))
    size = given.get("claimed", given["size"])
    return stream.Description(key, "a", "text/plain", size, unb64(given["sha256"]))


def _stream(given: Fields) -> Fields:
    plain, key = plain_bytes(given["size"]), unb64(given["key"])
    chunks = list(stream.encrypt(io.BytesIO(plain), given["size"], key))
    assert all(len(one) == stream.SEALED_CHUNK for one in chunks)
    assert b"".join(stream.decrypt(chunks, _described(given))) == plain
    return {
        "chunks": [b64(hashlib.sha256(one).digest()) for one in chunks],
        "first_16": b64(chunks[0][:16]),
        "last_16": b64(chunks[-1][-16:]),
    }


_CHANGES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "none": lambda chunks: chunks,
    "repeat the last chunk": lambda chunks: [*chunks, chunks[-1]],
    "drop the last chunk": lambda chunks: chunks[:-1],
    "drop the second chunk": lambda chunks: [chunks[0], *chunks[2:]],
    "drop all chunks": lambda _chunks: [],
    "swap the first two chunks": lambda chunks: [chunks[1], chunks[0], *chunks[2:]],
    "flip the first bit of the first chunk": lambda chunks: [
        bytes((chunks[0][0] ^ 128,)) + chunks[0][1:],
        *chunks[1:],
    ],
    "cut the last byte of the last chunk": lambda chunks: [*chunks[:-1], chunks[-1][:-1]],
    "empty the first chunk": lambda chunks: [b"", *chunks[1:]],
}


def _stream_changed(given: Fields) -> Fields:
    plain = plain_bytes(given["size"])
    chunks = list(stream.encrypt(io.BytesIO(plain), given["size"], unb64(given["key"])))
    return {"opened": _whole(stream.decrypt(_CHANGES[given["change"]](chunks), _described(given)))}


def _whole(parts: Iterator[bytes]) -> str:
    return b64(b"".join(parts))


def _stream_source(given: Fields) -> Fields:
    source = io.BytesIO(bytes(given["there"]))
    return {"opened": _whole(stream.encrypt(source, given["size"], unb64(given["key"])))}


def _chunk_count(given: Fields) -> Fields:
    return {"chunks": [stream.chunk_count(size) for size in given["sizes"]]}


RUNNERS: dict[str, Callable[[Fields], Fields]] = {
    "token": _token,
    "spelling": _spelling,
    "handler": _handler,
    "public-key": _public_key,
    "draft": _draft,
    "session": _session,
    "envelope": _envelope,
    "message": _message,
    "attachment": _attachment,
    "padding": _padding,
    "thread": _thread,
    "roster": _roster,
    "epochs": _epochs,
    "case": _case,
    "current": _current,
    "receipt": _receipt,
    "proof": _proof,
    "case-file": _case_file,
    "stream": _stream,
    "stream-changed": _stream_changed,
    "stream-source": _stream_source,
    "chunk-count": _chunk_count,
}
