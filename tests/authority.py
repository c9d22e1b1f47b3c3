"""A small time stamping authority: `openssl ts` behind a socket, with a root of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests import need

_CONFIG = """[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.2
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
_EXTENSIONS = """extendedKeyUsage=critical,timeStamping
keyUsage=critical,digitalSignature
basicConstraints=CA:false
"""


@dataclass(frozen=True)
class Authority:
    """Where it answers, the root that stands behind it, and what it was asked so far."""

    url: str
    root: Path
    asked: list[bytes]


def _openssl(program: str, folder: Path, *arguments: str) -> bytes:
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, check=True)
    return done.stdout


def _make_keys(program: str, folder: Path) -> None:
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
    (folder / "extensions").write_text(_EXTENSIONS)
    (folder / "serial").write_text("01\n")
    _openssl(
        program, folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key",
        "-out", "root.pem", "-days", "30", "-subj", "/CN=An invented root",
        "-addext", "keyUsage=critical,keyCertSign",
    )  # fmt: skip
    _openssl(
        program, folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key",
        "-out", "tsa.csr", "-subj", "/CN=An invented authority",
    )  # fmt: skip
    _openssl(
        program, folder, "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
        "-CAcreateserial", "-days", "30", "-extfile", "extensions", "-out", "tsa.pem",
    )  # fmt: skip


@contextmanager
def running(folder: Path) -> Iterator[Authority]:
    """An authority that answers until the end of the block."""
    program = need.program("openssl")
    _make_keys(program, folder)
    asked: list[bytes] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])))
            (folder / "query").write_bytes(asked[-1])
            made = _openssl(
                program, folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query",
                "-signer", "tsa.pem", "-inkey", "tsa.key",
            )  # fmt: skip
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(made)))
            self.end_headers()
            self.wfile.write(made)

        def log_message(self, *_values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield Authority(f"http://127.0.0.1:{server.server_port}/", folder / "root.pem", asked)
    finally:
        server.shutdown()
        server.server_close()
