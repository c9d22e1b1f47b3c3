"""A whole report by the reporter's pages, next to the readable call: processor time of the server.

The client does what a browser without script does: it reads the page's form, fills it in, sends
every field of it, follows the redirect and holds the cookies. What it spends on that is not
counted: only the server's processes are, and for the clock only the time until an answer came.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from http.client import HTTPConnection
from urllib.parse import urlencode

from tests.bench.row import ROUNDS, Row, compare
from tests.bench.world import SLUG, STORY, Server, World
from tests.web.hands import forms

BEGIN = f"/o/{SLUG}/begin"
READABLE = f"/api/v1/organisations/{SLUG}/cases"
A_ROUND = 20
TYPED = {"story": STORY, "place": "An invented station", "told_before": "No"}
"""What is typed, as in the other rows; any other question stays as the page has it."""

_WORD = re.compile(r"<li>([a-z]+)</li>")
_ASKED = re.compile(r'<label for="(first|second)">Word (\d)</label>')
_MOST = 20


@dataclass(slots=True)
class Client:
    """One browser, or one program that calls the API. `waited` is in seconds."""

    port: int
    waited: float = 0.0
    cookies: dict[str, str] = field(default_factory=dict)
    _http: HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self._http = HTTPConnection("127.0.0.1", self.port, timeout=60)

    def send(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, str, str]:
        """Status, text and `Location` of the answer."""
        head = {"Accept-Language": "en-GB,en;q=0.9", "Sec-Fetch-Site": "same-origin"}
        if self.cookies:
            head["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body:
            head["Content-Type"] = kind
        start = time.perf_counter()
        try:
            self._http.request(method, path, body or None, head)
            answer = self._http.getresponse()
        except ConnectionError:
            # The server hung up, as it may after a form that it did not read: as browsers do.
            self._http.close()
            self._http.request(method, path, body or None, head)
            answer = self._http.getresponse()
        text = answer.read().decode()
        self.waited += time.perf_counter() - start
        for one in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = one.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, text, answer.headers.get("Location", "")

    def open(self, path: str, fields: list[tuple[str, str]] | None = None) -> tuple[str, str]:
        """Opens an address, or sends a form there and follows. Where that leads, and the page."""
        body = urlencode(fields).encode() if fields else b""
        kind = "application/x-www-form-urlencoded"
        status, text, to = self.send("POST" if fields else "GET", path, body, kind)
        if status == 303 and to.startswith("/"):
            path, (status, text, _) = to, self.send("GET", to, b"", "")
        if status != 200:
            raise RuntimeError(f"{path}: {status}\n{text[:3000]}")
        return path, text

    def close(self) -> None:
        """Hangs up; the next request is on a new line, as that of another person would be."""
        self._http.close()


def report(client: Client) -> None:
    """A report from its first page to its last: steps, sending, the words, practice."""
    client.cookies.clear()
    words: list[str] = []
    path, page = client.open(BEGIN)
    for _ in range(_MOST):
        found = forms(page)[0]
        words = _WORD.findall(page) or words
        asked = {name: words[int(place) - 1] for name, place in _ASKED.findall(page)}
        fields = _filled(found["fields"], TYPED | asked)
        if ("finish", "yes") in found["buttons"]:
            client.close()
            return
        path, page = client.open(found["action"] or path, fields)
    raise RuntimeError(f"The report does not end: {path}")


def _filled(fields: list[tuple[str, str]], typed: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, typed.get(name, value)) for name, value in fields]


def a_report(world: World) -> Row:
    """Milliseconds of the server's processors for a report by the web, next to the call's."""
    with world.wren(world.fresh()) as wren:
        by_web, by_call = Client(wren.port), Client(wren.port)

        def web() -> float:
            return _cost(wren, [lambda: report(by_web)] * A_ROUND)

        def call() -> float:
            bodies = world.readable(A_ROUND)
            return _cost(wren, [partial(_open_case, by_call, one) for one in bodies])

        web()
        call()
        by_web.waited = by_call.waited = 0.0
        found = compare(
            "a whole report by the web / the readable call",
            "CPU ms",
            ("at most", 1.3),
            web,
            call,
        )
    count = ROUNDS * A_ROUND / 1000
    waits = f"waiting {by_web.waited / count:.0f} ms and {by_call.waited / count:.0f} ms"
    return replace(found, note=waits)


def _open_case(client: Client, body: bytes) -> None:
    status, text, _ = client.send("POST", READABLE, body, "application/json")
    client.close()
    if status != 201:
        raise RuntimeError(f"{status}: {text[:3000]}")


def _cost(server: Server, acts: Sequence[Callable[[], None]]) -> float:
    """Milliseconds of processor time that the server spends on each."""
    before = server.busy()
    for act in acts:
        act()
    return (server.busy() - before) / len(acts) * 1000
