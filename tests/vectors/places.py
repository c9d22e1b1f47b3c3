"""Vectors of envelopes, and of messages, notes and attachments inside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.vectors import reference as ref
from tests.vectors.keys import Vector, vector
from tests.vectors.reference import b64, exact, fixed, fixed_id, sha256
from tests.vectors.world import (
    ADA,
    ATTACHMENT_ID,
    BEN,
    CASE,
    MAL,
    NOTE_ID,
    REP,
    REPLY_ID,
    REPORT,
    REPORT_ID,
    SERVICE,
    envelope,
    fields,
)

EPOCH = fixed("message epoch")
PUBLIC = ref.public_of(EPOCH)


def vectors() -> Iterator[Vector]:
    yield from _envelopes()
    yield from _messages()
    yield from _contents()
    yield from _attachments()
    yield from _padding()
    yield from _threads()


def _envelopes() -> Iterator[Vector]:
    contexts = {
        "case-key": ref.key_context(CASE, ADA.id.bytes, 0, 1),
        "message": CASE.bytes + REPORT_ID.bytes,
        "note": CASE.bytes + NOTE_ID.bytes,
        "attachment": CASE.bytes + ATTACHMENT_ID.bytes,
    }
    plain = b"what is sealed"
    for kind, context in contexts.items():
        yield vector(
            f"envelope-{kind}", "envelope", f"An envelope of kind {kind} opens in its place.",
            _given(kind, context, ref.seal(kind, context, PUBLIC, plain)), {"plain": b64(plain)},
        )  # fmt: skip
    context = contexts["message"]
    sealed = ref.seal("message", context, PUBLIC, plain)
    empty = ref.seal("message", context, PUBLIC, b"")
    yield vector(
        "envelope-empty", "envelope", "Nothing, sealed, is 58 bytes.",
        _given("message", context, empty), {"plain": ""},
    )  # fmt: skip
    bad: dict[str, tuple[str, bytes, str]] = {
        "bit-flip": ("A changed bit of the ciphertext", _flip(sealed, -1), "Damaged"),
        "bit-flip-enc": ("A changed bit of HPKE's enc", _flip(sealed, 10), "Damaged"),
        "zero-enc": ("An enc of zeros", sealed[:10] + bytes(32) + sealed[42:], "Damaged"),
        "cut": ("An envelope cut by a byte", sealed[:-1], "Damaged"),
        "longer": ("An envelope with a byte more", sealed + b"\0", "Damaged"),
        "57-bytes": ("An envelope under 58 bytes", empty[:57], "Damaged"),
        "short-other-version": ("A short one of another version (lengths are checked first)",
                                b"\2" + empty[1:57], "Damaged"),
        "none": ("No bytes at all", b"", "Damaged"),
        "version": ("Version 2", b"\2" + sealed[1:], "UnknownVersion"),
        "suite": ("Suite 2", sealed[:1] + b"\2" + sealed[2:], "UnknownVersion"),
        "other-key-id": ("Another key id, whatever else it holds,", _flip(sealed, 2), "WrongKey"),
        "version-and-key": ("Another version with another key id",
                            b"\0" + _flip(sealed, 9)[1:], "UnknownVersion"),
    }  # fmt: skip
    for name, (what, changed, error) in bad.items():
        yield vector(
            f"envelope-{name}", "envelope", f"{what} is refused.",
            _given("message", context, changed), error=error,
        )  # fmt: skip
    yield vector(
        "envelope-wrong-key", "envelope", "Another private key does not open it.",
        _given("message", context, sealed) | {"private": b64(ADA.seal_private)}, error="WrongKey",
    )  # fmt: skip
    moved = {
        "other-kind": ("a note", "note", context),
        "other-case": ("a message of another case", "message",
                       fixed_id("other case").bytes + REPORT_ID.bytes),
        "other-place": ("another message", "message", CASE.bytes + REPLY_ID.bytes),
    }  # fmt: skip
    for name, (what, kind, place) in moved.items():
        yield vector(
            f"envelope-{name}", "envelope", f"A message's envelope does not open as {what}.",
            _given(kind, place, sealed), error="Damaged",
        )  # fmt: skip
    key = ref.seal("case-key", contexts["case-key"], PUBLIC, fixed("half"))
    places = {
        "reader": ("reader", ref.key_context(CASE, BEN.id.bytes, 0, 1)),
        "purpose": ("purpose", ref.key_context(CASE, ADA.id.bytes, 1, 1)),
        "epoch": ("epoch", ref.key_context(CASE, ADA.id.bytes, 0, 2)),
        "read-back": ("way", ref.key_context(CASE, ref.EARLIER, 0, 1)),
    }
    for name, (what, place) in places.items():
        yield vector(
            f"case-key-other-{name}", "envelope", f"A case key does not open for another {what}.",
            _given("case-key", place, key), error="Damaged",
        )  # fmt: skip


def _given(kind: str, context: bytes, sealed: bytes) -> dict[str, str]:
    return {
        "kind": kind, "context": b64(context), "private": b64(EPOCH), "envelope": b64(sealed),
    }  # fmt: skip


def _flip(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


# --- messages -----------------------------------------------------------------------------

AUTHORS = {
    "reporter": [b64(REP.sign_key)],
    ADA.author: [b64(ADA.sign_key)],
    "service": [b64(SERVICE.sign_key)],
}


def _place(kind: str, item: Any, sealed: bytes) -> dict[str, Any]:
    return {
        "kind": kind, "case_id": str(CASE), "id": str(item), "private": b64(EPOCH),
        "authors": AUTHORS, "envelope": b64(sealed),
    }  # fmt: skip


def _messages() -> Iterator[Vector]:
    report = envelope("message", REPORT_ID, REPORT, REP, EPOCH)
    reply = fields(
        ADA.author,
        after=[b64(sha256(report))],
        attachments=[{"id": str(ATTACHMENT_ID), "sha256": b64(sha256(b"its envelope"))}],
    )
    status = fields("service", type="status", body={"status": "closed"})
    note = fields(ADA.author, type="classification", body={"outcome": "learning"})
    good = [
        ("message-report", "A report opens, and its text keeps every character.",
         "message", REPORT_ID, REPORT, REP),
        ("message-reply", "A reply names what it saw before, and an attachment.",
         "message", REPLY_ID, reply, ADA),
        ("message-service", "The service signs with the receipt key.",
         "message", REPLY_ID, status, SERVICE),
        ("note-classification", "A note opens under its own kind.", "note", NOTE_ID, note, ADA),
    ]  # fmt: skip
    for name, what, kind, item, content, signer in good:
        sealed = envelope(kind, item, content, signer, EPOCH)
        yield vector(name, "message", what, _place(kind, item, sealed), {"fields": content})
    spaced = b'{ "v": 1, "type": "text",' + exact(fields("reporter"))[1:].replace(
        b'"v":1,', b"").replace(b'"type":"text",', b"")  # fmt: skip
    sealed = envelope("message", REPLY_ID, None, REP, EPOCH, text=spaced)
    yield vector(
        "message-other-spelling", "message",
        "Order and spaces of the JSON are the author's: the exact bytes are signed.",
        _place("message", REPLY_ID, sealed), {"fields": fields("reporter")},
    )  # fmt: skip
    text = exact(fields("reporter"))
    sealed_as_note = {"signed_as": "note"}
    altered = ref.signed_message("message", CASE, REPLY_ID, text, REP).replace(b"Who", b"Whi")
    bad: dict[str, tuple[str, Any, Any, dict[str, Any]]] = {
        "forged-author": ("A handler who signs as the reporter", fields("reporter"), ADA, {}),
        "wrong-signer": ("A message signed by nobody's key", fields(ADA.author), MAL, {}),
        "not-a-reader": ("An author who is no reader of the epoch", fields(MAL.author), MAL, {}),
        "unknown-author": ("An author of no known form", fields("Reporter"), REP, {}),
        "signed-as-note": ("A signature over another kind", fields("reporter"), REP,
                           sealed_as_note),
        "signed-for-another": ("A signature over another id", fields("reporter"), REP,
                               {"signed_for": REPORT_ID}),
        "altered": ("Text altered after it was signed", None, REP, {"inside": ref.pad(altered)}),
    }  # fmt: skip
    for name, (what, content, signer, change) in bad.items():
        sealed = envelope("message", REPLY_ID, content, signer, EPOCH, **change)
        yield vector(
            f"message-{name}", "message", f"{what} is refused.",
            _place("message", REPLY_ID, sealed), error="BadSignature",
        )  # fmt: skip


def _contents() -> Iterator[Vector]:
    """Rightly signed and sealed, and yet not a message."""
    good = exact(fields("reporter"))
    signed = ref.signed_message("message", CASE, REPLY_ID, good, REP)
    bad: dict[str, tuple[str, bytes]] = {
        "duplicate-keys": ("Duplicate keys", good[:-1] + b',"seq":2}'),
        "duplicate-inside": ("Duplicate keys within the body",
                             good.replace(b'{"text":', b'{"text":"a","text":')),
        "float": ("A float", good.replace(b'"seq":1', b'"seq":1.0')),
        "exponent": ("An exponent", good.replace(b'"seq":1', b'"seq":1e0')),
        "not-a-number": ("NaN", good.replace(b'"seq":1', b'"seq":NaN')),
        "lone-surrogate": ("A lone surrogate", good.replace(b"Diolch", b"\\ud800")),
        "not-utf-8": ("Latin-1", good.replace(b"Diolch", b"\xe9")),
        "byte-order-mark": ("A byte order mark", b"\xef\xbb\xbf" + good),
        "not-json": ("Text that is not JSON", b"hello"),
        "a-list": ("JSON that is no object", b"[" + good + b"]"),
        "field-missing": ("A missing field", good.replace(b',"attachments":[]', b"")),
        "field-more": ("A field more", good[:-1] + b',"mood":"blue"}'),
        "seq-zero": ("A seq of 0", good.replace(b'"seq":1', b'"seq":0')),
        "seq-true": ("A seq of true", good.replace(b'"seq":1', b'"seq":true')),
        "type": ("An unknown type", good.replace(b'"type":"text"', b'"type":"joke"')),
        "day": ("A day in another spelling", good.replace(b"2026-03-02", b"20260302")),
        "body-list": ("A body that is no object", exact(fields("reporter", body=[]))),
        "after-17": ("More than 16 hashes in after",
                     exact(fields("reporter", after=[b64(fixed(str(n))) for n in range(17)]))),
        "after-short": ("A hash of 31 bytes in after",
                        exact(fields("reporter", after=[b64(bytes(31))]))),
        "after-padded": ("Padded base64url",
                         exact(fields("reporter", after=[b64(bytes(32)) + "="]))),
        "attachment-id": ("An attachment's id in capitals", exact(fields("reporter", attachments=[
            {"id": str(ATTACHMENT_ID).upper(), "sha256": b64(bytes(32))}]))),
    }  # fmt: skip
    for name, (what, text) in bad.items():
        if text == good:
            raise ValueError(name)
        inside = ref.pad(ref.signed_message("message", CASE, REPLY_ID, text, REP))
        sealed = envelope("message", REPLY_ID, None, REP, EPOCH, inside=inside)
        yield vector(
            f"content-{name}", "message", f"{what} is refused.",
            _place("message", REPLY_ID, sealed), error="Damaged",
        )  # fmt: skip
    versions = {
        "content-version": ("Fields of version 2", exact(fields("reporter", v=2, mood="blue"))),
        "content-version-true": ("A version of true", exact(fields("reporter", v=True))),
    }
    for name, (what, text) in versions.items():
        sealed = envelope("message", REPLY_ID, None, REP, EPOCH, text=text)
        yield vector(
            name, "message", f"{what} is another format.", _place("message", REPLY_ID, sealed),
            error="UnknownVersion",
        )  # fmt: skip
    paddings: dict[str, tuple[str, bytes]] = {
        "padding-none": ("No 0x80", signed.ljust(4096, b"\0")),
        "padding-other": ("Another byte than 0x80", (signed + b"\x81").ljust(4096, b"\0")),
        "padding-ones": ("Padding that does not end in zeros",
                         (signed + b"\x80").ljust(4096, b"\1")),
        "padding-zeros": ("Nothing but zeros", bytes(4096)),
        "padding-size": ("A size that is none of the four", (signed + b"\x80").ljust(512, b"\0")),
        "padding-short": ("Less than a signature", b"\x80".ljust(4096, b"\0")),
    }  # fmt: skip
    for name, (what, inside) in paddings.items():
        sealed = envelope("message", REPLY_ID, None, REP, EPOCH, inside=inside)
        yield vector(
            name, "message", f"{what} is refused.", _place("message", REPLY_ID, sealed),
            error="Damaged",
        )  # fmt: skip


# --- attachments' descriptions ------------------------------------------------------------


def _attachments() -> Iterator[Vector]:
    content = {
        "v": 1, "key": b64(fixed("stream key")), "name": "llun 1.png", "type": "image/png",
        "size": 65_537, "sha256": b64(sha256(ref.plain_bytes(65_537))),
    }  # fmt: skip
    context = CASE.bytes + ATTACHMENT_ID.bytes

    def given(changed: object, **more: str) -> dict[str, str]:
        text = changed if isinstance(changed, bytes) else exact(changed)
        sealed = ref.seal("attachment", context, PUBLIC, ref.pad(text))
        return {
            "case_id": str(CASE), "id": str(ATTACHMENT_ID), "private": b64(EPOCH),
            "envelope": b64(sealed),
        } | more  # fmt: skip

    yield vector(
        "attachment", "attachment", "An attachment's description opens.", given(content),
        {"fields": content},
    )  # fmt: skip
    bad = {
        "other-id": ("A description in another's place",
                     given(content, id=str(NOTE_ID)), "Damaged"),
        "size-negative": ("A negative size", given(content | {"size": -1}), "Damaged"),
        "size-text": ("A size in text", given(content | {"size": "1"}), "Damaged"),
        "short-key": ("A key of 31 bytes", given(content | {"key": b64(bytes(31))}), "BadKey"),
        "short-hash": ("A SHA-256 of 31 bytes",
                       given(content | {"sha256": b64(bytes(31))}), "Damaged"),
        "field-more": ("A field more", given(content | {"mood": "blue"}), "Damaged"),
        "float": ("A float", given(content | {"size": 1.5}), "Damaged"),
        "name-null": ("A name that is no text", given(content | {"name": None}), "Damaged"),
        "type-null": ("A type that is no text", given(content | {"type": None}), "Damaged"),
        "version-true": ("A version of true", given(content | {"v": True}), "UnknownVersion"),
        "version": ("Fields of version 2", given(content | {"v": 2}), "UnknownVersion"),
        "larger": ("A description of 16 KiB", given(content | {"name": "n" * 5000}), "Damaged"),
    }  # fmt: skip
    for name, (what, changed, error) in bad.items():
        sentence = f"{what} is refused."
        yield vector(f"attachment-{name}", "attachment", sentence, changed, error=error)


# --- padding and threads ------------------------------------------------------------------


def _padding() -> Iterator[Vector]:
    for kib in (4, 16, 64, 192):
        yield vector(
            f"padding-{kib}-kib", "padding", f"What fits {kib} KiB with its 0x80 is padded to it.",
            {"length": kib * 1024 - 1}, {"padded": kib * 1024},
        )  # fmt: skip
    for kib, larger in ((4, 16), (16, 64), (64, 192)):
        yield vector(
            f"padding-over-{kib}-kib", "padding", f"{kib} KiB leave no place for the 0x80.",
            {"length": kib * 1024}, {"padded": larger * 1024},
        )  # fmt: skip
    yield vector(
        "padding-too-long", "padding", "192 KiB, signature included, are too long.",
        {"length": 192 * 1024}, error="TooLong",
    )  # fmt: skip


def _threads() -> Iterator[Vector]:
    def seen(envelope: str, author: str = "reporter", seq: int = 1, *after: str) -> dict[str, Any]:
        hashes = [b64(sha256(one.encode())) for one in after]
        return {"author": author, "seq": seq, "after": hashes, "envelope": b64(envelope.encode())}

    good = {
        "": ("A thread from its first message on has no gap.",
             [seen("a"), seen("b", ADA.author, 1, "a"), seen("c", "reporter", 2, "a", "b")]),
        "-two-devices": ("Two with one number, from two devices, are no gap, then or later.",
                         [seen("a"), seen("b", "reporter", 2, "a"), seen("c", "reporter", 2, "a"),
                          seen("d", "reporter", 3, "b"), seen("e", "reporter", 4, "d")]),
    }  # fmt: skip
    for name, (what, messages) in good.items():
        newest: dict[str, str] = {}
        for one in messages:
            newest[one["author"]] = one["envelope"]
        numbers = {who: max(m["seq"] for m in messages if m["author"] == who) for who in newest}
        yield vector(
            f"thread{name}", "thread", what, {"messages": messages},
            {
                "next_seq": {who: number + 1 for who, number in numbers.items()},
                "after": sorted(_hash(one) for one in newest.values()),
            },
        )  # fmt: skip
    bad = {
        "gap": ("A gap in an author's numbers", [seen("a"), seen("c", "reporter", 3, "a")]),
        "start": ("A first message that was not the first", [seen("b", "reporter", 2)]),
        "after": ("An unknown hash in after", [seen("a"), seen("c", ADA.author, 1, "a", "b")]),
        "other-author": ("Numbers count for each author: another's fill no gap",
                         [seen("a"), seen("b", ADA.author, 2, "a")]),
    }  # fmt: skip
    for name, (what, messages) in bad.items():
        yield vector(
            f"thread-{name}", "thread", f"{what}: something earlier is missing.",
            {"messages": messages}, error="MissingEarlier",
        )  # fmt: skip


def _hash(text: str) -> str:
    from base64 import urlsafe_b64decode

    return b64(sha256(urlsafe_b64decode(text + "=" * (-len(text) % 4))))
