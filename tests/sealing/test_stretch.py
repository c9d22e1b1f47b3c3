"""Stretching agrees with a second implementation of RFC 9106, byte for byte."""

from __future__ import annotations

import os

import pytest
from argon2.low_level import Type, hash_secret_raw

from shared.errors import BadKey
from shared.sealing.stretch import PASSWORD, TOKEN, Profile, stretch

SECRETS = [b"", b"\0", bytes(10), os.urandom(10), "chwech gair o’r rhestr".encode(), b"x" * 200]


@pytest.mark.parametrize("profile", [TOKEN, PASSWORD], ids=lambda one: one.name)
def test_agrees_with_argon2_cffi(profile: Profile) -> None:
    for secret in SECRETS:
        salt = os.urandom(16)
        other = hash_secret_raw(secret, salt, profile.t, profile.m, profile.p, 32, Type.ID)
        assert stretch(secret, salt, profile) == other


def test_the_costs_are_those_of_the_page() -> None:
    assert (TOKEN.t, TOKEN.m, TOKEN.p) == (2, 19 * 1024, 1)
    assert (PASSWORD.t, PASSWORD.m, PASSWORD.p) == (3, 64 * 1024, 1)


@pytest.mark.parametrize("length", [0, 8, 15, 17, 32])
def test_a_salt_has_sixteen_bytes(length: int) -> None:
    with pytest.raises(BadKey):
        stretch(b"secret", bytes(length), TOKEN)
