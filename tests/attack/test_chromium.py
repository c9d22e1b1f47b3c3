"""Markup in every field that anybody can fill, in Chromium: it comes to life on no page (CWE-79).

What `test_markup.py` reads, a browser does here: with all that it makes of a page, and what the
pages' own scripts do with the texts in them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Error

from tests.api.returning import count
from tests.attack.test_markup import addresses, change_everything, handle
from tests.attack.watching import SHAPES, Victim, victim
from tests.attack.world import World, attach
from tests.console.conftest import let_in
from tests.ordeal import tell
from tests.standing import Standing
from tests.web.screen import listening

PEOPLE = {"handler-1": 15, "administrator-1": 10, "analyst-1": 2}
"""Who looks at the console, and on how many pages at least they see what was typed."""

ENDS = ("/sign-out", "/lock", "/locked", "/csv", ".css", ".js", ".xlsx")
"""Addresses that end the session, and files that are no pages."""

_TEXTS = """(at) => {
  const form = [...document.querySelectorAll("main form")][at];
  return form ? form.querySelectorAll("textarea, input[type=text], input[type=search]").length : 0;
}"""

_FILL = """([at, word]) => {
  const forms = [...document.querySelectorAll("main form")], form = forms[at];
  if (!form) { return false; }
  for (const one of form.elements) {
    if (["textarea", "text", "search", "password", "email", "tel", "url"].includes(one.type)) {
      one.removeAttribute("maxlength");
      one.value = word;
    } else if (one.type === "checkbox") { one.checked = true; }
  }
  form.noValidate = true;
  form.requestSubmit();
  return true;
}"""


@contextmanager
def called(standing: Standing, shape: str) -> Iterator[World]:
    """A world in which everything is called by one of the shapes."""
    with standing.lent() as service:
        made = World(service, word=SHAPES[shape])
        change_everything(made)
        handle(made)
        fill_more(made)
        yield made


def fill_more(world: World) -> None:
    """Fields that the other tests of markup leave out: by calls, so that no page looks before."""
    own, word = world.things["own"], world.word
    who, reporter = str(world.bearers["reader"]), str(world.bearers["reporter of own"])
    document = world.service.http.post(
        "/api/v1/case/attachments",
        data={"id": (text := str(uuid4())),
              "file": (io.BytesIO(f"Invented. {word}".encode()), f"{word}.txt")},
        headers={"Authorization": f"Bearer {reporter}"},
    )  # fmt: skip
    assert document.status_code == 201, document.text
    picture = attach(world.service, reporter, word)
    said = {"id": str(uuid4()), "content": {"text": word, "attachments": [text, picture]}}
    world.good("POST", "/case/messages", said, reporter)
    own["text"] = text
    recorded = {
        "case_id": str(uuid4()), "organisation": "eeast", "desk": "guardian",
        "confidentiality": "confidential",
        "content": {"raised": "phone"} | world.story(),
    }  # fmt: skip
    world.good("POST", "/cases", recorded, who)
    reference, token = world.service.open_case("eeast", desk="guardian", content=world.story())
    closed = {"status": "closed", "outcome": "referred", "feedback_given": True}
    world.good("PATCH", f"/cases/{reference}", closed, who)
    check = {"id": str(uuid4()), "months": 3, "content": {"text": word}}
    world.good("POST", f"/cases/{reference}/checks", check, who)
    answer = {"id": str(uuid4()), "answer": "maybe", "content": {"comment": word}}
    world.good("POST", "/case/feedback", answer, world.service.reporter(token))
    own["closed"] = reference
    _returns(world)


def _returns(world: World) -> None:
    """A return, and one that corrects it and says why."""
    administrator = str(world.bearers["administrator"])
    for why in ("", world.word):
        count(world.service, {("left", "guardian"): 1})
        path = "/returns/2025/4"
        shown = world.good("GET", f"{path}?organisation=eeast&number=0", None, administrator)
        body = {name: shown[name] for name in ("number", "digest")}
        world.good("POST", path, body | {"organisation": "eeast", "why": why}, administrator)


def console_pages(world: World, name: str) -> list[str]:
    """Every page of the console about what there is that this person may see."""
    own = world.things["own"]
    paths = {*addresses(world, world.service), f"/console/cases/{own['closed']}"}
    paths |= {path.replace(own["attachment"], own["text"]) for path in paths}
    http, found = world.service.app.test_client(), []
    let_in(http, world.service, name)
    for path in sorted(path for path in paths if not path.endswith(ENDS)):
        with http.get(path) as answer:
            assert answer.status_code < 500, path
            if answer.status_code == 200:
                found.append(path)
    return found


def sign_in(one: Victim, world: World, name: str) -> None:
    """Gives the window a session of this person, without the stretching of a sign-in."""
    http = world.service.app.test_client()
    let_in(http, world.service, name)
    cookies = http._cookies.values()  # type: ignore[union-attr]
    one.context.add_cookies([
        {"name": each.key, "value": each.value, "url": one.url.replace("http:", "https:"),
         "secure": True}
        for each in cookies
    ])  # fmt: skip


@pytest.mark.ordeal
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("shape", "policy"), [("script", True), *((shape, False) for shape in SHAPES)]
)
def test_it_works(sqlite_standing: Standing, chromium: Browser, shape: str, policy: bool) -> None:
    """All pages of the console and of the reporter's."""
    found, pages = list[str](), 0
    with called(sqlite_standing, shape) as world, listening(world.service) as url:
        for name, least in PEOPLE.items():
            with victim(chromium, url, policy=policy) as one:
                sign_in(one, world, name)
                for path in console_pages(world, name):
                    one.go(path)
            assert one.seen >= least, name
            found, pages = found + one.found, pages + one.pages
        with victim(chromium, url, policy=policy) as one:
            reporters_pages(one, world)
        assert one.seen >= 8
        found, pages = found + one.found, pages + one.pages
    tell("attack", "pages in Chromium with markup in all that was typed", tried=pages,
         lost=len(found), note="as they are, and without their policy (CSP)")  # fmt: skip
    assert found == []


