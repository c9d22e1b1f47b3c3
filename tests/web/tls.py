"""The server over TLS, as in front of a real one: browsers keep `Secure` cookies over it alone."""

from __future__ import annotations

import ipaddress
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.sealing.encoding import b64
from tests.console.screen import next_code
from tests.environ import clean_environ
from tests.journeys.served import Served, database_of, end, wait_for
from tests.postgres import free_port
from tests.service import SECRET

HOST = "localhost"


def certificate(place: Path) -> tuple[Path, Path]:
    """A certificate of this machine that signs itself, good for an hour, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    names: list[x509.GeneralName] = [
        x509.DNSName(HOST),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    shown, hidden = place / "certificate.pem", place / "key.pem"
    shown.write_bytes(made.public_bytes(pem))
    hidden.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return shown, hidden


@contextmanager
def serving_over_tls(
    request: pytest.FixtureRequest, place: Path, **settings: str
) -> Iterator[Served]:
    """The application on a copy of the filled database, behind the server of `wren serve`.

    `settings` are more WREN_ variables, without their beginning. The certificate to trust is
    `certificate.pem` in its place.
    """
    url = database_of(request, "sqlite", place)
    _, handlers = request.getfixturevalue("sqlite_template")
    (place / "data" / "secret").write_text(b64(SECRET))
    shown, hidden = certificate(place)
    port = free_port()
    more = {f"WREN_{name}": value for name, value in settings.items()}
    with (place / "out").open("wb") as out:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "granian", "--interface", "wsgi", "--factory",
                "--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "8",
                "--no-access-log", "--log-level", "error",
                "--ssl-certificate", str(shown), "--ssl-keyfile", str(hidden),
                "api.app:create_app",
            ],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=place,
            env=clean_environ(
                WREN_DATA=str(place / "data"),
                WREN_DATABASE_URL=url,
                PYTHONPATH=str(Path(__file__).parents[2]),
                **more,
            ),
        )  # fmt: skip
        try:
            served = Served(f"https://{HOST}:{port}", url, place, handlers, process)
            wait_for(lambda: _answers(served, shown), "the server does not answer")
            yield served
        finally:
            end(process)


def _answers(served: Served, trusted: Path) -> bool:
    assert served.process.poll() is None, served.written().decode(errors="replace")
    try:
        with requests.Session() as http:
            http.trust_env = False
            return http.get(f"{served.url}/api/v1/health", timeout=5, verify=str(trusted)).ok
    except requests.RequestException:
        return False


@contextmanager
def handler(served: Served, username: str = "handler-1") -> Iterator[tuple[requests.Session, str]]:
    """A handler signed in by calls, and where the calls are."""
    one, url = served.handlers[username], f"{served.url}/api/v1"
    with requests.Session() as http:
        http.trust_env = False
        http.verify = str(served.place / "certificate.pem")
        form = {
            "username": username,
            "password": one.password,
            "code": next_code(one.totp_secret, served.url),
        }
        signed = http.post(f"{url}/sign-in", json=form, timeout=30)
        assert signed.status_code < 300, signed.text
        http.headers["Authorization"] = f"Bearer {signed.json()['session']}"
        yield http, url
