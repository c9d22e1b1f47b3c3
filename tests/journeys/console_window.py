"""Somebody's browser over the socket: cookies, forms, and all answers kept for the search."""

from __future__ import annotations

import re
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.routing import MapAdapter
from werkzeug.test import encode_multipart

from api.app import create_app
from api.config import Config
from api.console.caller import DEVICE, SEEN, SESSION
from shared.sealing.encoding import unb64
from tests.console.hands import FoundForm, look
from tests.journeys.marks import Marks, mark
from tests.journeys.traffic import Traffic, unnamed
from tests.service import SECRET

FORM_COOKIE = "__Host-wren-form"
DONE = "note-success"
"""Stands in a page that says that something was done."""
Fields = Mapping[str, Any]


@cache
def _addresses() -> MapAdapter:
    return create_app(Config("sqlite://", SECRET)).url_map.bind("localhost")


def rule_of(method: str, path: str) -> str:
    """The route of an address, as `routes` names it."""
    found: Any = _addresses().match(path.partition("?")[0], method, return_rule=True)
    return str(found[0].rule)


def in_parts(
    fields: Fields, files: Mapping[str, bytes], field: str = "files"
) -> tuple[bytes, str]:
    """A form with files, by their names, as a browser sends it; and its type."""
    parts: list[tuple[str, Any]] = list(fields.items())
    parts += [(field, FileStorage(BytesIO(data), name)) for name, data in files.items()]
    boundary, body = encode_multipart(MultiDict(parts))
    return body, f"multipart/form-data; boundary={boundary}"


@dataclass
class Answer:
    """What came back, read as a page."""

    status: int
    location: str
    text: str
    path: str

    @cached_property
    def _read(self) -> tuple[list[FoundForm], str]:
        return look(self.text)

    @property
    def forms(self) -> list[FoundForm]:
        """Its forms. It is read when somebody asks: most refusals are only searched."""
        return self._read[0]

    @property
    def words(self) -> str:
        """What it says."""
        return self._read[1]

    def form(self, *names: str, action: str | None = None) -> FoundForm:
        """The first form with these fields (and this end of its action); not the hidden lock."""
        for one in self.forms:
            if one.action == "/console/locked" != self.path and action is None:
                continue
            right = one.action.endswith(action) if action is not None else True
            if right and set(names) <= set(one.fields) and _token(one):
                return one
        raise AssertionError((names, action, self.words, [one.action for one in self.forms]))

    def own(self) -> FoundForm:
        """The page's own form, which goes to where the page is."""
        return next(one for one in self.forms if one.action in ("", self.path) and _token(one))


@dataclass
class Window:
    """A browser whose requests carry marks, and whose answers `traffic` keeps.

    `clear`: marks of what is stored in clear by design. They are in no header, like all others.
    """

    traffic: Traffic
    clear: Marks
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def text(self, name: str) -> str:
        """The marked text of this name, to be found nowhere."""
        return self.traffic.mark(f"console-{name}")

    def known(self, name: str) -> str:
        """A marked text that is stored in clear: it may be in its table, and nowhere else."""
        made = mark(f"clear-{name}")
        self.clear.add(name, made)
        return made

    def request(
        self,
        method: str,
        path: str,
        fields: Fields | bytes | None = None,
        *,
        without: tuple[str, ...] = (),
        keep: bool = True,
        **headers: str,
    ) -> Answer:
        """One request with marked headers, and without these cookies of the window."""
        held = {name: one for name, one in self.cookies.items() if name not in without}
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
        return self._keep(method, path, status, answered, content, keep)

    def _keep(
        self, method: str, path: str, status: int, answered: bytes, content: bytes, keep: bool
    ) -> Answer:
        self.traffic.statuses.add(status)
        headers, cookies = _apart(answered)
        name = f"{method} {rule_of(method, path)} {status}"
        self.traffic.refusals.append((f"{name} headers", unnamed(status, headers)))
        for each, one in cookies.items():
            if each == FORM_COOKIE:
                self.traffic.refusals.append((f"{name} form cookie headers", _inside(one)))
            elif each not in (SESSION, SEEN, DEVICE):
                self.traffic.refusals.append((f"{name} {each} headers", one.encode()))
        if keep:
            self._take(cookies)
        location = re.search(rb"(?im)^Location: (\S+)", headers)
        page = content.decode() if b"text/html" in headers.lower() else ""
        self.traffic.keep_page(name, content)
        where = location[1].decode() if location else ""
        answer = Answer(status, where, page, path.partition("?")[0])
        if keep and answer.forms:
            self.token = next(filter(None, map(_token, answer.forms)), self.token)
        return answer

    def _take(self, cookies: Mapping[str, str]) -> None:
        for name, value in cookies.items():
            if not value:
                self.cookies.pop(name, None)
                continue
            self.cookies[name] = value
            if name == SESSION:
                self.traffic.mark_session(value)
            if name == DEVICE:
                self.traffic.marks.add("device", value)
                self.traffic.marks.add("device", unb64(value)[16:])

    def good(self, method: str, path: str, status: int = 200, fields: Any = None) -> Answer:
        """A request that has to succeed."""
        answer = self.request(method, path, fields)
        assert answer.status == status, (method, path, answer.status, answer.words)
        self.traffic.succeeded.add((method, rule_of(method, path)))
        return answer

    def get(self, path: str, status: int = 200) -> Answer:
        """A page that has to be there."""
        return self.good("GET", path, status)

    def post(
        self, path: str, form: FoundForm, says: str = DONE, expect: int = 303, **fields: Any
    ) -> Answer:
        """A form that has to be taken; where it leads to, or its answer, says so."""
        path = form.action or path
        answer = self.good("POST", path, expect, {**form.fields, **fields})
        shown = answer
        if expect == 303:
            assert "/sign-in" not in answer.location
            shown = self.request("GET", answer.location)
        assert says in shown.text, (path, says, shown.words)
        return shown

    def fill(self, path: str, says: str = DONE, expect: int = 303, **fields: Any) -> Answer:
        """Looks at a page, fills its own form in, and sends it."""
        return self.post(path, self.get(path).own(), says, expect, **fields)

    def press(self, path: str, action: str, says: str = DONE, **fields: Any) -> Answer:
        """The button that goes to this address, on the page at `path`."""
        return self.post(path, self.get(path).form(action=action), says, **fields)

    def refused(self, path: str, form: FoundForm, **fields: Any) -> Answer:
        """A form that must not be taken; the page that says so."""
        answer = self.request("POST", form.action or path, {**form.fields, **fields})
        assert answer.status >= 400, (path, answer.status, answer.words)
        return answer


def _token(form: FoundForm) -> str:
    """The form's token; empty if it has none."""
    return next((one for name, one in form.fields.items() if name.endswith("csrf_token")), "")


def _apart(answered: bytes) -> tuple[bytes, dict[str, str]]:
    """The headers without the cookies of the service, and those: the browser has to get them."""
    kept, cookies = [], dict[str, str]()
    for line in answered.splitlines():
        name, _, value = line.partition(b": ")
        if name.lower() == b"set-cookie":
            for each, one in SimpleCookie(value.decode()).items():
                cookies[each] = one.value
        else:
            kept.append(line)
    return b"\n".join(kept), cookies


def _inside(cookie: str) -> bytes:
    """What stands in Flask's signed cookie: what was said to be done, and the form's token."""
    if not cookie:
        return b""
    packed = cookie.startswith(".")
    body = cookie.removeprefix(".").partition(".")[0]
    raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
    return zlib.decompress(raw) if packed else raw
