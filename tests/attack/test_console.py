"""The console as an attacker uses it: pages of others, forms of other sites, planted sessions.

What each role may see at all is in tests/console/test_who_may_see.py; here the address names what
belongs to somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from api.console import caller
from tests.api.checks import snapshot
from tests.attack.test_markup import values
from tests.attack.test_walk import changed
from tests.attack.world import ACCOUNTS, MARK, World
from tests.console.conftest import let_in
from tests.console.hands import FoundForm, Hands
from tests.standing import Standing

OF_CASES = {"colleague who is excluded", "handler of another desk", "handler elsewhere",
            "administrator", "administrator elsewhere", "analyst"}  # fmt: skip
OF_ORGANISATION = {"handler elsewhere", "administrator elsewhere", "analyst elsewhere"}

OTHER_SITES = (
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
)  # fmt: skip


@pytest.fixture
def world(sqlite_standing: Standing) -> Iterator[World]:
    """The world of an attacker."""
    with sqlite_standing.lent() as service:
        yield World(service)


def browser(world: World, name: str) -> Hands:
    """Somebody's browser, signed in."""
    made = Hands(world.service, world.service.app.test_client())
    let_in(made.http, world.service, name)
    return made


def pages(world: World, *named: str) -> Iterator[tuple[str, str]]:
    """Method and address of each page about one of these, which are names in rules."""
    known = values(world)
    for rule in world.service.app.url_map.iter_rules():
        if not rule.endpoint.startswith("console.") or rule.endpoint.endswith("static"):
            continue
        if not any(re.search(rf"[<:]{name}>", rule.rule) for name in named):
            continue
        path = re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", rule.rule)
        path = re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda found: known[found[1]][0], path)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, path


@pytest.mark.ordeal
@pytest.mark.parametrize(
    ("named", "outsiders"), [("reference", OF_CASES), ("slug", OF_ORGANISATION)]
)
def test_it_works(
    world: World, named: str, outsiders: set[str], subtests: pytest.Subtests
) -> None:
    """What belongs to others is not there: nothing of it is shown, and nothing done to it."""
    found = list(pages(world, named))
    assert len(found) > 25
    for actor in sorted(outsiders):
        one = browser(world, ACCOUNTS[actor])
        form = one.get("/console/account").form("csrf_token")
        token = form.fields["csrf_token"]
        before = snapshot(world.service)
        for method, path in found:
            with subtests.test(f"{method} {path} by {actor}"):
                if method == "GET":
                    answer = one.http.get(path)
                else:
                    fields = {"csrf_token": token, "text": "x", "confirm": "yes"}
                    answer = one.send(path, FoundForm(path, fields)).answer
                assert answer.status_code in (403, 404), answer.status_code
                assert MARK not in answer.text
        assert snapshot(world.service) == before


def test_those_who_may_are_shown_it(world: World) -> None:
    """The same addresses are there for those whose they are."""
    one, shown = browser(world, "handler-1"), 0
    for method, path in pages(world, "reference"):
        if method == "GET" and not path.endswith(("/checks/3",)):
            answer = one.http.get(path)
            shown += answer.status_code == 200
            answer.get_data()
            answer.close()
    assert shown > 15


