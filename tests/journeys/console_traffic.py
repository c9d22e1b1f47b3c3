"""Marked forms through every page of the console: what is done with success."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pyotp
from PIL import Image

from api.console.caller import SEEN, SESSION
from api.console.naming import REPORT
from shared.sealing.encoding import unb64
from tests.console.hands import FoundForm
from tests.journeys.console_window import FORM_COOKIE, Answer, Window, in_parts
from tests.journeys.marks import Marks
from tests.journeys.traffic import Traffic

SLUG = "eeast"
ORGANISATION = f"/console/organisation/{SLUG}"
PEOPLE = f"/console/people/{SLUG}"


@dataclass
class ConsoleTraffic:
    """Drives the console over the same socket as `traffic`, which keeps all answers.

    `make_key` makes the next receipt key of the organisation, as whoever runs the service does.
    `clear`: what is stored in clear by design (docs/threats.md); see `Window`.
    """

    traffic: Traffic
    make_key: Callable[[], object]
    clear: Marks = field(default_factory=Marks)
    values: dict[str, str] = field(default_factory=dict)

    def window(self) -> Window:
        """A new browser."""
        return Window(self.traffic, self.clear)

    def succeed(self) -> None:
        """Two handlers' and an administrator's work, by pages alone."""
        self.one, self.admin, self.third = self.window(), self.window(), self.window()
        self._succeed_without_session()
        self._sign_in(self.one, "handler-2")
        # The code of now was used by the API's calls.
        self._sign_in(self.admin, "administrator-1", later=30)
        self.other = self._record()
        self.reference = self._record()  # its reporter is who writes from now on
        self.page = f"/console/cases/{self.reference}"
        self._succeed_in_the_inbox()
        self._succeed_in_answering()
        self._succeed_with_evidence()
        self._succeed_with_case_files()
        self._succeed_in_handling()
        self._succeed_with_readers()
        self._succeed_in_closing()
        self._succeed_with_people()
        self._succeed_with_texts()
        self._succeed_with_the_account()
        self._succeed_with_the_rest()
        del self.traffic.bearers["console-reporter"]
        cookies = [one for name, one in self.traffic.refusals if "form cookie" in name]
        assert any(b"flashes" in one for one in cookies), "what was said to be done is looked at"
        self.values |= {"slug": SLUG, "reference": self.reference, "other": self.other}
        self.values |= {"months": "3", "kind": "contacts", "handler": self._id("handler-1")}
        self.values |= {"year": "2025", "quarter": "3", "number": "1", "table": "csv"}

    def _id(self, username: str) -> str:
        return str(self.traffic.handlers[username].id)

    def _code(self, secret: str, later: int = 0) -> str:
        code = pyotp.TOTP(secret).at(int(self.traffic.clock()) + later)
        self.traffic.marks.forms.setdefault("code", set()).add(code.encode())
        return code

    def _sign_in(self, window: Window, username: str, later: int = 0) -> None:
        who = self.traffic.handlers[username]
        given = {
            "wren-username": username,
            "wren-password": who.password,
            "wren-code": self._code(who.totp_secret, later),
        }
        window.fill("/console/sign-in", "", **given)
        for name in {SEEN, FORM_COOKIE} & set(window.cookies):
            self.traffic.marks.add(f"cookie-{name}", window.cookies[name])

    # --- before somebody is known -----------------------------------------------------------

    def _succeed_without_session(self) -> None:
        window = self.third
        window.get("/console/static/console.css")
        window.get("/bootstrap/static/css/bootstrap.min.css")
        form = window.get("/console/sign-in").own()
        window.get("/console/theme", 303)
        self.refused_at_the_door(window, form)
        for path in ("/join/keys", "/join/practise", "/join/add", "/recover/keys"):
            window.get(f"/console{path}", 303)
        window.get("/console/sign-out", 303)
        chosen = {"csrf_token": window.token, "theme": "dark", "to": window.text("to")}
        window.good("POST", "/console/theme", 303, chosen)
        self._recover(window)
        self._sign_in(window, "handler-3")
        window.get("/console/account/leave/eeast")

    def refused_at_the_door(self, window: Window, form: FoundForm) -> None:
        """Wrong sign-ins, invitations and recoveries, with a mark in each field."""
        wrong = {"wren-password": window.text("password"), "wren-code": "000000"}
        for username in (window.text("username"), "handler-2"):
            window.refused("/console/sign-in", form, **{"wren-username": username} | wrong |
                           {"wren-to": window.text("to")})  # fmt: skip
        code = {"wren-code": window.text("code"), "wren-username": window.text("username")}
        window.refused("/console/sign-in", form, **wrong | code)
        token = {"csrf_token": window.token}
        for path, fields in (
            ("/join", ("invitation", "username")),
            ("/recover", ("username", "words")),
        ):
            window.get(f"/console{path}")
            given = {name: window.text(name) for name in fields}
            assert window.request("POST", f"/console{path}", token | given).status >= 400
        for path, fields in (
            ("/join/keys", ("bundle",)),
            ("/join/practise", ("bundle", "code", "first_word", "second_word")),
            ("/join/add", ("invitation", "username", "password", "code")),
            ("/recover/keys", ("bundle", "username", "words", "code")),
        ):
            given = {name: window.text(name) for name in fields}
            assert window.request("POST", f"/console{path}", token | given).status >= 400
        window.request("POST", "/console/recover", token | {
            "username": window.text("username"),
            "words": self.traffic.handlers["handler-4"].recovery,
        })  # fmt: skip

    def _recover(self, window: Window) -> None:
        given = {"username": "handler-4", "words": self.traffic.handlers["handler-4"].recovery}
        shown = window.fill("/console/recover", "", expect=200, **given)
        secret = self._mark_keys(shown)
        form = shown.form("bundle", "code")
        window.refused("", form, code=window.text("code"))
        window.post("", form, "The new ones count now", 200, code=self._code(secret))

    def _mark_keys(self, shown: Answer) -> str:
        """Marks the credentials of a page; their TOTP secret."""
        text = shown.text
        password = re.findall(r'<p class="words">([a-z ]+)</p>', text)[0]
        secret = re.findall(r'<code class="fingerprint">([A-Z2-7 ]+)</code>', text)[0]
        self.recovery = re.findall(r"<li>([a-z]+)</li>", text.split('<ol class="words">')[1])
        self.traffic.marks.add("totp-secret", secret)
        given = {"password": password, "recovery": " ".join(self.recovery)}
        self.traffic.mark_shown(given | {"totp_secret": secret.replace(" ", "")})
        self.password = password
        return secret.replace(" ", "")

    # --- cases ------------------------------------------------------------------------------

    def _record(self) -> str:
        """Records a case with a mark in each field that takes text; its reference."""
        one = self.one
        texts = {name: one.text(f"record-{name}") for name in ("story", "raised_by", *REPORT)}
        shown = one.fill(
            "/console/record", "The case is recorded", 200, raised="phone",
            confidentiality="confidential", concerns=["bullying"], **texts,
        )  # fmt: skip
        listed = re.search(r'<ol class="words">(.*?)</ol>', shown.text, re.DOTALL)
        found = re.search(r'href="/console/cases/([A-Z0-9-]+)"', shown.text)
        assert listed is not None
        assert found is not None
        words = " ".join(re.findall(r"<li>(\w+)</li>", listed[1]))
        directory = self.traffic.good("GET", "/organisations/<string:slug>")
        self.traffic.mark_token(words, unb64(directory["stretch"]["salt"]))
        reporter = self.traffic.good("POST", "/sessions", {"token": words})["session"]
        self.traffic.bearers["console-reporter"] = self.traffic.mark_session(reporter)
        return found[1]

    def _succeed_in_the_inbox(self) -> None:
        one = self.one
        one.get("/console", 303)
        one.get("/console/inbox?view=all&status=new")
        looked_for = one.text("record-story")
        assert self.reference in one.fill("/console/search", "", text=looked_for).text
        one.fill("/console/search", "", text=one.text("search"))
        one.post("", one.get("/console/search").own(), "There is a problem", 422,
                 text=one.text("search") * 20)  # fmt: skip

    def _succeed_in_answering(self) -> None:
        one, page = self.one, self.page
        form = one.get(page).form("text", "epoch")
        words = one.text("reply")
        one.post("", form, text=one.text("draft"), act="draft")
        assert one.text("draft") in one.get(page).text
        asking = f"What is your name, {one.text('hint')}?"
        one.post("", form, "Nothing was sent yet", 200, text=asking, act="send")
        one.post("", form, "", expect=200, text=words, act="template", template="0")
        one.refused("", form, text=words * 2000, act="send")
        one.post("", form, text=asking, act="sure")
        one.refused("", form, text=one.text("conflict"), act="send")
        form = one.get(page).form("text", "epoch")
        one.post("", form, text=words, act="send")
        body = {"id": str(uuid4()), "content": {"text": one.text("reporter")}}
        self.traffic.good("POST", "/case/messages", body, "console-reporter")
        assert one.text("reporter") in one.get(page).text

    def _succeed_with_evidence(self) -> None:
        """A picture and a text that a handler attaches, looked at and taken out."""
        one, page = self.one, self.page
        form = one.get(page).form("text", "epoch")
        words, name = one.text("in-file"), one.text("file-name")
        picture = io.BytesIO()
        Image.new("RGB", (8, 8)).save(picture, "PNG", comment=words)
        files = {f"{name}.txt": words.encode(), f"{name}.png": picture.getvalue()}
        fields = form.fields | {"text": one.text("with-files"), "act": "send"}
        body, kind = in_parts(fields, {f"{one.text('empty')}.txt": b""})
        assert one.request("POST", page, body, Content_Type=kind).status == 422
        body, kind = in_parts(fields, files)
        assert one.request("POST", page, body, Content_Type=kind).status == 303
        shown = one.get(page)
        assert name in shown.text
        for attachment in dict.fromkeys(re.findall(r"/attachments/([0-9a-f-]{36})", shown.text)):
            place = f"{page}/attachments/{attachment}"
            looked_at = one.get(place)
            one.get(f"{place}/file", 303)
            for take in [each for each in looked_at.forms if each.action.endswith("/file")]:
                one.good("POST", f"{place}/file", 200, take.fields)
            if "/preview" in looked_at.text:
                one.get(f"{place}/preview")
                self.values["attachment"] = attachment

    def _succeed_with_case_files(self) -> None:
        """Both kinds of case file; the one for sharing with words of the handler's own."""
        one, path = self.one, f"{self.page}/file"
        full, sharing = (each for each in one.get(path).forms if "kind" in each.fields)
        one.refused(path, sharing, summary=one.text("summary") * 2000)
        ticked = full.fields | {"notes": "y", "originals": "y"}
        one.good("POST", path, 200, ticked)
        one.good("POST", path, 200, sharing.fields | {"summary": one.text("summary")})

    def _succeed_in_handling(self) -> None:
        one, page = self.one, self.page
        form = one.get(f"{page}/notes").own()
        one.post(f"{page}/notes", form, text=one.text("note"))
        one.refused(f"{page}/notes", form, text=one.text("conflict"))
        one.fill(f"{page}/classification",
                 elements=["bullying_harassment"])  # fmt: skip
        one.fill(f"{page}/status", status="in_progress")
        one.fill(f"{page}/assign", assigned_to=self._id("handler-2"))
        one.press(page, "/urgent", urgent="yes")
        one.fill(f"{page}/confidentiality", confidentiality="open")
        one.fill(f"{page}/hold", reason=one.known("lifted"))
        one.fill(f"{page}/hold", act="lift")
        one.fill(f"{page}/hold", reason=one.known("hold"))
        one.fill(f"{page}/break-confidentiality", told=one.text("told"),
                 reason=one.text("told-why"), sure="y")  # fmt: skip
        one.fill(f"{page}/links", reference=self.other)
        one.press(f"{page}/links", f"/{self.other}/remove")
        for path, name in {
            "links": "reference", "status": "status", "assign": "assigned_to",
            "confidentiality": "confidentiality",
        }.items():  # fmt: skip
            form = one.get(f"{page}/{path}").own()
            one.refused(f"{page}/{path}", form, **{name: one.text(name)})

    def _succeed_with_readers(self) -> None:
        one, page = self.one, self.page
        colleague, other = self._id("handler-1"), self._id("handler-3")
        readers = f"{page}/readers"
        one.press(readers, f"/readers/{colleague}/out")
        one.press(readers, f"/readers/{colleague}/in")
        asked = {
            "handlers": [other], "role": one.known("role"), "purpose": one.text("purpose"),
            "until": str(date.today() + timedelta(30)), "text": one.text("asking"),
        }  # fmt: skip
        form = one.get(f"{page}/consent").own()
        one.refused(f"{page}/consent", form, **asked | {"until": one.text("until")})
        one.post(f"{page}/consent", form, **asked)
        self._agree(readers)

    def _agree(self, readers: str) -> None:
        """The reporter agrees, and the consent is used."""
        traffic = self.traffic
        items = traffic.good("GET", "/case/messages", who="console-reporter")["items"]
        asked = [one for one in items if one["content"]["type"] == "consent-request"][-1]
        body = {"id": str(uuid4()), "content": {"request": asked["id"], "granted": True}}
        traffic.good("POST", "/case/consents", body, "console-reporter")
        self.values["consent"] = body["id"]
        self.one.press(readers, f"/consents/{body['id']}/in")

    def _succeed_in_closing(self) -> None:
        one, page = self.one, self.page
        form = one.get(page).form(action="/feedback")
        one.post("", form)
        one.refused(f"{page}/close", one.get(f"{page}/close").own(), outcome=one.text("outcome"))
        one.fill(f"{page}/close", outcome="referred")
        one.fill(f"{page}/checks/3", text=one.text("check"))
        one.get(f"{page}/history")
        assert one.text("reply") in one.get(f"{page}/print").text
        one.fill("/console/handover", leaver=self._id("handler-1"),
                 taker=self._id("handler-2"), sure="y")  # fmt: skip
        one.refused("/console/handover", one.get("/console/handover").own(), sure="y",
                    leaver=one.text("leaver"), taker=one.text("taker"))  # fmt: skip

    # --- people -----------------------------------------------------------------------------

    def _invite(self) -> str:
        given = {"display_name": self.admin.known("name"), "role": "handler",
                 "desks": ["guardian"]}  # fmt: skip
        return self._mark_code(self.admin.fill(f"{PEOPLE}/invite", "", expect=200, **given))

    def _mark_code(self, shown: Answer) -> str:
        found = re.search(r"#(wi_[A-Za-z0-9_-]+)", shown.text)
        assert found is not None
        self.traffic.marks.add("invitation", found[1].removeprefix("wi_"))
        self.traffic.marks.add("invitation", unb64(found[1].removeprefix("wi_")))
        return found[1]

    def _succeed_with_people(self) -> None:
        one, admin = self.one, self.admin
        for window in (one, admin):
            window.get("/console/people", 303)
            window.get(PEOPLE)
        self._join(self._invite())
        person = re.findall(r"/approve/([0-9a-f-]{36})", one.get(PEOPLE).text)[-1]
        self.values["person"] = person
        form = one.get(f"{PEOPLE}/approve/{person}").own()
        wrong = {"fingerprint": one.text("fingerprint"), "desks": one.text("desks")}
        one.refused(f"{PEOPLE}/approve/{person}", form, compared="y", **wrong)
        one.post(f"{PEOPLE}/approve/{person}", form, compared="y")
        changed = {"display_name": admin.known("changed"), "role": "handler"}
        admin.fill(f"{PEOPLE}/change/{person}", desks=["guardian"], **changed)
        form = admin.get(f"{PEOPLE}/change/{person}").own()
        wrong = {"role": admin.text("role"), "display_name": admin.text("name") * 50}
        admin.refused(f"{PEOPLE}/change/{person}", form, **wrong, desks=[admin.text("desks")])
        self._mark_code(admin.fill(f"{PEOPLE}/renew/{person}", "", expect=200))
        self._invite()
        form = admin.get(PEOPLE).form(action="/withdraw")
        self.values["invitation"] = form.action.split("/")[-2]
        admin.post("", form)
        admin.fill(f"{PEOPLE}/remove/{person}")
        one.fill(f"{PEOPLE}/retire/{person}")
        self.make_key()
        form = one.get(f"{PEOPLE}/receipt-key").own()
        wrong = {"fingerprint": one.text("fingerprint")}
        one.refused(f"{PEOPLE}/receipt-key", form, compared="y", **wrong)
        one.post(f"{PEOPLE}/receipt-key", form, compared="y")
        self._join_one_more()

    def _join(self, code: str) -> None:
        """Somebody makes an account by invitation."""
        window = self.window()
        given = {"invitation": f"https://x.example/console/join#{code}"}
        form = window.get("/console/join").own()
        window.refused("/console/join", form, **given, username="handler-1")
        shown = window.post("/console/join", form, "", expect=200, **given,
                            username=window.known("username"))  # fmt: skip
        secret = self._mark_keys(shown)
        practise = window.post("", shown.form("bundle"), "", expect=200)
        window.post("", practise.form("bundle", action="/join/keys"), "", expect=200)
        form, label = practise.form("bundle", "code"), r"Recovery word (\d+)"
        at = [int(one) for one in re.findall(label, practise.words)[:2]]
        window.refused("", form, code=window.text("code"), first_word=window.text("first"),
                       second_word=window.text("second"))  # fmt: skip
        window.post("", form, "Your account is ready", 200, code=self._code(secret),
                    first_word=self.recovery[at[0] - 1],
                    second_word=self.recovery[at[1] - 1])  # fmt: skip

    def _join_one_more(self) -> None:
        """An account of the other organisation joins this one."""
        window, who = self.window(), self.traffic.handlers["handler-5"]
        self.traffic.bearers["administrator"] = self.admin.cookies[SESSION]
        asked = {"organisation": SLUG, "role": "handler", "desks": ["guardian"],
                 "account": str(who.id)}  # fmt: skip
        code = self.traffic.good("POST", "/invitations", asked, "administrator")["code"]
        del self.traffic.bearers["administrator"]
        self.traffic.marks.add("invitation", code.removeprefix("wi_"))
        shown = window.fill("/console/join", "", expect=200, invitation=code, username="")
        form = shown.form("invitation", "password")
        right = {"username": "handler-5", "password": who.password,
                 "code": self._code(who.totp_secret)}  # fmt: skip
        window.refused("", form, **right | {"password": window.text("password")})
        window.post("", form, "Your account is ready", 200, **right)

    # --- what an administrator keeps --------------------------------------------------------

    def _succeed_with_texts(self) -> None:
        admin = self.admin
        admin.get("/console/organisation", 303)
        known, today = admin.known, str(date.today())
        for kind, fields in {
            "desks": {"name": known("desk"), "about": known("about")},
            "categories": {"name": known("category")},
            "regions": {"name": known("region")},
            "contacts": {"name": known("contact"), "kind": "link", "checked_on": today,
                         "value": f"https://x.example/{known('value')}",
                         "detail": known("detail")},
            "guidance": {"title": known("title"), "text": known("guidance"),
                         "checked_on": today},
            "replies": {"name": known("reply-name"), "text": known("reply-text")},
        }.items():  # fmt: skip
            self._succeed_with_list(kind, fields)
        form = admin.get(f"{ORGANISATION}/settings").own()
        wrong = {name: admin.text(f"setting-{name}") for name in form.fields
                 if name not in ("name", "csrf_token", "wren-by")}  # fmt: skip
        admin.refused(f"{ORGANISATION}/settings", form, **wrong)
        admin.post(f"{ORGANISATION}/settings", form, name=known("organisation"))
        self._succeed_with_integrations()
        self._succeed_with_deliveries()

    def _succeed_with_integrations(self) -> None:
        """A webhook and an API key; their secrets are shown once."""
        admin, page, keys = self.admin, f"{ORGANISATION}/webhooks", f"{ORGANISATION}/keys"
        given = {"name": admin.known("hook-name"), "events": ["case.overdue"],
                 "url": f"https://receiver.invalid/{admin.known('hook-url')}"}  # fmt: skip
        admin.refused(f"{page}/new", admin.get(f"{page}/new").own(), url=admin.text("url"))
        self._mark_secret(admin.fill(f"{page}/new", "whsec_", 200, **given))
        found = re.findall(rf"{page}/([0-9a-f-]{{36}})", admin.get(page).text)
        self.values["webhook"] = found[0]
        one = f"{page}/{found[0]}"
        self._mark_secret(admin.fill(f"{one}/secret", "whsec_", 200, overlap_days="1"))
        admin.press(one, f"{one}/test", "The test ended")
        admin.fill(one, name=given["name"])
        admin.press(one, f"{one}/delete")
        wanted = {"name": admin.known("key-name"), "scopes": ["cases:status"]}
        shown = admin.fill(f"{keys}/new", "wk_", 200, **wanted)
        # The page shows it, this once.
        self.traffic.mark_session(re.findall(r">(wk_[\w-]+)<", shown.text)[0], "api-key")
        revoke = next(form for form in admin.get(keys).forms if form.action.endswith("/revoke"))
        self.values["api_key"] = revoke.action.split("/")[-2]
        admin.post("", revoke)

    def _succeed_with_deliveries(self) -> None:
        """What was given up: one is tried again, one dropped, then all."""
        page = f"{ORGANISATION}/deliveries"
        shown = self.admin.get(page)
        own = re.findall(rf"{page}/([0-9a-f-]{{36}})/again", shown.text)
        for one, what in zip(own, ("again", "drop"), strict=False):
            self.admin.press(page, f"{page}/{one}/{what}")
        for what in ("again", "drop"):
            self.admin.good("POST", f"{page}/{what}", 303, {"csrf_token": self.admin.token})
        self.values["delivery"] = own[0] if own else str(uuid4())

    def _mark_secret(self, shown: Answer) -> None:
        secret = unescape(re.findall(r">whsec_([^<]+)<", shown.text)[0])
        self.traffic.marks.add("webhook-secret", secret)
        self.traffic.marks.add("webhook-secret", b64decode(secret))

    def _succeed_with_list(self, kind: str, fields: dict[str, str]) -> None:
        admin, page = self.admin, f"{ORGANISATION}/{kind}"
        form = admin.get(f"{page}/new").own()
        long = {name: admin.text(f"entry-{name}") * 800 for name in fields}
        admin.refused(f"{page}/new", form, **long, step="save")
        if kind == "guidance":
            admin.post(f"{page}/new", form, "Nothing was stored yet", 200, **fields,
                       step="preview")  # fmt: skip
        for again in ("", "-2"):
            first = next(iter(fields))
            more = {first: f"{fields[first]}{again}"}
            admin.post(f"{page}/new", form, **fields | more, step="save")
        shown = admin.get(page)
        key = re.findall(rf"/{kind}/([0-9a-f]{{16}})", shown.text)[-1]
        admin.fill(f"{page}/{key}", step="save", **fields | {first: fields[first] + "x"})
        admin.get(page)
        for what in ("up", "checked", "remove"):
            found = [one for one in admin.get(page).forms if one.action.endswith(f"/{what}")]
            if found:
                admin.post("", found[-1])
        self.values["key"] = "0123456789abcdef"  # none of these is there any more

    # --- one's own --------------------------------------------------------------------------

    def _succeed_with_the_account(self) -> None:
        one, third = self.one, self.third
        one.get("/console/account")
        path = f"/console/account/leave/{SLUG}"
        form = one.get(path).own()
        one.refused(path, form, away_until=one.text("away"), cover=one.text("cover"))
        one.post(path, form, away_until="2099-01-31",
                 cover=self._id("handler-1"))  # fmt: skip
        shown = one.get("/console/account/password")
        new = re.findall(r'<p class="words">([a-z ]+)</p>', shown.text)[0]
        self.traffic.marks.add_words("password", new)
        form, who = shown.form("bundle", "password"), self.traffic.handlers["handler-2"]
        wrong = {"password": one.text("password"), "code": "000000"}
        one.refused("/console/account/password", form, **wrong)
        one.post("/console/account/password", form,
                 password=who.password, code=self._code(who.totp_secret, 30))  # fmt: skip
        self.password = new
        bearer = {"third": third.cookies[SESSION]}
        self.traffic.bearers |= bearer
        own = self.traffic.good("GET", "/sessions", who="third")["items"][0]["id"]
        del self.traffic.bearers["third"]
        third.get("/console/account")
        self._succeed_with_notices(third)
        third.good("POST", f"/console/account/sessions/{own}/end", 303,
                   {"csrf_token": third.token})  # fmt: skip
        self.values["short"] = own

    def _succeed_with_notices(self, window: Window) -> None:
        """An address that is confirmed by the code which came there, and then forgotten."""
        path = "/console/account/notices"
        window.get(path)
        address = f"{window.text('notices')}@trust.example"
        if self.traffic.code_sent is None:
            sent = {"csrf_token": window.token, "address": address}
            assert window.request("POST", path, sent).status == 409
            window.get(f"{path}/code")
        else:
            window.refused(path, window.get(path).own(), address=window.text("no-address"))
            window.fill(path, address=address)
            shown = window.get(f"{path}/code").own()
            window.refused(f"{path}/code", shown, code=window.text("mailed"))
            window.fill(f"{path}/code", code=self.traffic.wait_for_code(address))
        window.good("POST", f"{path}/end", 303, {"csrf_token": window.token})

    def _succeed_with_the_rest(self) -> None:
        one = self.one
        one.get("/console/audit", 303)
        one.get(f"/console/audit/{SLUG}?case={self.reference}")
        one.get(f"/console/audit/{SLUG}?case={one.text('case')}&after={one.text('after')}")
        one.get(f"/console/audit/{SLUG}/export", 303)
        one.good("POST", f"/console/audit/{SLUG}/export", 200, {"csrf_token": one.token})
        one.get("/console/figures", 303)
        one.get(f"/console/figures/{SLUG}")
        one.get(f"/console/figures/{SLUG}?from={one.text('from')}&to={one.text('to')}", 422)
        one.get(f"/console/figures/{SLUG}/csv")
        self._succeed_with_a_return()
        one.get("/console/here", 204)
        one.get("/console/show", 303)
        to = {"csrf_token": one.token, "to": "/console/inbox?view=all"}
        one.good("POST", "/console/show", 303, to | {"organisation": SLUG})
        one.request("POST", "/console/show", to | {"organisation": one.text("organisation")})
        self.lock_and_unlock()

    def _succeed_with_a_return(self) -> None:
        """A return that is submitted, its files, and a report for the board."""
        one, returns = self.one, f"/console/returns/{SLUG}"
        self.admin.get("/console/returns", 303)
        preview = f"{returns}/2025/3/preview"
        self.admin.refused(preview, self.admin.get(preview).own(), why=one.text("why"))
        self.admin.fill(preview, confirmed="y")
        self.admin.get(returns)
        self.admin.get(f"{returns}/2025/3/1")
        self.admin.get(f"{returns}/2025/3/1.csv")
        one.get("/console/board", 303)
        board = f"/console/board/{SLUG}"
        one.get(board)
        given = {name: one.text(f"board-{name}") for name in ("introduction", "themes", "asks")}
        quarters = {"csrf_token": one.token, "first": "2025-Q4", "last": "2025-Q4"}
        # Refused where no quarter is published; test_canary.py sees to it that one is.
        if one.request("POST", board, quarters | given).status == 200:
            self.traffic.succeeded.add(("POST", "/console/board/<slug>"))
        one.request("POST", board, quarters | given | {"last": one.text("last")})

    def lock_and_unlock(self) -> None:
        """A form that is sent to a locked page comes back, filled in."""
        one = self.one
        note = f"{self.page}/notes"
        form = one.get(note).own()
        one.get("/console/lock", 303)
        one.good("POST", "/console/lock", 303, {"csrf_token": one.token})
        assert one.request("GET", "/console/locked").status == 401
        locked = one.refused(note, form, text=one.text("locked"))
        assert one.text("locked") not in locked.text
        form = locked.form("wren-password")
        one.refused(note, form, **{"wren-password": one.text("password")})
        again = one.good("POST", note, 200, form.fields | {"wren-password": self.password})
        assert one.text("locked") in again.text
        one.good("POST", "/console/lock", 303, {"csrf_token": one.token})
        form = one.request("GET", "/console/locked").form("wren-password")
        one.good("POST", "/console/locked", 303, form.fields | {"wren-password": self.password})
        one.get("/console/locked", 303)

    def sign_out(self) -> None:
        """The last success."""
        for window in (self.one, self.admin):
            window.good("POST", "/console/sign-out", 303, {"csrf_token": window.token})
            assert SESSION not in window.cookies
