"""Somebody's browser at the reporter's pages, over the socket; all answers kept for the search."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder, TestResponse

from tests.journeys.console_window import _apart, rule_of
from tests.journeys.traffic import Traffic
from tests.web.hands import Hands

ECHOES = (401, 422)
"""Refusals whose page gives back what was sent, so that nobody has to type it again."""

_FILE_NAME = re.compile(rb"(?im)^content-disposition: attachment;.*$")
_KEY = re.compile(rb'<input type="hidden" name="key" value="[^"]*">')


def where(method: str, path: str) -> str:
    """The route of an address; of one that is not there: nowhere."""
    try:
        return rule_of(method, path)
    except HTTPException:
        return "nowhere"


class WebWindow(Hands):
    """A browser whose requests carry marks, and whose answers `traffic` keeps."""

    def __init__(self, traffic: Traffic) -> None:
        self.traffic, self.language, self.path = traffic, "en", ""
        self.jar: dict[str, str] = {}
        self.refused = set[tuple[str, str]]()

    def mark(self, name: str) -> str:
        """The marked text of this name, to be found nowhere."""
        return self.traffic.mark(f"web-{name}")

    def cookies(self) -> dict[str, str]:
        return dict(self.jar)

    def clear_cookies(self) -> None:
        self.jar.clear()

    def request(
        self,
        method: str,
        path: str,
        fields: Mapping[str, Any] | bytes | None = None,
        *,
        keep: bool = True,
        bare: bool = False,
        **headers: str,
    ) -> TestResponse:
        """One request with marked headers. `bare`: without the cookies of this window."""
        held = {} if bare else self.jar
        cookie = "; ".join(f"{name}={one}" for name, one in held.items())
        sent = self.traffic.headers | {
            "Cookie": "; ".join(filter(None, (self.traffic.headers["Cookie"], cookie))),
            "Origin": "null",
        }
        raw = fields if isinstance(fields, bytes | None) else urlencode(fields, True).encode()
        if raw is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            sent["Sec-Fetch-Site"] = "same-origin"
        sent |= {name.replace("_", "-"): one for name, one in headers.items()}
        status, answered, content = self.traffic.send(method, path, sent, raw)
        self._look(method, path, status, answered, content, keep)
        given = [line.partition(b": ")[::2] for line in answered.splitlines() if b": " in line]
        return TestResponse(
            iter([content]), str(status or 400),
            Headers([(name.decode(), value.decode()) for name, value in given]),
            EnvironBuilder(path, method=method).get_request(),
        )  # fmt: skip

    def _look(
        self, method: str, path: str, status: int, answered: bytes, content: bytes, keep: bool
    ) -> None:
        """Keeps what must hold no marks."""
        headers, cookies = _apart(answered)
        place = (method, where(method, path))
        name = f"{' '.join(place)} {status}"
        self.traffic.statuses.add(status)
        # A file that is taken has its name there: the browser saves it under it.
        told = _FILE_NAME.sub(b"", headers) if status == 200 else headers
        self.traffic.refusals.append((f"{name} headers", told))
        if status >= 400:
            self.refused.add(place)
        if status >= 400 and not (method == "POST" and status in ECHOES):
            self.traffic.refusals.append((name, content))
        self.traffic.keep_page(name, _KEY.sub(b"", content))
        for each, value in cookies.items() if keep else ():
            if not value:
                self.jar.pop(each, None)
                continue
            self.jar[each] = value
            if "_" in value:
                self.traffic.mark_session(value)

    def _take(
        self, method: str, path: str, status: int, headers: Mapping[str, str], **more: Any
    ) -> str:
        more = {name.replace("-", "_"): one for name, one in headers.items()} | more
        fields = more.pop("data", None)
        answer = self.request(method, path, fields, **more)
        self._did(method, path, answer)
        while answer.status_code == 303 and answer.location.startswith("/"):
            method, path = "GET", answer.location.partition("#")[0]
            answer = self.request(method, path)
            self._did(method, path, answer)
        self.page, self.path = answer, path.partition("?")[0]
        assert answer.status_code == status, (path, answer.status_code, self.text)
        return answer.text

    def _did(self, method: str, path: str, answer: TestResponse) -> None:
        if answer.status_code < 400:
            self.traffic.succeeded.add((method, where(method, path)))
