"""The search of the canary test finds what it should: otherwise silence would prove nothing."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from itertools import count
from urllib.parse import quote

import pytest

from tests.journeys.marks import CLIENT, LONG, MANY, SHORT, Marks, mark

SECRET = mark("?>~secret")


@pytest.mark.parametrize(
    "written",
    [
        SECRET.encode(),
        f"POST /x {SECRET}".encode(),
        quote(SECRET).encode(),
        SECRET.encode().hex().encode(),
        *(b64encode(b"a" * shift + SECRET.encode() + b"tail") for shift in range(4)),
        *(urlsafe_b64encode(b"a" * shift + SECRET.encode()) for shift in range(4)),
        json.dumps({"a": SECRET}).encode(),
        SECRET.encode("utf-16"),
    ],
    ids=count(),  # not by what is random in them
)
def test_a_mark_is_found_in_each_form(written: bytes) -> None:
    marks = Marks()
    marks.add("secret", SECRET)
    assert marks.found_in(b"before " + written + b" after") == {"secret"}


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256", "blake2b"])
def test_a_hash_is_found_in_each_form(name: str) -> None:
    marks = Marks()
    marks.add_hashes("address", CLIENT)
    made = hashlib.new(name, CLIENT.encode())
    for written in (made.digest(), made.hexdigest().encode(), b64encode(made.digest())):
        assert marks.found_in(b"before " + written + b" after") == {"address"}
    assert marks.found_in(hashlib.new(name, b"127.0.0.78").hexdigest().encode()) == set()


@pytest.mark.parametrize("joint", [" ", "-", ",", "\n", "+", '", "'])
def test_words_are_found_however_they_are_joined(joint: str) -> None:
    marks = Marks()
    marks.add_words("words", "one two three four five six seven eight")
    assert marks.found_in(f"x{joint.join(['two', 'three', 'four', 'five'])}x".encode()) == {
        "words"
    }


@pytest.mark.parametrize("others", [1, MANY])
@pytest.mark.parametrize("size", [SHORT // 2, SHORT, 2 * LONG + 7])
@pytest.mark.parametrize("place", [0, SHORT // 2, LONG - 3, LONG, 2 * LONG + 7])
def test_many_marks_are_found_in_something_long(place: int, size: int, others: int) -> None:
    marks = Marks()
    for number in range(others):
        marks.add(f"secret-{number}", mark(f"secret-{number}"))
    marks.add("secret", SECRET)
    place = min(place, size)
    content = b"x" * place + SECRET.encode() + b"y" * (size - place)
    assert marks.found_in(content) == {"secret"}
    assert marks.found_in(content.replace(SECRET.encode(), b"mark-secret-")) == set()


def test_nothing_is_found_elsewhere() -> None:
    marks = Marks()
    marks.add("secret", SECRET)
    assert marks.found_in(mark("?>~secret").encode() * 100) == set()
