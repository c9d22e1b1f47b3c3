"""Marked forms through every page of the reporter's: what is done, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from api.config import MAX_BODY
from api.web.look import STYLE
from shared.schemas import base, organisations
from shared.sealing import tokens
from tests.journeys.console_window import in_parts
from tests.journeys.traffic import Traffic, of_the_web, routes
from tests.journeys.web_window import WebWindow
from tests.web import tour

TEXTS = (
    "immediate_danger", "place", "story", "when", "people", "who_knows", "wanted", "told_before",
    "text", "comment", "words", "search",
)  # fmt: skip
"""Names of fields that take a text."""

CHOICES = (
    "concerns", "channel", "professional_group", "urgent", "in_danger", "desk", "excluded",
    "answer", "id", "of", "at", "handler", "shown", "agreed", "asked", "people", "first_word",
    "second_word", "confirm", "lang",
)  # fmt: skip
"""Names of fields that take a value of a list, or one that the page itself made."""

ENDS = ("/leave", "/close", "/end/sure")
"""Addresses that end what the other requests need."""

REPORT = "/o/<slug>/<visit:visit>/<int:number>"
STEPS = (1, 3, 6, 7, 10)
"""Pages of a report that differ in how they take a form; those between are like the first."""

Execute = Callable[[str], None]


@dataclass
class WebTraffic:
    """Drives the pages over the same socket as `traffic`, which keeps all answers.

    `execute` runs a statement in the service's database: days that pass can't be waited for.
    """

    traffic: Traffic
    execute: Execute
    values: dict[str, str] = field(default_factory=dict)
    keys: dict[WebWindow, str] = field(default_factory=dict)

    def window(self) -> WebWindow:
        """A new browser."""
        return WebWindow(self.traffic)

    # --- what is done ---------------------------------------------------------------------

    def succeed(self) -> None:
        """A report and the way back, with a handler who answers by the API."""
        signed = self.traffic.good("POST", "/sign-in", self.traffic.sign_in_form("handler-1"))
        self.traffic.bearers["account"] = self.traffic.mark_session(signed["session"])
        self.traffic.values = {"slug": "eeast"}
        directory = self.traffic.good("GET", "/organisations/<string:slug>")
        self.salt = base.read(organisations.Organisation(), directory)["stretch"]["salt"]
        self._succeed_in_reading()
        self._succeed_in_reporting()
        self._succeed_in_coming_back()
        self._succeed_in_sending_files()
        self._succeed_in_deciding()
        self._succeed_in_moving()
        self._succeed_in_closing()
        self._succeed_in_withdrawing()

    def _succeed_in_reading(self) -> None:
        reader = self.window()
        for path in ("/", "/o/eeast", "/accessibility", "/cookies", f"/look/{STYLE.name}"):
            reader.go(path)
        assert not reader.cookies()
        reader.go("/?lang=cy")
        reader.go("/")

    def _succeed_in_reporting(self) -> None:
        """A report with a mark in each field that takes text."""
        one = self.window()
        texts = {name: one.mark(f"report-{name}") for name in TEXTS}
        tour.begin(one)
        tour.to(one, tour.CHECK, texts)
        assert one.mark("report-told_before") in one.text
        tour.to(one, tour.WORDS, {})
        self.words = tour.shown(one)
        self.traffic.mark_token(self.words, self.salt)
        one.go(one.path[:-1] + "11")
        one.go(one.path[:-2] + "8")
        one.press()
        tour.practise(one, self.words)
        one.press()  # on to the conversation
        assert one.mark("report-story") in one.text
        # Those that are refused are of another, which is not sent yet.
        self.one = self.window()
        self.visit = tour.begin(self.one)
        tour.to(self.one, tour.CHECK, texts)

    def _succeed_in_coming_back(self) -> None:
        """The words, and a conversation."""
        self.back, self.case = self._return(self.words)
        self.values["reference"] = self._reference(self.back)
        content = {"text": self.back.mark("handlers-reply"), "attachments": [self._attach()]}
        reply: dict[str, Any] = {"id": str(uuid4()), "content": content}
        self.traffic.good(*self._of_case("POST", "/messages"), reply, "account")
        self.back.go(self.case)
        assert self.back.mark("handlers-reply") in self.back.text
        self.back.press({"text": self.back.mark("reply")})
        assert self.back.mark("reply") in self.back.text
        self.values["message"] = reply["id"]
        self.back.go(f"{self.case}/message/{reply['id']}")
        assert self.back.mark("file-name") in self.back.text
        self.back.go(f"{self.case}/piece/{self.values['attachment']}")
        self.back.press()
        assert self.back.mark("in-file") in self.back.page.text

    def _succeed_in_sending_files(self) -> None:
        """Files of the reporter's own, with what is said of them."""
        back = self.back
        back.go(f"{self.case}/evidence")
        path, fields = back.filled()
        files = {f"{back.mark('own-file')}.txt": back.mark("in-own-file").encode()}
        body, kind = in_parts(dict(fields), files)
        back._take("POST", path, 200, {"Content-Type": kind}, data=body)
        transcript = next(one for one in back.fields() if one.startswith("transcript-"))
        back.press({transcript: back.mark("transcript"), "text": back.mark("with-files")})
        assert back.path == self.case
        for name in ("own-file", "with-files"):
            assert back.mark(name) in back.text

    def _attach(self) -> str:
        """A handler's file, by the API; its id."""
        made = self.values["attachment"] = str(uuid4())
        files = {f"{self.back.mark('file-name')}.txt": self.back.mark("in-file").encode()}
        body, kind = in_parts({"id": made}, files, "file")
        bearer = {"Authorization": f"Bearer {self.traffic.bearers['account']}"}
        path = f"/api/v1/cases/{self.values['reference']}/attachments"
        headers = self.traffic.headers | bearer | {"Content-Type": kind}
        status, _headers, content = self.traffic.send("POST", path, headers, body)
        assert status == 201, content
        return made

    def _return(self, words: str) -> tuple[WebWindow, str]:
        window = self.window()
        window.go("/return")
        window.press({"words": words.upper().replace(" ", " - ")})
        assert window.path.startswith("/c/"), window.text
        return window, window.path

    def _of_case(self, method: str, rest: str) -> tuple[str, str]:
        self.traffic.values["reference"] = self.values["reference"]
        return method, f"/cases/<string:reference>{rest}"

    def _reference(self, window: WebWindow) -> str:
        found = re.search(r"\bEEA-[0-9A-Z]+\b", window.text)
        assert found is not None, window.text
        return found[0]

    def _succeed_in_deciding(self) -> None:
        """Consent asked, granted and taken back; somebody let in, and shut out."""
        back, case = self.back, self.case
        three = str(self.traffic.handlers["handler-3"].id)
        content = {
            "handlers": [three], "role": "Adviser", "until": str(date.today() + timedelta(30)),
            "purpose": back.mark("purpose"), "text": back.mark("asking"),
        }  # fmt: skip
        asking: dict[str, Any] = {"id": str(uuid4()), "content": content}
        self.traffic.good(*self._of_case("POST", "/consents"), asking, "account")
        self.values |= {"request": asking["id"], "handler": three}
        for what in ("yes", "stop"):
            back.go(f"{case}/answer/{asking['id']}")
            assert back.mark("purpose") in back.text
            back.go(f"{case}/answer/{asking['id']}/{what}")
            back.press()
        for take_away in (self._take_away, self._shut_out):
            back.go(f"{case}/people/in")
            back.press({"handler": three})
            back.press()
            take_away(back, three)
            back.go(f"{case}/people")

    def _take_away(self, window: WebWindow, handler: str) -> None:
        # Its button is there only while somebody reads without having been let in.
        sent = {"key": self.key_of(window), "people": "take-away", "asked": handler}
        window.send(f"{self.case}/people", list(sent.items()))

    def _shut_out(self, window: WebWindow, handler: str) -> None:
        window.go(f"{self.case}/people/{handler}/out")
        window.press()

    def _succeed_in_moving(self) -> None:
        """A day that was promised has passed: another desk."""
        window, case = self._another()
        self.execute(
            "UPDATE cases SET acknowledge_by = '2020-01-31' "
            f"WHERE reference = '{self._reference(window)}'"
        )
        window.go(f"{case}/other")
        window.press({"desk": "senior-manager"})
        window.press()
        assert window.path.startswith(f"{case}/people"), window.text

    def _another(self) -> tuple[WebWindow, str]:
        """Another case, opened by the API, in a browser of its own."""
        words = self.traffic.good("POST", "/tokens")["token"]
        self.traffic.mark_token(words, self.salt)
        opening = {
            "case_id": str(uuid4()), "token": words, "desk": "guardian",
            "content": self.traffic.report(),
        }  # fmt: skip
        self.traffic.good("POST", "/organisations/<string:slug>/cases", opening)
        return self._return(words)

    def _succeed_in_closing(self) -> None:
        """The closing question, the proof, and a visit that is closed."""
        closed = {"status": "closed", "outcome": "referred", "feedback_given": True}
        self.traffic.good(*self._of_case("PATCH", ""), closed, "account")
        back, case = self.back, self.case
        back.go(f"{case}/last")
        back.press({"answer": "maybe", "comment": back.mark("comment")})
        back.go(f"{case}/file")
        back.press()
        assert b'"envelope' in back.page.data or back.page.mimetype == "application/json"
        window, other = self._return(self.words)
        window.go(f"{other}/close")
        window.press(form=self._form(window, "/close"))
        assert not [one for one in window.cookies().values() if one.startswith("wr_")]

    def _form(self, window: WebWindow, end: str) -> int:
        return next(at for at, one in enumerate(window.forms()) if one["action"].endswith(end))

    def _succeed_in_withdrawing(self) -> None:
        window, case = self._another()
        window.go(f"{case}/end")
        window.go(f"{case}/end/sure")
        window.press()
        leaver, _case = self._another()
        leaver.go("/leave", 303)
        assert not [one for one in leaver.cookies().values() if one.startswith(("wd_", "wr_"))]

    # --- what is refused ------------------------------------------------------------------

    def addresses(self) -> Iterator[tuple[str, str, str]]:
        """Method, rule and address of every route, where there is something."""
        case = self.case.split("/")[2]
        known = self.values | {"slug": "eeast", "name": STYLE.name, "desk": "senior-manager"}
        for method, rule in routes():
            if not of_the_web(rule):
                continue
            visit = self.visit if rule.startswith("/o/") else case
            name, options = one_of(rule)
            for option in options:
                yield method, rule, fill(rule, known | {"visit": visit, name: option})

    def fail(self) -> None:
        """Each route without what it needs, and with everything that is wrong with a form."""
        window, lost = self.back, self.one
        text = window.mark("wrong")
        for method, rule, path in self.addresses():
            own = lost if rule.startswith("/o/") else window
            query = f"?{text}={text}&lang={text}&before={text}"
            strange = fill(rule, {}, own.mark("in-path"))
            for given in (strange, f"{path}/{text}", f"/{text}{path}"):
                own.request(method, given, {} if method == "POST" else None, keep=False)
            if method == "GET":
                own.request("GET", path + query, keep=False, bare=path.endswith(ENDS))
                own.request("GET", path + query, keep=False, bare=True)
                continue
            for fields, more in self._wrong(own, path):
                own.request("POST", path, fields, keep=False, **more)
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "HEAD", "OPTIONS"):
            window.request(method, f"{self.case}?{text}", keep=False)
        self._wrong_words(window)

    def _wrong(self, own: WebWindow, path: str) -> Iterator[tuple[Any, dict[str, Any]]]:
        """(fields, options of `request`) of forms that can't be taken as they are."""
        text = own.mark("field")
        key = self.key_of(own)
        plain = {name: f"{text}-{name}" for name in (*TEXTS, *CHOICES)}
        yield plain | {"key": key}, {"Sec_Fetch_Site": "cross-site"}
        yield plain | {"key": key}, {"Origin": f"https://{text}.example"}
        yield plain | {"key": text}, {"bare": True}
        yield plain | {"key": f"wf_{text}"}, {"bare": True}
        yield plain | {"key": text}, {}
        yield plain, {}
        if path.endswith(ENDS):
            return
        right = {"key": key}
        yield plain | right, {}
        yield dict.fromkeys(plain, f"{text}\0\x1b\u202e") | right, {}
        yield dict.fromkeys(TEXTS, text * 900) | right, {}
        yield f"key={key}&text={text}%ff%fe&story={text}%ed%a0%80&words={text}%00".encode(), {}
        yield text.encode(), {"Content_Type": f"multipart/form-data; boundary={text}"}
        if path.endswith("/evidence"):
            for given, data in ((right, b"MZ"), (right, b""), ({}, b"Invented. ")):
                body, kind = in_parts(given, {f"{text}.exe": data + text.encode()})
                yield body, {"Content_Type": kind}
        yield text.encode() * (MAX_BODY // len(text) + 1), {}

    def key_of(self, window: WebWindow) -> str:
        """What this browser's forms carry."""
        if window in self.keys:
            return self.keys[window]
        path = f"/o/eeast/{self.visit}/1" if window is self.one else self.case
        page = window.request("GET", path, keep=False)
        found = re.search(r'name="key" value="([^"]+)"', page.text)
        assert found is not None, page.text
        return self.keys.setdefault(window, found[1])

    def _wrong_words(self, window: WebWindow) -> None:
        unknown = tokens.new_token()
        self.traffic.marks.add_words("unknown-token", unknown)
        text = window.mark("wrong-words")
        for words in (unknown, " ".join(reversed(unknown.split())), text, text * 99, ""):
            for more in ({}, {"text": text, "of": text, "at": text, "id": text, "answer": text}):
                self._type(window, {"words": words} | more)

    def _type(self, window: WebWindow, fields: dict[str, str]) -> None:
        """Sends the form for the words, as it is shown now."""
        page = window.request("GET", "/return", keep=False)
        found = re.search(r'name="stamp" value="([^"]+)"', page.text)
        assert found is not None, page.text
        window.request("POST", "/return", fields | {"stamp": found[1]}, keep=False)

    def again(self) -> None:
        """Every route once, with marked fields: for a service that is broken now."""
        for method, rule, path in self.addresses():
            if path.endswith(ENDS):
                continue
            own = self.one if rule.startswith("/o/") else self.back
            text = own.mark("broken")
            fields = {name: f"{text}-{name}" for name in (*TEXTS, *CHOICES)}
            given = None if method == "GET" else fields | {"key": self.key_of(own)}
            own.request(method, path, given, keep=False)
        self._type(self.back, {"words": self.words})

    def not_refused(self) -> set[tuple[str, str]]:
        """Forms, and pages of somebody's own, that were never refused: there should be none."""
        seen = self.one.refused | self.back.refused
        return {
            (method, rule)
            for method, rule, _path in self.addresses()
            if ("<" in rule or method == "POST") and (method, rule) not in seen
        }


def one_of(rule: str) -> tuple[str, list[str]]:
    """The part of a rule that is one of several, and which: each is tried."""
    found = re.search(r"<any\(([^)]*)\):(\w+)>", rule)
    if found is not None:
        return found[2], found[1].split(",")
    return "number", [str(one) for one in (STEPS if ":number>" in rule else (1,))]


def fill(rule: str, values: dict[str, str], other: str = "") -> str:
    """An address of this rule."""
    return re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda found: values.get(found[1], other), rule)
