"""What is true of every page of the reporter's, whatever it says."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

STEP = 16 * 1024
"""Pages have a multiple of so many bytes."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
OTHERS = {
    "Content-Type", "Content-Length", "Location", "Set-Cookie", "Allow", "Onion-Location",
    "Retry-After",
}  # fmt: skip
"""What may stand beside `HEADERS`: nothing that tells of a state, a time or a program."""

COOKIE = re.compile(
    r"__Host-w-(?:[0-9a-f]{6}|language|left)=[A-Za-z0-9_-]+; Secure; HttpOnly; Path=/; "
    r"SameSite=Strict"
)
GONE = re.compile(
    r"__Host-w-(?:[0-9a-f]{6}|language)=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; "
    r"Secure; HttpOnly; Path=/; SameSite=Strict"
)
"""How a cookie is taken back: the only one with a date, and that is no date of anything."""

AWAY = ("tel:", "mailto:", "sms:", "data:,")
"""Beginnings of addresses that ask nothing of any site."""


class _Links(HTMLParser):
    """Everything in a page that leads or asks somewhere, and what must not be in any."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in ("href", "src", "action", "formaction", "srcset", "poster", "cite", "data"):
            if name in given and not (tag == "svg" or given[name].startswith("#")):
                self.links.append((tag, given[name]))
        if tag in ("style", "iframe", "object", "embed", "base") or "style" in given:
            self.faults.append(f"<{tag}> with {sorted(given)}")
        if tag == "script" and not given.get("src", "").startswith("/look/"):
            self.faults.append("a script within the page")
        if any(name.startswith("on") for name in given):
            self.faults.append(f"<{tag}> has a handler")
        if given.get("http-equiv", "").lower() in ("refresh", "set-cookie"):
            self.faults.append(f"<{tag}> goes on by itself")
        if tag == "a" and "target" in given and given.get("rel") != "noopener":
            self.faults.append("a link opens a window that knows of this one")


def check_headers(answer: TestResponse) -> None:
    """Fails unless an answer of the pages has all headers once, and none that tells more."""
    for name, value in HEADERS.items():
        assert answer.headers.getlist(name) == [value], name
    assert {name for name, _ in answer.headers} <= set(HEADERS) | OTHERS
    for one in answer.headers.getlist("Set-Cookie"):
        assert COOKIE.fullmatch(one) or GONE.fullmatch(one), one
    if answer.request.path != "/leave":
        # On this site, nothing but the path and a place of the page: a history holds it.
        assert re.fullmatch(r"/([^/?][^?#]*)?(#[a-z]+)?", answer.headers.get("Location", "/"))
    assert "Content-Encoding" not in answer.headers, "a page's length would tell what is in it"


def check_page(answer: TestResponse, status: int) -> None:
    """Fails unless this is a whole page with this status, its headers and its length."""
    assert answer.status_code == status, (answer.status_code, answer.text[:2000])
    assert answer.content_type == "text/html; charset=utf-8"
    check_headers(answer)
    assert len(answer.data) == int(answer.headers["Content-Length"])
    assert len(answer.data) % STEP == 0
    assert answer.text.startswith("<!doctype html>")
    assert answer.text.count("<h1") == 1
    links = _Links()
    links.feed(answer.text)
    assert links.faults == []
    for tag, address in links.links:
        assert address.startswith(AWAY) or not any(urlsplit(address)[:2]), (tag, address)
