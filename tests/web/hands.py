"""A person at a browser without script: reads pages, fills in forms, presses buttons.

Over the application itself, with the cookies that it sets. What is sent is what a browser would
send: every field of the form as the page has it, and what was typed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from werkzeug.test import TestResponse

from api.web import visits
from tests.service import Service
from tests.web.checks import check_headers, check_page

Field = tuple[str, str]


class _Form(HTMLParser):
    """The fields of a page's forms as they would be sent, and the texts of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({"action": given.get("action", ""), "fields": [], "buttons": []})
        elif not self.forms:
            return
        elif tag == "input" and given.get("type") in ("checkbox", "radio"):
            if "checked" in given:
                self._add(given["name"], given.get("value", "on"))
        elif tag == "input" and "name" in given:
            self._add(given["name"], given.get("value", ""))
        elif tag == "textarea":
            self._area = given["name"]
            self._add(self._area, "")
        elif tag == "button":
            self.forms[-1]["buttons"].append((given.get("name", ""), given.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            name, value = self.forms[-1]["fields"].pop()
            # A browser leaves out the line break that follows the tag.
            self._add(name, value + data if value else data.removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None

    def _add(self, name: str, value: str) -> None:
        self.forms[-1]["fields"].append((name, value))


def forms(page: str) -> list[dict[str, Any]]:
    """The forms of a page: `action`, `fields` as they would be sent, `buttons`."""
    reader = _Form()
    reader.feed(page)
    return reader.forms


class Hands:
    """One browser. `page` is what it shows now, `path` where that is."""

    def __init__(self, service: Service, language: str = "en") -> None:
        self.service, self.language = service, language
        self.http = service.app.test_client()
        self.page: TestResponse
        self.path = ""

    def go(self, path: str, status: int = 200, **headers: str) -> str:
        """Opens an address, or follows a link."""
        return self._take("GET", path, status, headers=headers)

    def press(
        self,
        typed: Mapping[str, Any] | None = None,
        *,
        form: int = 0,
        button: Field | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Fills in a form of this page and sends it; follows the redirect. The new page."""
        path, fields = self.filled(typed, form=form, button=button)
        return self.send(path, fields, status, headers)

    def send(
        self,
        path: str,
        fields: list[Field],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Sends these fields, as a browser does again after a reload."""
        data: dict[str, list[str]] = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        return self._take("POST", path, status, data=data, headers=dict(headers or {}))

    def filled(
        self,
        typed: Mapping[str, Any] | None = None,
        *,
        form: int = 0,
        button: Field | None = None,
    ) -> tuple[str, list[Field]]:
        """Where a form of this page goes, and its fields with what is typed."""
        found = self.forms()[form]
        typed = dict(typed or {})
        fields = [(name, value) for name, value in found["fields"] if name not in typed]
        for name, value in typed.items():
            many = value if isinstance(value, list | tuple) else [value]
            # A browser sends line breaks as CR and LF (WHATWG, form submission).
            fields += [(name, str(one).replace("\n", "\r\n")) for one in many]
        pressed = button or next(iter(found["buttons"]), ("", ""))
        if pressed[0]:
            fields.append(pressed)
        return found["action"] or self.path, fields

    def forms(self) -> list[dict[str, Any]]:
        """The forms of this page."""
        return forms(self.page.text)

    def fields(self, form: int = 0) -> dict[str, str]:
        """The fields of a form as the page has them filled in; of several the last."""
        return dict(self.forms()[form]["fields"])

    @property
    def text(self) -> str:
        """What the page says, without its tags."""
        body = re.sub(
            r"(?s)<(style|script|title)\b.*?</\1>|<!--.*?-->|<[^>]+>", " ", self.page.text
        )
        return re.sub(r"\s+", " ", html.unescape(body)).strip()

    @property
    def heading(self) -> str:
        """The page's one heading of the first level."""
        found = re.findall(r"(?s)<h1\b.*?>(.*?)</h1>", self.page.text)
        assert len(found) == 1, found
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", found[0]))).strip()

    def link(self, text: str) -> str:
        """Where the link with these words leads."""
        for address, words in re.findall(r'(?s)<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>',
                                         self.page.text):  # fmt: skip
            if text in html.unescape(re.sub(r"<[^>]+>", "", words)):
                return html.unescape(address)
        raise AssertionError(f"no link {text!r}: {self.text[:2000]}")

    def cookies(self) -> dict[str, str]:
        """What the browser holds, but for the marks that it was left."""
        held = {one.key: one.value for one in self.http._cookies.values()}
        return {
            name: value
            for name, value in held.items()
            if name != visits.LEFT and value != visits.BURIED
        }

    def clear_cookies(self) -> None:
        """Empties the browser's cookies."""
        self.http._cookies.clear()

    def _take(
        self, method: str, path: str, status: int, headers: Mapping[str, str], **more: Any
    ) -> str:
        sent = {"Accept-Language": self.language, **headers}
        answer = self.http.open(path, method=method, headers=sent, base_url=BASE, **more)
        while answer.status_code == 303 and answer.location.startswith("/"):
            check_headers(answer)
            path = answer.location.partition("#")[0]
            answer = self.http.open(path, headers=sent, base_url=BASE)
        assert answer.status_code == status, (answer.status_code, answer.text[:3000])
        if answer.mimetype == "text/html" and status != 303:
            check_page(answer, status)
        self.page, self.path = answer, path
        return answer.text


BASE = "https://wren.example"
"""Cookies are `Secure`: a browser sends them over TLS alone."""