@pytest.mark.ordeal
@pytest.mark.parametrize("name", ["handler-1", "administrator-1"])
def test_forms_of_other_sites(world: World, name: str, subtests: pytest.Subtests) -> None:
    """No form is taken that another site sends, or that has not the key of this session.

    Cross-site request forgery: CWE-352.
    """
    one, other = browser(world, name), browser(world, name)
    own = one.get("/console/account").form("csrf_token").fields["csrf_token"]
    theirs = other.get("/console/account").form("csrf_token").fields["csrf_token"]
    rules = [
        rule.rule for rule in world.service.app.url_map.iter_rules()
        if rule.endpoint.startswith("console.") and "POST" in (rule.methods or ())
    ]  # fmt: skip
    known = values(world)
    fields = {"text": "x", "confirm": "yes", "wren-username": "x", "words": "x"}
    before = snapshot(world.service)
    for rule in rules:
        path = re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", rule)
        path = re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda found: known[found[1]][0], path)
        for headers in OTHER_SITES:
            with subtests.test(f"{path} {headers}"):
                sent = fields | {"csrf_token": own}
                answer = one.http.post(path, data=sent, headers=headers)
                assert answer.status_code == 403, answer.status_code
        if path == "/console/sign-out":
            continue  # one's own site may sign one out without a key
        for key in ("", "x", theirs):
            sent = fields | {"csrf_token": key}
            one.http.post(path, data=sent, headers={"Sec-Fetch-Site": "same-origin"})
    # A form that is shown again shows the case again, which its audit notes.
    assert changed(world.service, before) <= {"audit"}
    assert one.get("/console/account").status == 200, "still signed in"


def test_a_planted_session_is_not_gone_on_with(world: World) -> None:
    """Who signs in gets a session of their own, whatever their browser held (CWE-384)."""
    service, attacker = world.service, world.service.handler("handler-5")
    one = Hands(service, service.app.test_client())
    with service.app.test_request_context():
        seen = str(caller._stamps(attacker).dumps(int(service.clock.now)))
    for name, value in ((caller.SESSION, attacker), (caller.SEEN, seen)):
        one.http.set_cookie(name, value, secure=True)
    planted = one.get("/console/account").form("csrf_token").fields["csrf_token"]
    service.call("DELETE", "/session", bearer=attacker)
    assert one.sign_in("handler-1").status == 303
    held = one.cookies()[caller.SESSION]
    assert held != attacker
    assert "handler-1" in one.get("/console/account").words
    path = f"/console/cases/{world.things['own']['reference']}/notes"
    form, before = one.get(path).form("csrf_token", "text"), snapshot(service)["notes"]
    assert form.fields["csrf_token"] != planted
    one.send(path, form, text="Invented.", csrf_token=planted)
    assert snapshot(service)["notes"] == before, "a form from before is not taken after"
    one.send(path, form, text="Invented.")
    assert snapshot(service)["notes"] != before


def test_a_stamp_belongs_to_one_session(world: World) -> None:
    """That a session was used lately is signed for it alone: another's keeps none awake."""
    service = world.service
    mine, other = service.handler("handler-1"), service.handler("handler-5")
    with service.app.test_request_context():
        seen = str(caller._stamps(other).dumps(int(service.clock.now)))
    one = Hands(service, service.app.test_client())
    one.http.set_cookie(caller.SESSION, mine, secure=True)
    for stamp in (seen, "", "x", seen + "x", seen.partition(".")[0]):
        one.http.set_cookie(caller.SEEN, stamp, secure=True)
        shown = one.get("/console/inbox")
        assert MARK not in shown.words
        assert shown.status == 401


def test_a_bearer_is_taken_from_nowhere_else(world: World) -> None:
    """Not from an address, a body, a cookie of another kind, nor two headers at once."""
    service, bearer = world.service, world.service.handler("handler-1")
    path = "/api/v1/cases"
    for query in ("access_token", "bearer", "session", "token", "Authorization"):
        assert service.http.get(f"{path}?{query}={bearer}").status_code in (401, 422)
    service.http.set_cookie(caller.SESSION, bearer, secure=True)
    assert service.http.get(path).status_code == 401
    for value in (f"Basic {bearer}", bearer, f"Bearer {bearer}, Bearer x", f"Bearer  x {bearer}"):
        assert service.http.get(path, headers={"Authorization": value}).status_code == 401
    answer = service.http.post("/api/v1/search", json={"text": "x", "session": bearer})
    assert answer.status_code == 401
    page = service.app.test_client().get("/console", headers={"Authorization": f"Bearer {bearer}"})
    assert page.status_code == 401
