"""Whatever a service sends, only the family of refusals comes out of the parsers."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from shared.errors import BadToken, SealingError, SignIn
from shared.sealing import epochs, keyring, message, proof, roster, session, stream, tokens
from shared.sealing.encoding import read_json
from shared.sealing.message import Message
from tests.sealing.people import ADA, DAY, ROSTER, Store
from tests.vectors.generate import FOLDER

ROUNDS = 1500
JUNK: list[Any] = [
    None, True, False, 0, -1, 1, 2**64, 10**400, 1.5, "", "é", "\ud800", "0" * 40, "AA", "AA==",
    [], [[]], [None], {}, {"id": None}, "2026-01-01", "20260101", str(uuid4()), "EF" * 16,
    "00000000-0000-0000-0000-000000000000", "A" * 43, "A" * 86, [1, 2], {"": ""}, "wren-proof/1",
]  # fmt: skip


def mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[at : at + 1] = bytes((chance.randrange(256),))
            case 1:
                del changed[at : at + chance.randint(1, 80)]
            case 2:
                changed[at:at] = chance.choice(
                    [b"\0", b'"', b"{", b"]", b",", b"9", b"\xff", b"."]
                )
            case _:
                changed[at:at] = changed[at : at + chance.randint(1, 80)]
    return bytes(changed)


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _spots(value[key])


def mutated_json(value: Any, chance: random.Random) -> Any:
    copy = json.loads(json.dumps(value))
    for _ in range(chance.randint(1, 2)):
        holder, key = chance.choice(list(_spots(copy)))
        match chance.randrange(5):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder["more"] = chance.choice(JUNK)
            case _:
                holder[key] = chance.choice(JUNK)
        if not copy:
            break
    return copy


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def survives(parse: Callable[[Any], object], hostile: Any) -> None:
    try:
        parse(hostile)
    except SealingError:
        pass
    except Exception as error:
        raise AssertionError(f"{error!r} for {hostile!r}") from error


MESSAGE = Message(
    "reporter",
    DAY,
    2,
    "text",
    {"text": "é"},
    (bytes(32),),
    (message.Attached(uuid4(), bytes(32)),),
)
PARSERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "json": (read_json, MESSAGE.to_json()),
    "message": (message._parse, MESSAGE.to_json()),
    "roster": (roster.parse, ROSTER.signed[-1].record),
}


@pytest.mark.parametrize("name", PARSERS)
def test_parsers_of_json(name: str) -> None:
    parse, valid = PARSERS[name]
    chance = random.Random(name)
    parse(valid)
    for _ in range(ROUNDS):
        survives(parse, mutated_bytes(valid, chance))
        survives(parse, as_bytes(mutated_json(json.loads(valid), chance)))
    survives(parse, b"[" * 100_000)
    survives(parse, b'{"a":' * 100_000)
    survives(parse, b'{"a":' + b"9" * 10_000 + b"}")


def test_epoch_records() -> None:
    valid, chance = Store().new.epoch.record, random.Random("epoch")
    epochs.parse(valid)
    for _ in range(ROUNDS):
        survives(epochs.parse, mutated_bytes(valid, chance))


def test_envelopes() -> None:
    store, chance = Store(), random.Random("envelope")
    opened, new = store.unlock(), store.new
    for _ in range(ROUNDS):
        hostile = mutated_bytes(new.envelope, chance)
        survives(lambda data: opened.read("message", new.message_id, data), hostile)
        survives(_reading_description(opened), hostile)


def _reading_description(opened: Any) -> Callable[[bytes], object]:
    (key,) = opened.keys.values()
    return lambda data: stream.open_description(opened.case_id, uuid4(), data, key.private)


def test_descriptions() -> None:
    store, chance, attachment_id = Store(), random.Random("description"), uuid4()
    opened = store.unlock()
    (key,) = opened.keys.values()
    valid = {"v": 1, "key": "A" * 43, "name": "a", "type": "b", "size": 1, "sha256": "A" * 43}
    public = key.private.public_key().public_bytes_raw()

    def parse(text: bytes) -> object:
        sealed = stream.seal(
            "attachment",
            stream.place(store.case_id, attachment_id),
            public,
            message.pad(text, message.SIZES[:1]),
        )
        return stream.open_description(store.case_id, attachment_id, sealed, key.private)

    parse(as_bytes(valid))
    for _ in range(ROUNDS // 3):
        survives(parse, as_bytes(mutated_json(valid, chance)))


def test_proof_files() -> None:
    vector = json.loads((FOLDER / "proof.json").read_text(encoding="utf-8"))
    valid, chance = vector["input"]["proof"], random.Random("proof")
    assert proof.verify(valid).holds
    for _ in range(ROUNDS // 5):
        survives(proof.verify, mutated_json(valid, chance))
    for junk in JUNK:
        survives(proof.verify, junk)


def test_typed_words() -> None:
    chance = random.Random("words")
    valid, recovery = tokens.new_token(), keyring.new_recovery()[0]
    for _ in range(ROUNDS):
        for parse, words in ((tokens.decode, valid), (keyring.read_recovery, recovery)):
            hostile = mutated_bytes(words.encode(), chance).decode("utf-8", "replace")
            survives(parse, hostile)
    assert tokens.decode(valid)
    assert len(keyring.read_recovery(recovery.upper())) == 16


@pytest.mark.parametrize("marks", ["\u0301\u0316" * 50_000, " e\u0301\u0316" * 30_000])
def test_a_text_that_is_much_too_long(monkeypatch: pytest.MonkeyPatch, marks: str) -> None:
    """To bring marks into order takes the square of them: it is not begun."""
    normalised: list[int] = []

    def count(_form: str, text: str) -> str:
        normalised.append(len(text))
        return text

    monkeypatch.setattr(tokens.unicodedata, "normalize", count)
    for words in (marks, f"{tokens.new_token()}{marks}", tokens.new_token() + " " * 1_000):
        for parse in (tokens.decode, keyring.read_recovery):
            with pytest.raises(BadToken):
                parse(words)
    assert max(normalised, default=0) <= tokens.LONGEST


def test_bearers() -> None:
    bearer, stored = session.start(session.Session("key", ADA.id, 10, None))
    kind, secret = session.secret_of(bearer)
    assert session.resume(kind, secret, stored.sealed, 9).subject == ADA.id
    chance = random.Random("bearer")
    for _ in range(ROUNDS):
        hostile = mutated_bytes(bearer.encode(), chance).decode("utf-8", "replace")
        sealed = mutated_bytes(stored.sealed, chance)
        if hostile == bearer or sealed == stored.sealed:
            continue
        with pytest.raises(SignIn):
            session.resume(*session.secret_of(hostile), stored.sealed, 9)
        with pytest.raises(SignIn):
            session.resume(kind, secret, sealed, 9)


def test_days_have_one_spelling() -> None:
    for text in ("20260302", "2026-W10-1", "2026-3-2", "2026-03-02T00:00", "٢٠٢٦-03-02"):
        with pytest.raises(SealingError):
            _day(text)


def _day(text: str) -> object:
    fields = json.loads(MESSAGE.to_json()) | {"day": text}
    return message._parse(json.dumps(fields).encode())
