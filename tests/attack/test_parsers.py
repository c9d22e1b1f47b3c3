"""Whatever bytes come, parsers refuse them by the family of refusals, and stay within bounds.

Hypothesis makes them up; tests/sealing/test_hostile_input.py changes valid ones.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st

from shared.errors import WrenError
from shared.sealing import envelope, epochs, message, proof, roster, session, stream, tokens
from shared.sealing.encoding import read_json, unb64
from shared.sealing.keyring import Keyring
from tests.attack.making import ANY_JSON, FEW, MANY, made_up
from tests.service import Service

ONE, KEYS = UUID(int=1), Keyring.from_seed(bytes(32))
PLACE = envelope.place(ONE, ONE)

DESCRIPTION = stream.Description(bytes(32), "a", "b", 70_000, bytes(32))

BYTES: dict[str, Callable[[bytes], object]] = {
    "json": read_json,
    "message": message._parse,
    "roster": roster.parse,
    "epoch": epochs.parse,
    "envelope": lambda data: envelope.unseal("message", PLACE, KEYS.seal_private, data),
    "envelope for us": lambda data: envelope.unseal(
        "message", PLACE, KEYS.seal_private, b"\1\1" + envelope.key_id(KEYS.seal_key) + data
    ),
    "description": lambda data: stream.open_description(ONE, ONE, data, KEYS.seal_private),
    "chunks": lambda data: list(stream.decrypt([data[:65_552], data[65_552:]], DESCRIPTION)),
}
TEXTS: dict[str, Callable[[str], object]] = {
    "words": tokens.decode,
    "bearer": session.secret_of,
    "base64": unb64,
}


def survives(parse: Callable[[Any], object], given_: Any) -> None:
    try:
        parse(given_)
    except WrenError:
        return


def tried(name: str, count: int) -> None:
    """Tries a parser with so many made-up inputs."""
    inputs: st.SearchStrategy[Any]
    if name in BYTES:
        inputs = st.binary(max_size=400) | ANY_JSON.map(lambda one: json.dumps(one).encode())
        made_up(inputs, lambda data: survives(BYTES[name], data), count)
    elif name in TEXTS:
        made_up(st.text(max_size=300), lambda text: survives(TEXTS[name], text), count)
    else:
        made_up(ANY_JSON, lambda value: survives(proof.verify, value), count)


NAMES = [*BYTES, *TEXTS, "proof"]


@pytest.mark.parametrize("name", NAMES)
def test_it_works(name: str) -> None:
    tried(name, FEW)


@pytest.mark.ordeal
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_in_depth(name: str) -> None:
    tried(name, MANY)


BOMBS = {
    "deep lists": b"[" * 500_000,
    "deep objects": b'{"a":' * 150_000,
    "closed and deep": b"[" * 400_000 + b"]" * 400_000,
    "a long number": b'{"token": ' + b"9" * 900_000 + b"}",
    "a number beyond all": b'{"token": 1e99999}',
    "no number": b'{"token": NaN, "access_key": Infinity}',
    "many names": b"{" + b",".join(b'"%d":1' % one for one in range(90_000)) + b"}",
    "one name often": b"{" + b",".join([b'"token":"a"'] * 80_000) + b"}",
    "many wrong items": b'{"excluded": [' + b"1," * 400_000 + b"1]}",
    "many wrong objects": b'{"content": {"concerns": [' + b"{}," * 300_000 + b"{}]}}",
    "lists of lists": b'{"excluded": [' + b"[" + b"[1,1]," * 150_000 + b"1]]}",
    "half characters": b'{"token": "' + b"\\ud800" * 100_000 + b'"}',
    "marks to be put in order": b'{"token": "' + "\u0301\u0316".encode() * 100_000 + b'"}',
    "spaces": b'{"token": "' + b" " * 900_000 + b'"}',
    "not UTF-8": b'{"token": "\xff\xfe' + b"\xc0" * 100_000 + b'"}',
    "packed": b"\x1f\x8b\x08" + bytes(100_000),
}
"""Bodies that cost their sender little."""


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs(service: Service, bomb: str) -> None:
    for path in ("/sessions", "/sign-in", "/organisations/eeast/cases", "/join"):
        answer = service.http.post(
            f"/api/v1{path}", data=BOMBS[bomb], content_type="application/json"
        )
        assert answer.status_code in (400, 401, 404, 413, 422), (path, answer.status_code)
        assert len(answer.data) < 200_000, "what is wrong is not told a thousand times"


@pytest.mark.parametrize(("kind", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_nothing_is_unpacked(service: Service, kind: str, pack: Callable[[bytes], bytes]) -> None:
    """A body that says that it is packed is taken as it came: no bomb unfolds."""

    def status(body: bytes, **headers: str) -> int:
        answer = service.http.post(
            "/api/v1/sessions", data=body, content_type="application/json", headers=headers
        )
        return answer.status_code

    plain, bomb = b'{"token": 1}', b'{"token": "' + b" " * 50_000_000 + b'"}'
    said = {"Content-Encoding": kind}
    assert (status(plain), status(plain, **said)) == (422, 422), "read, and wrong"
    assert status(pack(plain), **said) == 400, "no JSON"
    assert len(pack(bomb)) < 100_000
    assert status(pack(bomb), **said) == 400, "as large as it came: else 413"


@pytest.mark.parametrize("made", [
    "&".join(f"a{one}=b" for one in range(60_000)), "words=" + "%00" * 200_000,
    "words=" + "a+" * 300_000, "=" * 500_000, "&" * 900_000, "%" * 500_000,
])  # fmt: skip
def test_bombs_of_forms(service: Service, made: str) -> None:
    for path in ("/return", "/o/eeast/begin", "/console/sign-in"):
        answer = service.http.post(
            path, data=made, content_type="application/x-www-form-urlencoded",
            headers={"Sec-Fetch-Site": "same-origin"}, base_url="https://wren.example",
        )  # fmt: skip
        assert answer.status_code < 500


def test_bombs_of_headers(service: Service) -> None:
    for name in ("Accept-Language", "Cookie", "Accept", "If-None-Match", "Range", "Origin"):
        for value in ("a," * 20_000, "q=" * 20_000, "a=b;" * 10_000, '\\"' * 20_000, "(" * 40_000):
            for path in ("/", "/console/sign-in", "/api/v1/organisations/eeast"):
                answer = service.http.get(path, headers={name: value})
                assert answer.status_code < 500, (name, path)
