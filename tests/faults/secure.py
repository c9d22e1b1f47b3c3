"""The service of a test over TLS, whose certificate the test's clients trust.

A line that spoils bytes means something over TLS alone: without it nobody could tell.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.shared.rogue import certificate


class _Lasting(WSGIRequestHandler):
    """Connections stay open for the next request, as those of a real server do."""

    protocol_version = "HTTP/1.1"


@contextmanager
def secured(app: Any, where: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serves an application over TLS on a free port; its address."""
    context, root = certificate(where, -1, 30)
    patch.setattr("shared.line.certifi.where", lambda: str(root))
    log = logging.getLogger("werkzeug")
    before, level = log.disabled, log.level
    log.disabled = True  # it tells each connection that broke
    server: Any = make_server("127.0.0.1", 0, app, True, request_handler=_Lasting)
    plain = server.get_request

    def get_request() -> tuple[ssl.SSLSocket, Any]:
        """The handshake is the thread's: a client that says nothing holds up nobody."""
        connection, place = plain()
        connection.settimeout(10)
        return _wrapped(context, connection), place

    server.get_request, server.ssl_context = get_request, context
    runner = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    runner.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        runner.join()
        log.disabled = before
        log.setLevel(level)


def _wrapped(context: ssl.SSLContext, connection: socket.socket) -> ssl.SSLSocket:
    return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
