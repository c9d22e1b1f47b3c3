"""Forms that another site sends, or that belong to another report: refused, and nothing is stored.

Every form that there is is tried: the addresses come from the application's own list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from api.console import caller
from api.contract import Who
from api.rules import sessions
from api.web.pages import form_key
from tests.api.checks import nothing_stored
from tests.service import Service
from tests.web.checks import check_page
from tests.web.hands import BASE, Hands

FOREIGN: dict[str, dict[str, str]] = {
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
    "a site that lies": {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    "an old browser": {"Origin": "https://evil.example"},
    "another port": {"Origin": f"{BASE}:8443"},
    "a name that begins alike": {"Origin": f"{BASE}.evil.example"},
    "a file": {"Origin": "file://"},
}
FEW = {"cross-site", "a site that lies", "a name that begins alike"}
CASE = "abcdef"
"""A visit in which a case is open."""

VALUES = {"slug": "eeast", "number": "1", "desk": "senior-manager"}
"""What stands in addresses; for all that is not here, a random id."""


def forms(service: Service, needs: str) -> Iterator[str]:
    """The rules of all forms that need this; for anybody: `open`."""
    for rule in service.app.url_map.iter_rules():
        found = service.app.view_functions[rule.endpoint].__dict__.get("wren_needs")
        wanted = () if needs == "open" else (needs,)
        if "POST" in (rule.methods or ()) and rule.endpoint[:4] == "web." and found == wanted:
            yield rule.rule


def address(rule: str, visit: str) -> str:
    """An address of this rule."""
    known = VALUES | {"visit": visit}
    rule = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule)
    return re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda one: known.get(one[1], str(uuid4())), rule)


def post(hands: Hands, path: str, key: str, **headers: str) -> TestResponse:
    """Sends a form with something in every field that could be stored."""
    fields = {
        "key": key, "story": "An invented story.", "text": "An invented answer.", "words": "a b c",
        "answer": "yes", "confirm": "yes", "desk": "senior-manager",
    }  # fmt: skip
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return hands.http.post(path, data=fields, headers=sent, base_url=BASE)


def begin(hands: Hands) -> tuple[str, str]:
    """A report that was begun: its visit, and what its forms carry."""
    hands.go("/o/eeast/begin")
    hands.press()
    return hands.path.split("/")[3], hands.fields()["key"]


def come_back(hands: Hands, visit: str = CASE) -> str:
    """Opens a new case in this visit, without stretching its words; what its forms carry."""
    service = hands.service
    bearer = service.reporter(service.open_case()[1])
    hands.http.set_cookie(f"__Host-w-{visit}", bearer, domain="wren.example", secure=True)
    with service.app.test_request_context(), service.database.read() as db:
        found = sessions.find(db, bearer, ("reporter",))
        return form_key(Who(found.kind, found.subject, None, bearer))


def refused(hands: Hands, path: str, key: str, status: int = 403, **headers: str) -> None:
    """Fails unless this is refused by a page that says so, and changes nothing at all."""
    before = hands.cookies()
    with nothing_stored(hands.service):
        answer = post(hands, path, key, **headers)
    check_page(answer, status)
    # Where the session has ended the page holds what was sent, so that nobody loses it.
    assert status == 401 or "invented" not in answer.text
    assert not answer.headers.getlist("Set-Cookie")
    assert hands.cookies() == before


def test_it_works(hands: Hands) -> None:
    """The same form from our own page is taken."""
    visit, key = begin(hands)
    answer = post(hands, f"/o/eeast/{visit}/1", key, Sec_Fetch_Site="same-origin", Origin="null")
    assert answer.status_code < 400 or answer.status_code == 422


@pytest.mark.parametrize(
    "site",
    [one if one in FEW else pytest.param(one, marks=pytest.mark.ordeal) for one in FOREIGN],
)
def test_another_site(page_hands: Hands, site: str, subtests: pytest.Subtests) -> None:
    headers: dict[str, Any] = {n.replace("-", "_"): one for n, one in FOREIGN[site].items()}
    visit, writing = begin(page_hands)
    keys = {"open": ("", ""), "writing": (visit, writing), "reporter": (CASE, "")}
    keys["reporter"] = (CASE, come_back(page_hands))
    for needs, (where, key) in keys.items():
        rules = list(forms(page_hands.service, needs))
        assert rules
        for rule in rules:
            with subtests.test(rule):
                refused(page_hands, address(rule, where), key, **headers)


@pytest.mark.parametrize("key", ["", "wd_", "wd_AAAA", "x", "wr_" + "A" * 43])
def test_a_form_without_its_key(page_hands: Hands, key: str, subtests: pytest.Subtests) -> None:
    visit, _ = begin(page_hands)
    come_back(page_hands)
    for needs, where in (("writing", visit), ("reporter", CASE)):
        for rule in forms(page_hands.service, needs):
            if needs == "writing" and key.startswith("wd_"):
                continue  # a draft that is gone: the page begins it anew with what was sent
            with subtests.test(rule):
                refused(page_hands, address(rule, where), key)


def test_the_key_of_another_case(page_hands: Hands, subtests: pytest.Subtests) -> None:
    first, second = come_back(page_hands), come_back(page_hands, "fedcba")
    _, writing = begin(page_hands)
    assert first != second
    for rule in forms(page_hands.service, "reporter"):
        for visit, key in ((CASE, second), ("fedcba", first), (CASE, writing)):
            with subtests.test(f"{rule} {visit}"):
                refused(page_hands, address(rule, visit), key)


def test_a_report_of_another_organisation(page_hands: Hands, subtests: pytest.Subtests) -> None:
    """A report that was begun for one organisation is sent to no other."""
    visit, key = begin(page_hands)
    draft = dict(page_hands.cookies())
    for rule in forms(page_hands.service, "writing"):
        with subtests.test(rule):
            path = address(rule, visit).replace("/o/eeast/", "/o/elsewhere/")
            page = page_hands.http.get(path, base_url=BASE)
            check_page(page, 401)
            answer = post(page_hands, path, key)
            assert key not in answer.text, "it begins anew there"
            page_hands.http._cookies.clear()  # type: ignore[union-attr]
            for name, value in draft.items():
                page_hands.http.set_cookie(name, value, domain="wren.example", secure=True)


def test_a_handlers_cookies_open_nothing(page_hands: Hands, subtests: pytest.Subtests) -> None:
    """Neither a handler's session in its own cookie, nor put in the place of a reporter's."""
    service = page_hands.service
    key = come_back(page_hands)
    account = service.handler()
    page_hands.clear_cookies()
    for name in (caller.SESSION, f"__Host-w-{CASE}"):
        page_hands.http.set_cookie(name, account, domain="wren.example", secure=True)
    for needs in ("writing", "reporter"):
        for rule in forms(service, needs):
            with subtests.test(rule):
                path = address(rule, CASE)
                check_page(page_hands.http.get(path, base_url=BASE), 401)
                refused(page_hands, path, key, 401 if needs == "reporter" else 403)


def test_cookies_of_one_kind_do_not_open_the_other(
    page_hands: Hands, subtests: pytest.Subtests
) -> None:
    """A draft's bearer opens no case, and a case's no draft."""
    service = page_hands.service
    visit, key = begin(page_hands)
    draft = page_hands.cookies()[f"__Host-w-{visit}"]
    come_back(page_hands)
    case = page_hands.cookies()[f"__Host-w-{CASE}"]
    page_hands.clear_cookies()
    page_hands.http.set_cookie(f"__Host-w-{CASE}", draft, domain="wren.example", secure=True)
    page_hands.http.set_cookie(f"__Host-w-{visit}", case, domain="wren.example", secure=True)
    for rule in forms(service, "reporter"):
        with subtests.test(rule):
            check_page(page_hands.http.get(address(rule, CASE), base_url=BASE), 401)
            refused(page_hands, address(rule, CASE), key, 401)
    for rule in forms(service, "writing"):
        with subtests.test(rule):
            check_page(page_hands.http.get(address(rule, visit), base_url=BASE), 401)


def test_a_link_from_another_site_signs_nobody_out(hands: Hands) -> None:
    """The browser sends no cookies then (SameSite=Strict), and so nothing ends."""
    visit, _ = begin(hands)
    other = Hands(hands.service)
    other.go("/leave", 303, **{"Sec-Fetch-Site": "cross-site"})
    hands.go(f"/o/eeast/{visit}/1")


def test_a_form_in_parts_is_not_read(page_hands: Hands) -> None:
    # Its parts could be files, which would lie on the disk as they are.
    page_hands.go("/o/eeast/begin")
    path, fields = page_hands.filled()
    answer = page_hands.http.post(
        path, data=dict(fields), content_type="multipart/form-data", base_url=BASE
    )
    assert answer.status_code == 415


@pytest.mark.parametrize("origin", ["http://[", "https://wren.example.elsewhere.example", "x"],
                         ids=["broken", "longer", "odd"])  # fmt: skip
def test_an_odd_origin_is_another_site(page_hands: Hands, origin: str) -> None:
    page_hands.go("/o/eeast/begin")
    page_hands.press(headers={"Origin": origin}, status=403)
