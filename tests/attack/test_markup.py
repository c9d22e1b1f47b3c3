"""Script in every field that takes a text: no page runs it, whoever typed it (CWE-79, CWE-1336).

What is typed by a reporter, a handler or an administrator goes through all pages that there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest

from tests.attack.world import World
from tests.console.conftest import let_in
from tests.console.hands import Hands as Console
from tests.service import Service
from tests.standing import Standing
from tests.web import tour
from tests.web.hands import BASE, Hands

WORD = "zqx"
SCRIPT = f"""{WORD}'"><script>zq()</script><img src=zq onerror=zq()>{{{{7777*7919}}}}%(zq)s"""
"""What opens each kind of markup; with it what templates and formats would fill in."""
assert len(SCRIPT) <= 100


def markdown(word: str) -> str:
    """Guidance with it, and with what Markdown would make of addresses."""
    return f"""{word}

[{WORD}](javascript:zq()) [{WORD}](data:text/html,zq) ![{WORD}](https://evil.example/zq.png)
<https://evil.example/zq> [{WORD}]: javascript:zq()

<svg onload=zq()> <iframe srcdoc='zq'></iframe> <a href="&#106;avascript:zq()">{WORD}</a>

`{word}`
"""


class Parsed(HTMLParser):
    """What a browser would make of a page: what in it could only be a script of somebody's."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if any(name.startswith("on") for name in given) or "srcdoc" in given or "style" in given:
            self.faults.append(f"<{tag} {given}>")
        if tag in ("iframe", "object", "embed", "base", "svg") and WORD in str(given):
            self.faults.append(f"<{tag}>")
        if tag == "script" and not given.get("src", "").startswith("/"):
            self.faults.append("<script> within")
        for name in ("src", "href", "action", "formaction", "data"):
            value = given.get(name, "").strip().lower()
            if (
                value.startswith(("javascript:", "data:text", "vbscript:"))
                or "evil.example" in value
            ):
                self.faults.append(f"{name}={value}")
            if value == "zq":
                self.faults.append(f"<{tag} {name}=zq>")


def faults(page: str) -> list[str]:
    """What of the scripts a page would run, or fill in."""
    parsed = Parsed()
    parsed.feed(page)
    return parsed.faults + (["a template was filled in"] if "61586063" in page else [])


def change_everything(world: World) -> None:
    """The organisation's own texts, all of them."""
    today, word = str(date.today()), world.word
    desk = {"about": word, "name": word}
    body = {
        "name": word,
        "desks": [{"slug": "guardian", **desk}, {"slug": "senior-manager", **desk}],
        "contacts": [
            {"name": word, "kind": kind, "value": value, "detail": word, "checked_on": today}
            for kind, value in (("phone", "999"), ("link", "https://trust.example/zq"))
        ],
        "guidance": [
            {"slug": "zq", "title": word, "text": markdown(word), "checked_on": today},
        ],
        "categories": {
            "categories": [{"code": "zq", "name": word}],
            "regions": [{"code": "zq", "name": word}],
        },
        "replies": [{"name": word, "text": word}],
    }  # fmt: skip
    administrator = str(world.bearers["administrator"])
    world.good("PATCH", "/organisations/eeast", body, administrator)
    for name in ("handler-1", "handler-2", "handler-3", "handler-4"):
        who, person = world.service.handlers[name].id, {"organisation": "eeast"}
        person["display_name"] = world.word
        world.good("PATCH", f"/accounts/{who}", person, administrator)


def handle(world: World) -> None:
    """What a handler writes about the case, and a reporter answers."""
    own = world.things["own"]
    case, who = f"/cases/{own['reference']}", str(world.bearers["reader"])
    note = {"id": own["consent"][:-4] + "4444", "content": {"text": world.word}}
    world.good("POST", f"{case}/notes", note, who)
    told = {
        "id": own["consent"][:-4] + "5555",
        "content": {"told": world.word, "reason": world.word},
    }
    world.good("POST", f"{case}/disclosures", told, who)
    world.good("PATCH", case, {"legal_hold": {"reason": world.word}}, who)
    comment = {"id": own["consent"][:-4] + "6666", "content": {
        "request": own["request"], "granted": True}}  # fmt: skip
    world.good("POST", "/case/consents", comment, str(world.bearers["reporter of own"]))


@pytest.fixture
def world(sqlite_standing: Standing) -> Iterator[World]:
    """A world in which everything is called by a script."""
    with sqlite_standing.lent() as service:
        made = World(service, word=SCRIPT)
        change_everything(made)
        handle(made)
        yield made


def values(world: World) -> dict[str, list[str]]:
    """What stands in addresses of the console, all that there is for each name."""
    own = world.things["own"]
    return {
        "slug": ["eeast"], "reference": [own["reference"]], "attachment": [own["attachment"]],
        "consent": [own["consent"]], "handler": [own["handler"]], "person": [own["account"]],
        "months": ["3"], "invitation": [own["invitation"]], "webhook": [own["webhook"]],
        "api_key": [own["key"]], "year": ["2025"], "quarter": ["4"], "number": ["1"],
        "key": ["zq", "0", "1", "guardian"], "other": [own["other"]], "short": [own["session_id"]],
        "filename": ["console.css"], "table": ["csv"], "delivery": [own["webhook"]],
    }  # fmt: skip