def reporters_pages(one: Victim, world: World) -> None:
    """A report that is typed, and the conversation about another."""
    own = world.things["own"]
    one.go("/return")
    one.page.locator('[name="words"]').fill(own["token"])
    with one.page.expect_navigation():
        one.page.locator("main form button").first.click()
    case = one.page.url.removeprefix(one.url).partition("?")[0]
    assert case.startswith("/c/"), case
    one.look()
    for path in (
        "/", "/o/eeast", "/accessibility", case, f"{case}/people", f"{case}/other", f"{case}/file",
        f"{case}/end", f"{case}/evidence", f"{case}/message/{own['message']}",
        f"{case}/piece/{own['attachment']}", f"{case}/piece/{own['text']}",
        f"{case}/answer/{own['request']}", f"{case}/people/{own['reader']}/out",
    ):  # fmt: skip
        one.go(path)
    typed(one, world)


def typed(one: Victim, world: World) -> None:
    """A report with it in each field: each page on the way, and the same pages on the way back."""
    one.go("/o/eeast/begin")
    steps = list[str]()
    for _ in range(12):
        with one.page.expect_navigation():
            if not one.page.evaluate(_FILL, [_form(one), world.word]):
                break
        one.look()
        if one.page.url in steps or one.page.locator("ol.words").count():
            break
        steps.append(one.page.url)
    assert len(steps) >= 5
    for step in steps:
        one.go(step.removeprefix(one.url))


def _form(one: Victim) -> int:
    """Which form of the page goes on: the last that has fields is that of the step."""
    return int(one.page.evaluate(
        "() => [...document.querySelectorAll('main form')].findIndex("
        "(one) => one.querySelector('button:not(.secondary)'))"))  # fmt: skip


@pytest.mark.ordeal
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["handler-1", "administrator-1"])
def test_what_is_typed_comes_back_as_text(
    sqlite_standing: Standing, chromium: Browser, name: str
) -> None:
    """Each form of the console is filled with it and sent; then all pages are looked at again."""
    sent = 0
    with (
        called(sqlite_standing, "script") as world,
        listening(world.service) as url,
        victim(chromium, url, policy=False) as one,
    ):
        paths = console_pages(world, name)
        sign_in(one, world, name)
        for path in paths:
            for at in range(3):
                one.go(path)
                if one.page.evaluate(_TEXTS, at) == 0:
                    continue
                try:
                    with one.page.expect_navigation(timeout=5000):
                        one.page.evaluate(_FILL, [at, world.word])
                except Error:
                    continue  # a file came, or nothing: both are no page
                one.look()
                sent += 1
                if not one.page.url.startswith(f"{url}/console/"):
                    sign_in(one, world, name)
        for path in paths:
            one.go(path)
    tell("attack", "forms in Chromium with markup in each field", tried=sent, lost=len(one.found))
    assert sent >= 10
    assert one.found == []


@pytest.mark.parametrize("page", [
    "<script>zq()</script>", "<img src=zq onerror=zq()>", "<svg onload=zq()></svg>",
    "<a href='java\tscript:zq()'>x</a>", "<style>@import '//evil.example/zq'</style>",
    "<p style='x:x'>", "<iframe src='about:blank'></iframe>", "<script>alert(1)</script>",
    "<input onfocus=zq()>", "<p>61586063", "<form action='https://evil.example/'></form>",
])  # fmt: skip
def test_what_comes_to_life_is_found(
    chromium: Browser, sqlite_standing: Standing, page: str
) -> None:
    with sqlite_standing.lent() as service, listening(service) as url:
        with victim(chromium, url, policy=False) as one:
            one.page.route(
                "**/page", lambda route: route.fulfill(body=page, content_type="text/html")
            )
            one.go("/page")
        assert one.found
