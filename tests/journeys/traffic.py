"""Marked requests through every route, with success and with each failure."""

from __future__ import annotations

import base64
import http.client
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import islice
from typing import Any, TypeVar
from uuid import uuid4

import pyotp

from api.app import create_app
from api.config import MAX_BODY, Config
from api.rules.accounts import NewHandler
from shared.conversation import prepare_report
from shared.schemas import base, cases, organisations
from shared.sealing import case as sealing
from shared.sealing import roster, stretch, tokens
from shared.sealing.encoding import b64, unb64
from shared.thread import epoch_body
from shared.work import read_challenge, solve
from tests.journeys import attaching_traffic
from tests.journeys.marks import CLIENT, Marks, mark
from tests.service import PEOPLE, SECRET

Wrong = TypeVar("Wrong")
Send = Callable[[str, str, Mapping[str, str], bytes | None], tuple[int, bytes, bytes]]
"""method, path, headers, body -> status, all headers, body"""

ALWAYS_REFUSED = {("GET", "/api/v1/")}
"""flask-restx has this address; nothing is there."""


def over_socket(port: int) -> Send:
    """Requests over a socket, from an address that can be searched for."""

    def send(
        method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, bytes, bytes]:
        line = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=30, source_address=(CLIENT, 0)
        )
        try:
            # Of a body that is too large a beginning is enough to be refused.
            length = {"Content-Length": str(len(body))} if body is not None else {}
            sent = body[:65_536] if body and len(body) > MAX_BODY else body
            line.request(method, path, sent, dict(headers) | length)
            answer = line.getresponse()
            return answer.status, str(answer.headers).encode(), answer.read()
        except (ConnectionResetError, BrokenPipeError):
            # The server has refused and closed before it took all that was sent.
            return 0, b"", b""
        finally:
            line.close()

    return send


def unnamed(status: int, headers: bytes) -> bytes:
    """The headers without the name of a file that is taken: the browser saves it under it."""
    named = rb"(?im)^content-disposition: attachment;.*$"
    return re.sub(named, b"", headers) if status == 200 else headers


