"""A handler at the console without a browser: pages, forms and cookies, as a browser has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.service import Service

Fields = dict[str, Any]


@dataclass
class FoundForm:
    """A form of a page: where it goes, what it would send as it stands, and its buttons."""

    action: str
    fields: Fields = field(default_factory=dict)
    words: str = ""


class _Page(HTMLParser):
    """The forms of a page. Scripts, styles and handlers in it are noted as faults."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FoundForm] = []
        self.faults: list[str] = []
        self.words: list[str] = []
        self._form: FoundForm | None = None
        self._text: str | None = None
        self._select: tuple[str, list[str]] | None = None
        self._skip = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._look(tag, given)
        if tag == "form":
            self._form = FoundForm(given.get("action", ""))
            self.forms.append(self._form)
        if tag == "script":
            self._skip = True
        if self._form is None:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            kind = given.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in given:
                self._form.fields[name] = given.get("value", "on" if kind == "checkbox" else "")
        elif tag == "textarea" and name:
            self._text, self._form.fields[name] = name, ""
        elif tag == "select" and name:
            self._select = (name, [])
        elif tag == "option" and self._select is not None:
            chosen, options = self._select
            options.append(given.get("value", ""))
            if "selected" in given or chosen not in self._form.fields:
                self._form.fields[chosen] = given.get("value", "")

    def _look(self, tag: str, given: Fields) -> None:
        if tag == "style" or "style" in given or any(name.startswith("on") for name in given):
            self.faults.append(f"<{tag}> has style or script within")
        if tag == "script" and not given.get("src", "").startswith("/console/static/"):
            self.faults.append("a script that is not ours")
        for name in ("src", "href", "action"):
            if given.get(name, "").startswith(("http:", "//", "javascript:")):
                self.faults.append(f"<{tag}> leads away: {name}")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._text = None
        elif tag == "select":
            self._select = None
        elif tag == "script":
            self._skip = False

    def handle_data(self, data: str) -> None:
        if self._text is not None and self._form is not None:
            # A browser leaves the line break out that follows the tag.
            first = not self._form.fields[self._text]
            self._form.fields[self._text] += data.removeprefix("\r\n") if first else data
        elif not self._skip:
            self.words.append(data)
            if self._form is not None:
                self._form.words += data


@dataclass
class Shown:
    """An answer, read as a page."""

    answer: TestResponse
    forms: list[FoundForm]
    words: str

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def location(self) -> str:
        return self.answer.headers.get("Location", "")

    def form(self, *names: str) -> FoundForm:
        """The first form that has all these fields; not that of the hidden lock."""
        for one in self.forms:
            hidden = one.action == "/console/locked" and "csrf_token" in one.fields
            if set(names) <= set(one.fields) and not hidden:
                return one
        raise AssertionError(f"no form with {names}: {[list(one.fields) for one in self.forms]}")


def look(text: str) -> tuple[list[FoundForm], str]:
    """Forms and words of a page, which has no script, style or handler within, and leads nowhere
    else."""
    page = _Page()
    page.feed(text)
    assert page.faults == []
    return page.forms, " ".join(" ".join(page.words).split())


def read(answer: TestResponse) -> Shown:
    """Reads a page, as `look` does."""
    return Shown(answer, *look(answer.text))


@dataclass
class Hands:
    """Somebody's browser. `service.clock` is its clock too."""

    service: Service
    http: FlaskClient

    def get(self, path: str, *, follow: bool = False) -> Shown:
        """Looks at a page."""
        return read(self.http.get(path, follow_redirects=follow))

    def send(
        self, path: str, form: FoundForm, *, follow: bool = False, site: str = "same-origin",
        **fields: Any,
    ) -> Shown:  # fmt: skip
        """Fills a form in and sends it, as the page at `path` would."""
        headers = {"Sec-Fetch-Site": site, "Origin": "null"}
        given = {name: one for name, one in {**form.fields, **fields}.items() if one is not None}
        return read(
            self.http.post(
                form.action or path, data=given, headers=headers, follow_redirects=follow
            )
        )

    def fill(self, path: str, *names: str, follow: bool = False, **fields: Any) -> Shown:
        """Looks at a page, fills in its form with these fields, and sends it."""
        form = self.get(path).form(*names, *(one for one in fields if one != "csrf_token"))
        return self.send(path, form, follow=follow, **fields)

    def sign_in(self, username: str = "handler-1") -> Shown:
        """Signs in through the form, with the stretching."""
        who = self.service.handlers[username]
        form = self.get("/console/sign-in").form("wren-username")
        return self.send(
            "/console/sign-in",
            form,
            **{
                "wren-username": username,
                "wren-password": who.password,
                "wren-code": self.service.code(username),
            },
        )

    def cookies(self) -> dict[str, str]:
        """The cookies that the browser holds."""
        return {one.key: one.value for one in self.http._cookies.values()}  # type: ignore[union-attr]
