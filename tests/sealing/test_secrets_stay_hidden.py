"""No key, word or text shows in a repr, a str or a refusal."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from shared.errors import WrenError
from shared.sealing import keyring, message, proof, session, stream, stretch, tokens
from shared.sealing.encoding import b64, exact_json, read_json, unb64
from tests.sealing.people import ADA, DAY, Store, text

CANARY = "canary-sang-in-the-mine"


def assert_hidden(shown: str, *secrets: bytes | str) -> None:
    assert CANARY not in shown
    for secret in secrets:
        spellings = (
            [secret] if isinstance(secret, str) else [secret.hex(), b64(secret), repr(secret)]
        )
        for one in spellings:
            assert one.strip("b'\"") not in shown


def test_objects() -> None:
    store = Store(story=CANARY)
    opened = store.unlock()
    root = stretch.root(tokens.new_token(), bytes(16))
    report = opened.read("message", store.new.message_id, store.new.envelope)
    described = stream.Description(bytes(range(32)), CANARY, "image/png", 123456, bytes(32))
    started = session.Session("account", ADA.id, 1, ADA.keyring.seed)
    item = proof.Item(1, uuid4(), "reporter", DAY, bytes(32), None, report)
    halves = [one.private.private_bytes_raw() for one in opened.keys.values()]
    secrets = [
        root.access_key,
        root.keyring.seed,
        store.root.keyring.seed,
        store.root.access_key,
        ADA.keyring.seed,
        described.key,
        "123456",
        *halves,
    ]
    shown = [root, root.keyring, opened, *opened.keys.values(), report, described, started, item]
    for one in (*shown, store.new, message.Thread()):
        assert_hidden(repr(one) + str(one) + f"{one}", *secrets)


def _typed(words: str) -> Callable[[], Any]:
    return lambda: tokens.decode(words)


REFUSED: dict[str, Callable[[], Any]] = {
    "word": _typed(f"{CANARY.split('-', maxsplit=1)[0]} " + " ".join(tokens.words()[:7])),
    "count": _typed(CANARY),
    "check": _typed(" ".join(tokens.words()[40:48])),
    "recovery": lambda: keyring.read_recovery(" ".join([CANARY] * 12)),
    "json": lambda: read_json(b'{"a": "' + CANARY.encode() + b'"'),
    "duplicate": lambda: read_json(b'{"' + CANARY.encode() + b'":1,"' + CANARY.encode() + b'":2}'),
    "surrogate": lambda: exact_json(CANARY + "\ud800"),
    "base64url": lambda: unb64(CANARY + "!"),
    "seed": lambda: keyring.Keyring.from_seed(CANARY.encode()),
    "locked": lambda: keyring.unlock(b"a" * 32, keyring.TOTP, ADA.id, CANARY.encode() * 3),
    "bearer": lambda: session.secret_of("wr_" + CANARY),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_refusals(refused: Callable[[], Any]) -> None:
    with pytest.raises(WrenError) as caught:
        refused()
    error = caught.value
    shown = "".join(traceback.format_exception_only(error)) + repr(error) + repr(vars(error))
    assert "canary" not in shown
    for word in tokens.words()[40:48]:
        assert f" {word} " not in shown
    assert error.__suppress_context__ or error.__context__ is None


def test_a_long_message_is_refused_without_its_text() -> None:
    opened = Store().unlock()
    with pytest.raises(WrenError) as caught:
        opened.write("message", uuid4(), text(opened, CANARY * 20_000))
    assert CANARY not in repr(caught.value) + str(caught.value)
