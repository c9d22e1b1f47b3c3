"""A SOCKS 5 proxy of a test's own, as Tor's (RFC 1928, RFC 1929): it looks all names up itself."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass

HOST_UNREACHABLE = 4


@dataclass(frozen=True)
class Visit:
    """Somebody who came: by which name, and where to."""

    user: str
    host: str
    port: int


class Socks:
    """Leads every visit to `to`, whatever host it asks for; a host in `unknown` is not found."""

    def __init__(self, to: int, unknown: str = "") -> None:
        self._to, self._unknown = to, unknown
        self.visits: list[Visit] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"socks5h://127.0.0.1:{self.port}"
        self._run(self._serve)

    @staticmethod
    def _run(work: object, *args: object) -> None:
        threading.Thread(target=work, args=args, daemon=True).start()  # type: ignore[arg-type]

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._run(self._talk, connection)

    def _talk(self, line: socket.socket) -> None:
        with suppress(OSError, AssertionError, IndexError), line:
            line.settimeout(20)
            visit = self._greet(line)
            self.visits.append(visit)
            if visit.host == self._unknown:
                line.sendall(bytes((5, HOST_UNREACHABLE, 0, 1)) + bytes(6))
                return
            with socket.create_connection(("127.0.0.1", self._to), 20) as there:
                line.sendall(bytes((5, 0, 0, 1)) + bytes(6))
                self._run(self._pass_on, line, there)
                self._pass_on(there, line)

    @staticmethod
    def _greet(line: socket.socket) -> Visit:
        def take(many: int) -> bytes:
            found = b""
            while len(found) < many:
                more = line.recv(many - len(found))
                assert more
                found += more
            return found

        version, methods = take(2)
        assert version == 5
        assert 2 in take(methods)  # by a name and a word, which Tor prefers too
        line.sendall(b"\x05\x02")
        user = take(take(2)[1]).decode()
        take(take(1)[0])
        line.sendall(b"\x01\x00")
        _version, command, _, kind = take(4)
        assert command == 1
        host = take(take(1)[0]).decode() if kind == 3 else socket.inet_ntoa(take(4))
        return Visit(user, host, int.from_bytes(take(2), "big"))

    @staticmethod
    def _pass_on(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
        with suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Listens no more."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
