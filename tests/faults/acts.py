"""What a reporter does, prepared to be sent, and sent again: each call whole or not at all."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import requests

from shared import attaching, conversation
from shared.attaching import Staged
from shared.client import Client
from shared.conversation import ReporterCase
from shared.errors import LineError, NoRoom, Unavailable
from shared.sealing import tokens

SLUG = "eeast"
FILE = bytes(range(256)) * 400
"""Two chunks, once sealed."""

REFUSALS = {503: Unavailable, 507: NoRoom}


@dataclass
class Act:
    """Calls in their order; `check` raises if they are not there once, exactly as they were sent.

    The same calls again store nothing more.
    """

    calls: list[Callable[[], Any]]
    check: Callable[[], None]
    chunks: int = 0
    """How many of the calls, after the first, each store a chunk."""
    staged: Staged | None = field(default=None, repr=False)

    def send(self) -> int:
        """Makes the calls until the service is gone; how many were acknowledged."""
        for done, call in enumerate(self.calls):
            try:
                call()
            except (LineError, requests.RequestException):
                return done
        return len(self.calls)


class Reporter:
    """Somebody who has a case, and opens others."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = Client(url)
        self.directory = self.client.organisation(SLUG)
        self.roster = self.client.roster(SLUG)
        self.http = requests.Session()
        self.http.trust_env = False
        self.token = tokens.new_token()
        conversation.send_report(self.client, SLUG, self.roster, self._report(self.token))
        self.bearer = str(self.client.start_session({"token": self.token})["session"])
        self.sign_in_anew()

    def sign_in_anew(self) -> None:
        """Forgets the case, and reads all of it again."""
        self.case = ReporterCase.sign_in(self.client, self.token, self.directory)
        self.case.refresh()
        self.case.thread()

    def close(self) -> None:
        """Drops the connections."""
        self.client.close()
        self.http.close()

    def _report(self, token: str) -> Any:
        return conversation.prepare_report(
            self.directory, self.roster, token, "guardian", (), {"story": "An invented story."}
        )

    def act(self, name: str) -> Act:
        """One of `ACTS`, new."""
        made: Act = getattr(self, name.replace(" ", "_"))()
        return made

    def a_sealed_report(self) -> Act:
        token = tokens.new_token()
        sealed = self._report(token)

        def send() -> None:
            conversation.send_report(self.client, SLUG, self.roster, sealed)

        return Act([send], lambda: self._can_be_read(token, "An invented story."))

    def a_readable_report(self) -> Act:
        token = tokens.new_token()
        body = {
            "case_id": str(uuid4()),
            "token": token,
            "desk": "guardian",
            "excluded": [],
            "content": {"story": "Another invented story."},
        }
        send = lambda: self.client.open_case(SLUG, body)  # noqa: E731
        return Act([send], lambda: self._can_be_read(token, "Another invented story."))

    def _can_be_read(self, token: str, story: str) -> None:
        case = ReporterCase.sign_in(self.client, token, self.directory)
        case.refresh()
        (report,) = case.thread()
        assert report.content is not None
        assert report.content["story"] == story

    def a_sealed_message(self) -> Act:
        words = f"Invented words {uuid4()}."
        sealed = self.case.prepare(words)
        return Act([lambda: self.case.send(sealed)], lambda: self._was_said(words))

    def a_readable_message(self) -> Act:
        words = f"Readable words {uuid4()}."
        body = {"id": str(uuid4()), "content": {"text": words}}
        send = lambda: self.client.post_message("/case", body, self.bearer)  # noqa: E731
        return Act([send], lambda: self._was_said(words))

    def _was_said(self, words: str) -> Any:
        said = [one for one in self.case.thread() if (one.content or {}).get("text") == words]
        (found,) = said
        assert found.problem is None
        return found

    def an_upload(self) -> Act:
        words = f"See the picture {uuid4()}."
        staged = attaching.stage(
            io.BytesIO(FILE), len(FILE), "a.jpg", "image/jpeg", self.case.keys, into=io.BytesIO()
        )
        sealed = self.case.prepare(words, [staged.attached])

        def begin() -> None:
            self.client.post_attachment("/case", staged.body, self.case._bearer)

        def put(number: int) -> Callable[[], None]:
            chunk = staged.chunk(number)
            return lambda: self.client.put_chunk(
                "/case", staged.id, number, chunk, self.case._bearer
            )

        def check() -> None:
            (named,) = self._was_said(words).attached
            assert b"".join(self.case.fetch(named)) == FILE

        puts = [put(number) for number in range(staged.chunks)]
        calls = [begin, *puts, lambda: self.case.send(sealed)]
        return Act(calls, check, staged.chunks, staged)

    def stored_chunks(self, staged: Staged) -> set[int]:
        """Which chunks the service says it has."""
        state = self.client.attachment_state("/case", staged.id, self.case._bearer)
        return set(state["have"])

    def a_readable_file(self) -> Act:
        words, name = f"See the text {uuid4()}.", str(uuid4())
        text = ("Invented lines.\n" * 9000).encode()
        body = {"id": str(uuid4()), "content": {"text": words, "attachments": [name]}}

        def upload() -> None:
            self._http(
                "POST", "/case/attachments", data={"id": name}, files={"file": ("a.txt", text)}
            )

        def check() -> None:
            self._was_said(words)
            got = self._http("GET", f"/case/attachments/{name}").content
            assert hashlib.sha256(got).digest() == hashlib.sha256(text).digest()

        send = lambda: self.client.post_message("/case", body, self.bearer)  # noqa: E731
        return Act([upload, send], check)

    def _http(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.bearer}"}
        answer = self.http.request(
            method, f"{self.url}/api/v1{path}", headers=headers, timeout=60, **more
        )
        if answer.status_code in REFUSALS:
            raise REFUSALS[answer.status_code]
        assert answer.ok, answer.text
        return answer


ACTS = (
    "a sealed report",
    "a readable report",
    "a sealed message",
    "a readable message",
    "an upload",
    "a readable file",
)