@cache
def routes() -> list[tuple[str, str]]:
    """Every method and route of the application."""
    app = create_app(Config("sqlite://", SECRET))
    return sorted(
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def of_the_web(rule: str) -> bool:
    """Whether it is one of the reporter's pages: `web_traffic` goes through those."""
    return not rule.startswith(("/api", "/console", "/bootstrap"))


@dataclass
class Traffic:
    """Sends marked requests and keeps every answer. `statuses`: which refusals were seen.

    `pages`: each line that any page has shown, and whose page was the first. `clock` is that of
    the service. `code_sent`: the code that came by mail to an address, where mail is sent.
    `share`: see `some`.
    """

    send: Send
    handlers: Mapping[str, NewHandler]
    marks: Marks = field(default_factory=Marks)
    succeeded: set[tuple[str, str]] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    refusals: list[tuple[str, bytes]] = field(default_factory=list)
    pages: dict[bytes, str] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    bearers: dict[str, str] = field(default_factory=dict)
    clock: Callable[[], float] = time.time
    code_sent: Callable[[str], str] | None = None
    share: int = 1
    turn: int = 0

    def some(self, wrong: Iterable[Wrong]) -> Iterator[Wrong]:
        """Every `share`-th of what is wrong with a request: each time it begins at the next.

        So each route is refused, and everything that is wrong is sent to many routes.
        """
        self.turn += 1
        return islice(wrong, self.turn % self.share, None, self.share)

    def __post_init__(self) -> None:
        self.headers = {
            name: self.mark(f"header-{name}")
            for name in ("User-Agent", "Referer", "Origin", "From", "X-Request-ID", "Via")
        }
        self.headers["Cookie"] = f"session={self.mark('cookie')}"
        self.headers["Accept-Language"] = f"en, {self.mark('language')}"
        for name, value in (
            ("X-Forwarded-For", "203.0.113.77"),
            ("Forwarded", "for=198.51.100.77"),
            ("X-Real-IP", "192.0.2.77"),
        ):
            self.headers[name] = value
            self.marks.add(f"header-{name}", value.removeprefix("for="))
            self.marks.add_hashes(f"header-{name}", value.removeprefix("for="))
        self.marks.forms["client-address"] = {CLIENT.encode()}
        self.marks.add_hashes("client-address", CLIENT)
        for one in self.handlers.values():
            self._mark_handler(one)

    def _mark_handler(self, one: NewHandler) -> None:
        self.marks.add_words("password", one.password)
        self.marks.add_words("recovery", one.recovery)
        self.marks.add("totp-secret", one.totp_secret)
        self.marks.add("totp-secret", base64.b32decode(one.totp_secret))
        self.marks.add("handler-seed", one.keyring.seed)

    def mark(self, name: str) -> str:
        """The marked text of this name."""
        if name not in self.made:
            self.made[name] = mark(name)
            self.marks.add(name, self.made[name])
        return self.made[name]

    def keep_page(self, name: str, content: bytes) -> None:
        """Keeps the lines of a page; most are those of other pages too."""
        for line in content.split(b"\n"):
            self.pages.setdefault(line, name)

    def mark_token(self, token: str, salt: bytes) -> None:
        """Marks eight words and all that is made from them."""
        root = stretch.root(token, salt)
        self.marks.add_words("token", token)
        self.marks.add("token", tokens.decode(token))
        self.marks.add("access-key", root.access_key)
        self.marks.add("reporter-seed", root.keyring.seed)

    def mark_session(self, bearer: str, name: str = "session") -> str:
        """Marks a session, in whole and as the 32 bytes that it is made of."""
        self.marks.add(name, bearer.partition("_")[2])
        self.marks.add(name, unb64(bearer.partition("_")[2]))
        return bearer

    def call(
        self,
        method: str,
        rule: str,
        body: Any = None,
        bearer: str | None = None,
        *,
        query: str = "",
        values: Mapping[str, str] | None = None,
        **headers: str,
    ) -> tuple[int, Any]:
        """One marked request; every refusal and all headers are kept for the search."""
        known, text = values or self.values, self.mark("in-path")
        path = re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda found: known.get(found[1], text), rule)
        sent = {**self.headers, **({"Authorization": f"Bearer {bearer}"} if bearer else {})}
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if raw is not None:
            sent["Content-Type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        status, answered, content = self.send(method, f"{path}{query}", sent, raw)
        self.statuses.add(status)
        self.refusals.append((f"{method} {rule} {status} headers", unnamed(status, answered)))
        if status >= 400:
            self.refusals.append((f"{method} {rule} {status}", content))
        elif method not in ("HEAD", "OPTIONS") and not rule.startswith("/console"):
            self.succeeded.add((method, rule))
        found = json.loads(content) if b"json" in answered and content else None
        if status >= 400 and found:
            self.codes.add(found["code"])
        return status, found

    def good(
        self, method: str, rule: str, body: Any = None, who: str = "", query: str = ""
    ) -> Any:
        """A request that has to succeed; what it answered."""
        bearer = self.bearers.get(who)
        status, found = self.call(method, f"/api/v1{rule}", body, bearer, query=query)
        assert status < 300, (method, rule, status, found)
        return found

    def succeed(self) -> None:
        """A report in both forms, the handler's work and the reporter's return."""
        self.values = {"slug": "eeast", "name": "docs.js"}
        organisation, case = "/organisations/<string:slug>", "/cases/<string:reference>"
        for path in ("/swagger.json", "/docs", "/docs/wren/<path:name>", "/health"):
            self.good("GET", path)
        self.values["name"] = "swagger-ui.css"
        self.good("GET", "/docs/ui/<path:name>")
        self.good("GET", "/organisations")
        directory = base.read(organisations.Organisation(), self.good("GET", organisation))
        given = self.good("GET", f"{organisation}/roster")["records"]
        records = [roster.SignedRecord(*(unb64(v) for v in one.values())) for one in given]
        salt = directory["stretch"]["salt"]

        token, self.token = tokens.new_token(), self.good("POST", "/tokens")["token"]
        self.mark_token(token, salt)
        self.mark_token(self.token, salt)
        challenge = self.good("GET", f"{organisation}/challenge")
        work = solve(read_challenge(challenge))
        for one in ("nonce", "salt"):
            self.marks.add("work", bytes.fromhex(challenge["parameters"][one]))
        self.marks.add("work", work)
        self.opening = {
            "case_id": str(uuid4()), "token": self.token, "desk": "guardian",
            "content": self.report(), "work": work,
        }  # fmt: skip
        self.values["reference"] = self.good("POST", f"{organisation}/cases", self.opening)[
            "reference"
        ]
        sealed = prepare_report(
            directory, roster.check(records, "eeast"), token, "guardian", (), self.report()
        )
        self.good("POST", f"{organisation}/cases", sealed.body)
        access_key = {"access_key": b64(stretch.root(token, salt).access_key)}
        self.mark_session(self.good("POST", "/sessions", access_key)["session"])
        reporter = self.good("POST", "/sessions", {"token": self.token})["session"]
        self.bearers["reporter"] = self.mark_session(reporter)
        self.signing_in = self.sign_in_form()
        account = self.good("POST", "/sign-in", self.signing_in)["session"]
        self.bearers["account"] = self.mark_session(account)

        self._succeed_with_notices()
        self.message = {"id": str(uuid4()), "content": {"text": self.mark("message")}}
        reply = {"id": str(uuid4()), "content": {"text": self.mark("reply")}}
        self.good("GET", "/cases", who="account")
        self.good("PATCH", case, {"status": "acknowledged"}, "account")
        self.good("POST", f"{case}/messages", reply, "account")
        self.good("POST", "/case/messages", self.message, "reporter")
        self.good("POST", "/case/read", {"number": 2}, "reporter")
        for path, who in (
            (case, "account"),
            (f"{case}/messages", "account"),
            ("/case", "reporter"),
            ("/case/messages", "reporter"),
            ("/case/news", "reporter"),
            ("/case/proof", "reporter"),
        ):
            assert self.good("GET", path, who=who)
        own = {"approve": str(self.handlers["handler-1"].id)}
        self.good("POST", f"{organisation}/roster", own, "account")
        attaching_traffic.send(self, salt)
        self._succeed_in_handling(case, salt)
        self._succeed_with_readers(case)
        self._succeed_as_newcomer()

    def notice_address(self) -> str:
        """Where handler-1 wants notices."""
        return f"{self.mark('notices')}@trust.example"

    def wait_for_code(self, address: str) -> str:
        """The marked code that came to this address."""
        assert self.code_sent is not None
        code = self.code_sent(address)
        self.marks.forms.setdefault("code", set()).add(code.encode())
        return code

    def _succeed_with_notices(self) -> None:
        """An address, confirmed by its code; what happens from now on is told there."""
        path, body = "/account/notices", {"address": self.notice_address()}
        if self.code_sent is None:
            for method, given in (("PUT", body), ("POST", {"code": "123456"})):
                self.call(method, f"/api/v1{path}", given, self.bearers["account"])
            return
        self.good("PUT", path, body, "account")
        self.good("POST", path, {"code": self.wait_for_code(body["address"])}, "account")

    def _succeed_in_handling(self, case: str, salt: bytes) -> None:
        """Notes, classification, drafts, links, search; a recorded case, and its withdrawal."""
        recorded = {
            "case_id": str(uuid4()), "organisation": "eeast", "desk": "guardian",
            "confidentiality": "confidential", "content": {"raised": "phone"} | self.report(),
        }  # fmt: skip
        made = self.good("POST", "/cases", recorded, "account")
        self.mark_token(made["token"], salt)
        self.values["other"] = made["reference"]
        self.good("POST", f"{case}/links", {"reference": made["reference"]}, "account")
        self.good("GET", f"{case}/links", who="account")
        self.good("DELETE", f"{case}/links/<string:other>", who="account")
        draft = {"content": {"text": self.mark("draft")}}
        self.good("PUT", f"{case}/draft", draft, "account")
        self.good("GET", f"{case}/draft", who="account")
        self.good("DELETE", f"{case}/draft", who="account")
        self.good("PUT", f"{case}/draft", draft, "account")
        self.note = {"id": str(uuid4()), "content": {"text": self.mark("note")}}
        self.good("POST", f"{case}/notes", self.note, "account")
        self.good("GET", f"{case}/notes", who="account")
        classified = {"id": str(uuid4()), "content": {"national": "2026", "local": 0}}
        self.good("PUT", f"{case}/classification", classified, "account")
        self.good("GET", f"{case}/classification", who="account")
        self.good("POST", "/search", {"text": self.mark("search")}, "account")
        assert self.good("POST", "/search", {"text": self.mark("note")}, "account")["items"]
        self.good("GET", f"{case}/status", who="account")
        told = {"told": self.mark("told"), "reason": self.mark("told-why")}
        disclosure = {"id": str(uuid4()), "content": told}
        self.good("POST", f"{case}/disclosures", disclosure, "account")
        back = self.good("POST", "/sessions", {"token": made["token"]})["session"]
        self.bearers["withdrawing"] = self.mark_session(back)
        assert self.good("DELETE", "/case", who="withdrawing")["deleted"]
        del self.bearers["withdrawing"]

    def _succeed_with_readers(self, case: str) -> None:
        """Consent, readers by both, a handover, closing and what follows it."""
        three, one = (str(self.handlers[name].id) for name in ("handler-3", "handler-1"))
        self.values["handler"] = three
        # Role, and the reason of a hold, stand in clear: they are no secret.
        content = {
            "handlers": [three], "role": "Adviser", "until": str(date.today() + timedelta(30)),
            "purpose": self.mark("purpose"), "text": self.mark("asking"),
        }  # fmt: skip
        self.asking = {"id": str(uuid4()), "content": content}
        self.good("POST", f"{case}/consents", self.asking, "account")
        self.answering = {
            "id": str(uuid4()), "content": {"request": self.asking["id"], "granted": True},
        }  # fmt: skip
        self.good("POST", "/case/consents", self.answering, "reporter")
        by_consent = {"handler": three, "consent": self.answering["id"]}
        self.good("POST", f"{case}/readers", by_consent, "account")
        self.good("GET", f"{case}/consents", who="account")
        self.good("DELETE", f"{case}/readers/<uuid:handler>", who="account")
        self.good("POST", "/case/epochs", {"add": [three]}, "reporter")
        self.good("POST", "/case/epochs", {"remove": [three]}, "reporter")
        self.good("GET", f"{case}/epochs", who="account")
        self.good("POST", f"{case}/epochs", self._next_epoch(case), "account")
        two = str(self.handlers["handler-2"].id)
        handover = {"organisation": "eeast", "from": two, "to": one}
        self.good("POST", "/handovers", handover, "account")
        closing = {"status": "closed", "outcome": "referred", "feedback_given": True}
        self.good("PATCH", case, closing, "account")
        check = {"id": str(uuid4()), "months": 3, "content": {"text": self.mark("check")}}
        self.good("POST", f"{case}/checks", check, "account")
        self.feedback = {
            "id": str(uuid4()), "answer": "maybe", "content": {"comment": self.mark("comment")},
        }  # fmt: skip
        self.good("POST", "/case/feedback", self.feedback, "reporter")

    def _next_epoch(self, case: str) -> dict[str, Any]:
        """The next record for the same readers, signed as handler-1's own program would."""
        found = base.read(cases.HandlerCase(), self.good("GET", case, who="account"))
        given = self.good("GET", "/organisations/<string:slug>/roster")["records"]
        records = [roster.SignedRecord(*(unb64(v) for v in one.values())) for one in given]
        who = self.handlers["handler-1"]
        unlocked = sealing.unlock(
            found["case_id"],
            who.id,
            who.keyring,
            [sealing.SealedEpoch(**one) for one in found["epochs"]],
            sealing.reporter_party(**found["reporter"]),
            roster.check(records, "eeast"),
        )
        return {"purpose": 0, "epoch": epoch_body(unlocked.grant(unlocked.records[0][-1].readers))}

    def _succeed_as_newcomer(self) -> None:
        """Somebody is invited, joins, changes what is theirs, and recovers."""
        administrator = self.good("POST", "/sign-in", self.sign_in_form("administrator-1"))
        self.bearers["administrator"] = self.mark_session(administrator["session"])
        invited = {
            "organisation": "eeast", "role": "handler", "display_name": "handler-9",
            "desks": ["guardian"],
        }  # fmt: skip
        code = self.good("POST", "/invitations", invited, "administrator")["code"]
        self.marks.add("invitation", code.removeprefix("wi_"))
        self.marks.add("invitation", unb64(code.removeprefix("wi_")))
        shown = self.good("POST", "/join", {"invitation": code, "username": "handler-9"})
        self.mark_shown(shown)
        self.joining = {"invitation": code, "username": "handler-9"}
        signing_in = {"username": "handler-9"} | self._proof(shown)
        signed = self.good("POST", "/sign-in", signing_in)
        self.marks.add("device", signed["device"])
        self.marks.add("device", unb64(signed["device"])[16:])
        self.bearers["newcomer"] = self.mark_session(signed["session"])
        leave = {
            "organisation": "eeast", "away_until": "2099-01-31",
            "cover": str(self.handlers["handler-1"].id),
        }  # fmt: skip
        self.good("GET", "/account", who="newcomer")
        self.good("GET", "/account/notices", who="newcomer")
        self.good("DELETE", "/account/notices", who="newcomer")
        self.good("PATCH", "/account", leave, "newcomer")
        changed = self.good("POST", "/password", self._proof(shown, 30), "newcomer")
        self.marks.add_words("password", changed["password"])
        self.values["session_id"] = self.good("GET", "/sessions", who="newcomer")["items"][0]["id"]
        self.good("DELETE", "/sessions/<string:session_id>", who="newcomer")
        self.recovering = {"username": "handler-9", "recovery": shown["recovery"]}
        self.mark_shown(self.good("POST", "/recovery", self.recovering))
        self._succeed_as_administrator(shown["handler_id"], invited)
        del self.bearers["newcomer"], self.bearers["administrator"]

    def _succeed_as_administrator(self, newcomer: str, invited: Mapping[str, Any]) -> None:
        """People, settings, audit and figures; what is set there is no secret."""
        here, slug = "?organisation=eeast", "/organisations/<string:slug>"
        waits = self.good("POST", "/invitations", invited, "administrator")
        self.marks.add("invitation", waits["code"].removeprefix("wi_"))
        self.values |= {"invitation": waits["id"], "account": newcomer}
        for path in ("/invitations", "/accounts", "/audit", "/statistics"):
            self.good("GET", path, who="administrator", query=here)
        self.good("DELETE", "/invitations/<string:invitation>", who="administrator")
        moved = {"organisation": "eeast", "desks": ["senior-manager"]}
        self.good("PATCH", "/accounts/<string:account>", moved, "administrator")
        self.good("PATCH", slug, {"settings": {"due_soon_days": 8}}, "administrator")
        self.good("GET", f"{slug}/settings", who="administrator")
        self.good("GET", f"{slug}/newcomers", who="account")
        self.good("GET", "/audit.csv", who="account", query=here)
        self.good("GET", "/statistics.csv", who="account", query=here)
        self._succeed_with_a_return(here)
        self._succeed_with_integrations(here)
        self.good("DELETE", "/accounts/<string:account>", who="administrator", query=here)

    def _succeed_with_a_return(self, here: str) -> None:
        """A return of a quarter that is over, and a report for the board."""
        self.values |= {"year": "2025", "quarter": "4"}
        self.good("GET", "/returns", who="administrator", query=here)
        one = "/returns/<int:year>/<int:quarter>"
        seen = self.good("GET", one, who="administrator", query=here)
        submitted = {name: seen[name] for name in ("organisation", "number", "digest")}
        self.good("POST", one, submitted, "administrator")
        for kind in ("csv", "xlsx"):
            self.good("GET", f"{one}.{kind}", who="administrator", query=here)
        words = {name: self.mark(f"board-{name}") for name in ("introduction", "themes", "asks")}
        wanted = {"organisation": "eeast", "from": "2025-Q4", "to": "2025-Q4"} | words
        # Refused where no quarter is published; test_canary.py sees to it that one is.
        self.call("POST", "/api/v1/board-report", wanted, self.bearers["account"])

    def _succeed_with_integrations(self, here: str) -> None:
        """An API key that follows a status and keeps a webhook; their secrets are nowhere."""
        wanted = {
            "organisation": "eeast", "name": "Case system",
            "scopes": ["cases:status", "webhooks:write"], "expires_on": str(date.today()),
        }  # fmt: skip
        key = self.good("POST", "/api-keys", wanted, "administrator")
        self.bearers["program"] = self.mark_session(key["key"])
        self.values["key"] = key["id"]
        self.good("GET", "/api-keys", who="administrator", query=here)
        self.good("GET", "/cases/<string:reference>/status", who="program")
        hook = {
            "organisation": "eeast", "name": "Case system", "events": ["case.opened"],
            "url": "https://receiver.invalid/wren",
        }  # fmt: skip
        made = self.good("POST", "/webhooks", hook, "program")
        self.values["webhook"] = made["id"]
        one = "/webhooks/<uuid:webhook>"
        again = self.good("POST", f"{one}/secret", {"overlap_days": 2}, "program")
        for secret in (made["secret"], again["secret"]):
            self.marks.add("webhook-secret", secret.removeprefix("whsec_"))
            self.marks.add("webhook-secret", base64.b64decode(secret.removeprefix("whsec_")))
        self.good("POST", f"{one}/test", who="program")
        self.good("PATCH", one, {"events": ["case.overdue"]}, "program")
        for path in ("/webhooks", one, f"{one}/log"):
            self.good("GET", path, who="program", query=here if path == "/webhooks" else "")
        self.good("DELETE", one, who="program")
        self.good("DELETE", "/api-keys/<uuid:key>", who="administrator")
        del self.bearers["program"]

    def mark_shown(self, shown: Mapping[str, str]) -> None:
        """Marks new credentials."""
        self.marks.add_words("password", shown["password"])
        self.marks.add_words("recovery", shown["recovery"])
        self.marks.add("totp-secret", shown["totp_secret"])
        self.marks.add("totp-secret", base64.b32decode(shown["totp_secret"]))

    def _proof(self, shown: Mapping[str, str], later: int = 0) -> dict[str, str]:
        code = pyotp.TOTP(shown["totp_secret"]).at(int(self.clock()) + later)
        self.marks.forms.setdefault("code", set()).add(code.encode())
        return {"password": shown["password"], "code": code}

    def sign_out(self) -> None:
        """The last success."""
        for who in ("reporter", "account"):
            self.good("DELETE", "/session", who=who)

    def report(self) -> dict[str, Any]:
        """A report with a mark in each field that takes text."""
        names = (
            "story", "when", "place", "people", "who_knows", "told_before", "wanted",
            "immediate_danger",
        )  # fmt: skip
        return {name: self.mark(f"report-{name}") for name in names}

    def sign_in_form(self, username: str = "handler-1") -> dict[str, str]:
        """What somebody signs in with; the code is marked."""
        one = self.handlers[username]
        code = pyotp.TOTP(one.totp_secret).at(int(self.clock()))
        # Six digits are too short to search for in other forms.
        self.marks.forms.setdefault("code", set()).add(code.encode())
        return {"username": one.username, "password": one.password, "code": code}

    def fail(self) -> None:
        """Each route with everything that is wrong with a request in itself."""
        mine = [one for one in routes() if not of_the_web(one[1])]
        for method, rule in mine:
            # Signing out, or withdrawing, would end what the other calls need.
            ends = method == "DELETE" and rule.endswith(("/session", "/case"))
            own = () if ends else self.bearers.values()
            # The console takes no bearers and no JSON: `console_refusals` has what it takes.
            of_console = rule.startswith("/console")
            for bearer in (self.mark("bearer"), *(() if of_console else ("", *own))):
                few = of_console or not bearer
                for body, more in self.some(self.wrong("GET" if few else method)):
                    self.call(method, rule, body, bearer or None, **more)
        for rule in sorted({rule for _, rule in mine}):
            for other in self.some(("PUT", "HEAD", "OPTIONS", "TRACE")):
                self.call(other, rule, None, query=f"?{self.mark('query')}")
        self.call("GET", f"/api/v1/{self.mark('path')}")
        self.call("GET", f"/{self.mark('path')}", query=f"?a={self.mark('query')}")

    def wrong(self, method: str) -> Iterator[tuple[Any, dict[str, Any]]]:
        """(body, options of `call`) of requests that are wrong in themselves."""
        text = self.mark("body")
        yield None, {}
        yield {text: text}, {}
        yield None, {"query": f"?{text}={text}&after={text}&limit={text}&status={text}"}
        given = {name: self.mark("in-path") for name in self.values}
        yield {"id": text, "content": {"text": text}}, {"values": given}
        if method in ("GET", "DELETE"):  # they take no body: those above are enough
            return
        yield [text], {}
        yield {"content": {"story": [text], "text": {text: text}}, "token": text}, {}
        yield text.encode(), {}
        yield f'{{"token": "{text}\\ud800", "username": "{text}"'.encode(), {}
        yield f'{{"token": "{text}\\ud800", "story": "{text}\\u0000"}}'.encode(), {}
        yield text.encode("utf-16"), {}
        yield text.encode(), {"Content_Type": f"text/plain; a={text}"}
        yield text.encode() * (MAX_BODY // len(text) + 1), {}

    def fail_by_the_rules(self) -> None:
        """What is refused because of what the database knows."""
        post = "/api/v1/organisations/<string:slug>/cases"
        case = "/api/v1/cases/<string:reference>"
        for name in ("token", "content", "desk", "excluded"):
            changed: Any = {
                "token": tokens.new_token(),
                "content": self.report() | {"story": self.mark("conflict")},
                "desk": self.mark("desk"),
                "excluded": [
                    str(self.handlers[name].id)
                    for name, (slug, _) in PEOPLE.items()
                    if slug == "eeast"
                ],
            }[name]
            self.call("POST", post, self.opening | {name: changed})
            self.call("POST", post, self.opening | {"case_id": str(uuid4()), name: changed})
        unknown = tokens.new_token()
        self.marks.add_words("unknown-token", unknown)
        self.call("POST", "/api/v1/sessions", {"token": unknown})
        self.call("POST", "/api/v1/sessions", {"token": " ".join(reversed(unknown.split()))})
        self.call("POST", "/api/v1/sign-in", self.signing_in)
        for name in ("username", "password"):
            self.call("POST", "/api/v1/sign-in", self.signing_in | {name: self.mark(name)})
        self.call("POST", "/api/v1/sign-in", self.signing_in | {"device": self.mark("device")})
        self.call("POST", "/api/v1/join", self.joining)
        self.call("POST", "/api/v1/join", {"invitation": self.mark("invitation")})
        self.call("POST", "/api/v1/recovery", self.recovering)
        self.call("POST", "/api/v1/recovery", self.recovering | {"username": self.mark("name")})
        self.call("POST", "/api/v1/recovery", self.recovering | {"recovery": self.mark("words")})
        wrong = {"password": self.mark("password"), "code": "000000"}
        self.call("POST", "/api/v1/password", wrong, self.bearers["account"])
        changed = self.message | {"content": {"text": self.mark("conflict")}}
        self.call("POST", "/api/v1/case/messages", changed, self.bearers["reporter"])
        envelope = {"id": str(uuid4()), "sealed": {"envelope": b64(b"\1\1" + bytes(4094))}}
        self.call("POST", "/api/v1/case/messages", envelope, self.bearers["reporter"])
        self.call("PATCH", case, {"status": "new"}, self.bearers["account"])
        account, reporter = self.bearers["account"], self.bearers["reporter"]
        self.call("POST", f"{case}/notes", changed | {"id": self.note["id"]}, account)
        asked = self.asking["content"] | {"until": "2020-01-31", "purpose": self.mark("conflict")}
        self.call("POST", f"{case}/consents", {"id": str(uuid4()), "content": asked}, account)
        self.call("POST", f"{case}/readers", {"handler": str(uuid4())}, account)
        self.call("POST", f"{case}/readers", {"handler": self.values["handler"]}, account)
        self.call("POST", f"{case}/epochs", {"purpose": 0, "epoch": self._old_epoch()}, account)
        self.call("POST", f"{case}/links", {"reference": self.mark("reference")}, account)
        self.call(
            "PUT", f"{case}/draft", {"content": {"text": self.mark("draft") * 2000}}, account
        )
        self.call("POST", "/api/v1/search", {"text": self.mark("search") * 10}, account)
        feedback = self.feedback | {"id": str(uuid4())}
        self.call("POST", "/api/v1/case/feedback", feedback, reporter)
        self.call("POST", "/api/v1/case/epochs", {"desk": "senior-manager"}, reporter)
        other = {"request": str(uuid4()), "granted": True}
        self.call("POST", "/api/v1/case/consents", self.answering | {"content": other}, reporter)

    def _old_epoch(self) -> dict[str, Any]:
        """The first epoch of a new case, as a sealed report has it: of no use in another."""
        return {
            "case_key": b64(bytes(32)), "record": b64(self.mark("record").encode()),
            "signature": b64(bytes(64)),
            "readers": [{"reader": "reporter", "sealed_key": b64(bytes(90))}],
        }  # fmt: skip

    def again(self) -> None:
        """Every route once as it was meant: for a service that is broken now."""
        post = "/api/v1/organisations/<string:slug>/cases"
        for method, rule in filter(lambda one: not of_the_web(one[1]), routes()):
            who = self.bearers["account" if "/cases" in rule else "reporter"]
            if method == "DELETE" and rule.endswith(("/session", "/case")):
                who = self.mark("bearer")
            self.call(method, rule, None if method == "GET" else self.message, who)
        self.call("POST", post, self.opening | {"case_id": str(uuid4())})
        self.call("POST", "/api/v1/sessions", {"token": self.token})
        self.call("POST", "/api/v1/sign-in", self.sign_in_form())
