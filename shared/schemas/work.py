"""Work that is asked for before a case is opened: a challenge (ALTCHA, version 2)."""

from __future__ import annotations

from marshmallow import fields, validate

from shared.schemas.base import WireSchema

COST, TRIES = 250, 64_000
"""What a client takes on at most: rounds of a try, and tries. Twice the dearest that Wren asks."""

LONGEST = 4_000
"""Characters of a solution, with the challenge in it."""


def _hex(octets: int, what: str) -> fields.String:
    return fields.String(
        required=True,
        validate=validate.Regexp(rf"[0-9a-f]{{{2 * octets}}}\Z"),
        metadata={"description": f"{what}: {octets} bytes, hexadecimal"},
    )


def _count(most: int, what: str) -> fields.Integer:
    return fields.Integer(
        strict=True,
        required=True,
        validate=validate.Range(1, most),
        metadata={"description": what},
    )


class ChallengeData(WireSchema):
    organisation = fields.String(required=True, metadata={"example": "eeast"})
    tries = _count(TRIES, "the counter is below this")
    # A text, since it is signed as it stands there.
    until = fields.String(
        required=True,
        validate=validate.Regexp(r"\d{4}-\d\d-\d\d\Z"),
        metadata={
            "example": "2026-11-30",
            "format": "date",
            "description": "the last day (UTC) on which it is taken",
        },
    )


class Parameters(WireSchema):
    algorithm = fields.String(required=True, validate=validate.Equal("PBKDF2/SHA-256"))
    cost = _count(COST, "rounds of each try")
    keyLength = fields.Integer(strict=True, required=True, validate=validate.Equal(32))
    keyPrefix = _hex(16, "how the key that is looked for begins")
    keySignature = _hex(32, "for the service alone")
    nonce = _hex(16, "the password of a try is this and the counter, 4 bytes, big-endian")
    salt = _hex(16, "the salt of each try")
    data = fields.Nested(ChallengeData, required=True)


class Challenge(WireSchema):
    """What ALTCHA's own solvers take, too."""

    parameters = fields.Nested(Parameters, required=True)
    signature = _hex(32, "the service's, of the parameters")


def solution() -> fields.String:
    """The field of a request with a solution."""
    return fields.String(
        validate=validate.Length(1, LONGEST),
        metadata={
            "description": "a solved challenge of this organisation, as ALTCHA's payload (base64 "
            "of JSON); asked for with 429 `work_needed`"
        },
    )
