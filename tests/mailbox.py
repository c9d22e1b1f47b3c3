"""A real mail server for tests (aiosmtpd), over TLS, and bad ones by name."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from api.config import Mail
from tests.postgres import free_port
from tests.web.tls import certificate

USER, PASSWORD = "wren", "correct horse"
SENDER = "wren@notices.example"


@dataclass
class Mailbox:
    """What came, and how the server answers. `refusals`: a reply to RCPT by address."""

    mail: Mail
    came: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    slow: float = 0.0

    async def handle_RCPT(
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Takes a recipient, unless it is refused."""
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Any, envelope: Any) -> str:
        """Keeps what came."""
        time.sleep(self.slow)
        self.raw.append(envelope.content)
        self.came.append(message_from_bytes(envelope.content, policy=policy.default))
        self.to.extend(envelope.rcpt_tos)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


def _sign_in(_server: Any, _session: Any, _envelope: Any, _kind: str, given: Any) -> AuthResult:
    right = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=given == right, handled=False)


@contextmanager
def receiving(
    place: Path, *, host: str = "127.0.0.1", security: str = "starttls", **more: Any
) -> Iterator[Mailbox]:
    """A server that wants STARTTLS (or TLS) and a password, until the end of the block."""
    shown, hidden = certificate(place)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(shown, hidden)
    authority = more.pop("authority", str(shown))
    box = Mailbox(Mail(host, 1, security, SENDER, "https://speak.example/console"))
    options: dict[str, Any] = {"authenticator": _sign_in}
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True, "auth_required": True}
    elif security == "tls":
        options |= {"ssl_context": context, "auth_require_tls": False}
    else:
        options |= {"auth_require_tls": False}
    port = free_port()
    server = Controller(box, hostname=host, port=port, **options)
    server.start()
    try:
        box.mail = Mail(
            host, port, security, SENDER, "https://speak.example/console",
            more.pop("user", USER if security != "none" else ""),
            more.pop("password", PASSWORD), authority,
        )  # fmt: skip
        yield box
    finally:
        server.stop()


@contextmanager
def hanging(greeting: bytes = b"", each: float = 0.0) -> Iterator[int]:
    """A port that takes connections and says nothing, or drips bytes of its greeting for ever."""
    over = threading.Event()

    def drip(line: socket.socket) -> None:
        with line:
            while not over.wait(each or 30):
                try:
                    line.sendall(greeting or b"")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)

        def accept() -> None:
            while not over.is_set():
                try:
                    line, _ = listening.accept()
                except OSError:
                    continue
                threading.Thread(target=drip, args=(line,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            thread.join(5)
