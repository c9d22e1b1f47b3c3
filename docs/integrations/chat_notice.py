"""Posts a line to a chat when there is something new in Wren. See chat_notice.md."""

from __future__ import annotations

import os
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
from standardwebhooks import Webhook, WebhookVerificationError

SECRET, CHAT = os.environ["SECRET"], os.environ["CHAT"]
CONSOLE = os.environ.get("CONSOLE", "")
PORT = int(os.environ.get("PORT", "8098"))
LONGEST = 10_000

LINES = {
    "case.opened": "Wren: a new case is in the inbox.",
    "case.updated": "Wren: a case has something new.",
    "case.overdue": "Wren: a case is overdue.",
    "webhook.test": "Wren: this is a test. Notices arrive here.",
}
posted: deque[str] = deque(maxlen=1000)
"""Ids of what was posted: the same message may come twice."""


def line_of(event: str) -> str:
    """One line without a reference: a chat is kept elsewhere, and read by more people."""
    line = LINES.get(event, "Wren: there is something new.")
    return f"{line} {CONSOLE}".strip()


class Receiver(BaseHTTPRequestHandler):
    """Takes what Wren sends, if its signature is right."""

    timeout = 10

    def do_POST(self) -> None:
        """204: posted. 401: not from Wren. 503: Wren tries it again later."""
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length) if 0 <= length <= LONGEST else b""
        try:
            told = Webhook(SECRET).verify(body, dict(self.headers.items()))
        except (WebhookVerificationError, ValueError):
            self.answer(401)
            return
        if self.headers["webhook-id"] in posted:
            self.answer(204)
            return
        try:
            requests.post(
                CHAT, json={"text": line_of(told["event"])}, timeout=8
            ).raise_for_status()
        except requests.RequestException:
            self.answer(503)
            return
        posted.append(self.headers["webhook-id"])
        self.answer(204)

    def answer(self, status: int) -> None:
        """Answers with a status alone."""
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Writes nothing: a log would keep when something happened."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), Receiver).serve_forever()
