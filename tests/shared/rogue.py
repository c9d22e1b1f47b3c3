"""A server of a test's own that answers byte for byte what the test says, over a real socket."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Says = Callable[[socket.socket], None]


class Rogue:
    """Answers each request by `says`, then hangs up. `heads` are the requests that came."""

    def __init__(self, says: Says | bytes, tls: ssl.SSLContext | None = None) -> None:
        self._says, self._tls = says, tls
        self.heads: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with suppress(OSError), connection:
                connection.settimeout(5)
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        line = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
        with line:
            head = b""
            while b"\r\n\r\n" not in head:
                more = line.recv(65_536)
                if not more:
                    return
                head += more
            self.heads.append(head)
            if isinstance(self._says, bytes):
                line.sendall(self._says)
            else:
                self._says(line)

    def close(self) -> None:
        """Stops, even while it is waiting for somebody."""
        self.over.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)


def http(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """An answer with this body; `length` where it says another one than it has."""
    lines = [
        f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}",
        "Content-Type: application/json", *headers,
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def certificate(where: Path, begins: int, ends: int) -> tuple[ssl.SSLContext, Path]:
    """For 127.0.0.1, valid from so many days from now to so many; and the root to trust."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "An invented service")])
    address = x509.IPAddress(ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=begins))
        .not_valid_after(now + timedelta(days=ends))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    root, both = where / "root.pem", where / "both.pem"
    root.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    both.write_bytes(
        root.read_bytes()
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context, root
