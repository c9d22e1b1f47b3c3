"""Time stamps (RFC 3161): an authority's word, apart from ours, that something was there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import requests
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from shared.errors import BadSignature, Damaged
from shared.sealing.encoding import sha256

WAIT = (5.0, 10.0)
"""Seconds to reach the authority, and to wait for each part of its answer."""

LARGEST = 64 * 1024
"""Bytes of an answer at most; usual are two to six thousand."""

_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")


@dataclass(frozen=True, slots=True)
class Stamp:
    """When the authority saw it (UTC), and who it says it is."""

    at: datetime
    by: str


def ask(authority: str, data: bytes) -> bytes | None:
    """The authority's answer for SHA-256(data), in DER; None if it is away or answers otherwise.

    Nothing but the hash and a random number leaves the service.
    """
    asked = TimestampRequestBuilder(data, HashAlgorithm.SHA256).build()
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.post(
                authority,
                asked.as_bytes(),
                headers={"Content-Type": "application/timestamp-query"},
                timeout=WAIT,
                stream=True,
                allow_redirects=False,
            ) as answer:
                answer.raise_for_status()
                found = answer.raw.read(LARGEST + 1, decode_content=True)
        response = _fitting(found, data)
    except Exception:  # noqa: BLE001 - whatever stands at that address, the case file comes
        return None
    return found if response.tst_info.nonce == asked.nonce else None


def _fitting(token: bytes, data: bytes) -> TimeStampResponse:
    """An answer that grants a stamp for this. Raises `Damaged`, or `BadSignature` for others."""
    try:
        response = decode_timestamp_response(token[: LARGEST + 1])
        granted = PKIStatus(response.status) == PKIStatus.GRANTED
        imprint = response.tst_info.message_imprint
    except Exception:  # noqa: BLE001 - it is anybody's bytes, and the parser raises what it likes
        raise Damaged from None
    if not granted or imprint.hash_algorithm != _SHA256:
        raise Damaged
    if imprint.message != sha256(data):
        raise BadSignature("The time stamp was made for something else.")
    return response


def read(token: bytes, data: bytes, roots: Sequence[x509.Certificate] = ()) -> Stamp:
    """What a stamp says of `data`. With `roots`, one of them must stand behind its signature.

    Without `roots` its signature is not checked. Raises `Damaged` or `BadSignature`.
    """
    response = _fitting(token, data)
    if roots:
        builder = VerifierBuilder(roots=list(roots))
        try:
            builder.build().verify_message(response, data)
        except VerificationError:
            raise BadSignature(
                "The time stamp is not signed by the authority that was given."
            ) from None
        except Exception:  # noqa: BLE001 - as above
            raise Damaged from None
    try:
        return Stamp(response.tst_info.gen_time, _signer(response))
    except Exception:  # noqa: BLE001 - its certificates too are anybody's bytes
        raise Damaged from None


def _signer(response: TimeStampResponse) -> str:
    """The subject of the certificate that signed; its serial number if that is not in there."""
    for one in response.signed_data.signer_infos:
        for der in response.signed_data.certificates:
            found = x509.load_der_x509_certificate(der)
            if (found.issuer, found.serial_number) == (one.issuer, one.serial_number):
                return found.subject.rfc4514_string()
        return f"serial number {one.serial_number}"
    return "nobody"
