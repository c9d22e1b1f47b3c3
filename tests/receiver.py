"""A receiver of webhooks for tests, real and over a socket: good ones, and bad ones by name."""

from __future__ import annotations

import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and how it answers: a status, or `hang`, `drip`, `drip headers`, `close`."""

    url: str = ""
    answer: int | str = 204
    got: list[Got] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def bodies(self) -> list[bytes]:
        """The bodies that came."""
        return [one.body for one in self.got]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        receiver = self.receiver
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        receiver.got.append(Got(self.path, dict(self.headers.items()), body))
        self.close_connection = True
        if receiver.answer == "close":
            return
        if receiver.answer == "hang":
            receiver.ended.wait(60)
            return
        if receiver.answer in ("drip", "drip headers"):
            self._drip(b"HTTP/1.1 200 OK\r\n" if receiver.answer == "drip headers" else b"")
            return
        self.send_response(int(receiver.answer))
        if str(receiver.answer).startswith("3"):
            self.send_header("Location", f"{receiver.url}/elsewhere")
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    do_GET = do_POST

    def _drip(self, begins: bytes) -> None:
        """A byte at a time: each comes before any limit for one read would end."""
        line = b"X-Slow: " + b"a" * 1000 if begins else b"HTTP/1.1 " + b"0" * 1000
        try:
            self.wfile.write(begins)
            for byte in line:
                self.wfile.write(bytes([byte]))
                if self.receiver.ended.wait(0.05):
                    return
        except OSError:
            pass


@contextmanager
def receiving(answer: int | str = 204, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on this machine, for as long as it is needed."""
    receiver = Receiver(answer=answer)
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if tls:
        server.socket = tls.wrap_socket(server.socket, True, do_handshake_on_connect=False)
    scheme, host = ("https", "localhost") if tls else ("http", "127.0.0.1")
    receiver.url = f"{scheme}://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def certificate(place: Path, *names: str, days: int = 30) -> tuple[Path, ssl.SSLContext]:
    """A certificate for these names, signed by itself; its file, and what a server needs."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([_named(one) for one in names]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    file = place / f"{names[0]}-{days}.pem"
    public = made.public_bytes(serialization.Encoding.PEM)
    file.write_bytes(public)
    both = place / f"{names[0]}-{days}-key.pem"
    both.write_bytes(
        public
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return file, context


def _named(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def wait_until(holds: Any, seconds: float = 60.0) -> None:
    """Waits until `holds()` is true; fails after so many seconds."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it never came about"
        time.sleep(0.02)