def addresses(world: World, service: Service) -> Iterator[str]:
    """Every page of the console, about what there is."""
    known = values(world)
    for rule in service.app.url_map.iter_rules():
        if not rule.endpoint.startswith("console.") or "GET" not in (rule.methods or ()):
            continue
        paths = [re.sub(r"<any\(([\w, ]+)\):\w+>", lambda one: f"<{one[1]}>", rule.rule)]
        for name, found in known.items():
            paths = [
                re.sub(rf"<(?:[^<>]+:)?{name}>", value, path) for path in paths for value in found
            ]
        for path in paths:
            kinds = re.search(r"<([\w, ]+)>", path)
            for kind in kinds[1].split(",") if kinds else [""]:
                yield re.sub(r"<[\w, ]+>", kind.strip(), path)


@pytest.mark.parametrize(
    "name",
    [
        "handler-1",
        pytest.param("administrator-1", marks=pytest.mark.ordeal),
        pytest.param("analyst-1", marks=pytest.mark.ordeal),
    ],
)
def test_it_works(world: World, name: str, subtests: pytest.Subtests) -> None:
    """The console's pages."""
    seen = 0
    one = Console(world.service, world.service.app.test_client())
    let_in(one.http, world.service, name)
    for path in sorted(set(addresses(world, world.service)) - {"/console/sign-out"}):
        if path.endswith((".css", ".js", "/csv", "/lock", "/locked")):
            continue
        answer = one.http.get(path)
        assert answer.status_code < 500, path
        if answer.mimetype == "text/html":
            page = answer.get_data(as_text=True)
            seen += WORD in page
            with subtests.test(path):
                assert faults(page) == []
                policy = answer.headers["Content-Security-Policy"]
                assert "unsafe" not in policy
                assert "'none'" in policy
        answer.close()
    assert seen >= {"handler-1": 15, "administrator-1": 10, "analyst-1": 2}[name]


def test_what_is_sent_comes_back_as_text(world: World) -> None:
    """What is refused is shown again in its form; what is looked for, beside what was found."""
    one = Console(world.service, world.service.app.test_client())
    let_in(one.http, world.service, "handler-1")
    form = one.get("/console/search").form("text")
    shown = one.send("/console/search", form, follow=True, text=SCRIPT)
    assert WORD in shown.words
    assert faults(shown.answer.text) == []
    reference = world.things["own"]["reference"]
    for path in ("notes", "hold", "consent", "break-confidentiality", "classification"):
        place = f"/console/cases/{reference}/{path}"
        form = one.get(place).form("csrf_token")
        for name in form.fields:
            if name != "csrf_token":
                form.fields[name] = SCRIPT
        assert faults(one.send(place, form).answer.text) == []
    for query in ("next", "organisation", "status", "desk", "after", "due", "assigned", "lang"):
        page = one.http.get(f"/console/inbox?{query}={quote(SCRIPT)}").text
        assert faults(page) == []


def test_the_reporters_pages(world: World, subtests: pytest.Subtests) -> None:
    hands, seen = Hands(world.service), 0
    case = tour.come_back(hands, world.things["own"]["token"])
    own = world.things["own"]
    for path in (
        "/", "/o/eeast", "/accessibility", "/cookies", case, f"{case}/people", f"{case}/other",
        f"{case}/file", f"{case}/end", f"{case}/evidence", f"{case}/message/{own['message']}",
        f"{case}/piece/{own['attachment']}", f"{case}/answer/{own['request']}",
        f"{case}/people/{own['reader']}/out", "/return", f"/o/{quote(SCRIPT)}",
    ):  # fmt: skip
        answer: Any = hands.http.get(path, base_url=BASE)
        page = answer.text
        seen += WORD in page
        with subtests.test(path):
            assert answer.status_code < 500
            assert faults(page) == []
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert seen >= 8


@pytest.mark.ordeal
def test_a_report_that_is_written(world: World) -> None:
    """What was typed is shown again on every page on the way."""
    hands = Hands(world.service)
    tour.begin(hands)
    names = ("story", "when", "place", "people", "who_knows", "wanted", "told_before",
             "immediate_danger")  # fmt: skip
    typed, seen = dict.fromkeys(names, SCRIPT), 0
    for number in range(2, tour.CHECK + 1):
        tour.to(hands, number, typed)
        seen += WORD in hands.page.text
        assert faults(hands.page.text) == []
        for back in range(1, number):
            page = hands.go(re.sub(r"\d+$", str(back), hands.path)) and hands.page.text
            assert faults(page) == []
            hands.go(re.sub(r"\d+$", str(number), hands.path))
    assert seen >= 2


@pytest.mark.parametrize("page", [
    "<p onclick=zq()>", "<script>zq()</script>", "<img src=zq onerror=x>",
    "<a href='javascript:x'>", "<p>61586063", "<iframe srcdoc=x>", "<form action='https://evil.example'>",
])  # fmt: skip
def test_what_would_run_is_found(page: str) -> None:
    assert faults(page)
