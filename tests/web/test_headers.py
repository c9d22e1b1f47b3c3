"""Headers of the reporter's pages: nothing is kept, nothing is told, nothing comes from elsewhere.

`Hands` checks each page that any test here opens, in `checks.check_page`: its headers, its length,
its cookies and its links. Here are the refusals of every kind, and what is not a page.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError

from api.config import MAX_BODY
from api.rules import organisations, report_drafts
from api.web import look
from tests.web.checks import check_headers, check_page
from tests.web.hands import BASE, Hands

ONION = "http://" + "wrenabcdefgh2345" * 3 + "wrenabcd.onion"
OPEN = ("/", "/o/eeast", "/o/eeast/begin")


def begin(hands: Hands) -> str:
    """The first page of a report that was begun."""
    hands.go("/o/eeast/begin")
    hands.press()
    return hands.path


def test_it_works(page_hands: Hands) -> None:
    for path in OPEN:
        page_hands.go(path)
        check_page(page_hands.page, 200)
        assert not page_hands.cookies()
    begin(page_hands)
    check_page(page_hands.page, 200)


def test_refusals(page_hands: Hands, subtests: pytest.Subtests) -> None:
    step = begin(page_hands)
    url = f"{BASE}{step}"
    for status, method, path, more in (
        (415, "POST", url, {"data": b"\xff", "content_type": "multipart/form-data"}),
        (403, "POST", url, {"data": {}}),
        (403, "POST", url, {"data": {}, "headers": {"Sec-Fetch-Site": "cross-site"}}),
        (404, "GET", f"{BASE}/nothing", {}),
        (404, "GET", f"{BASE}/o/nothing", {}),
        (404, "GET", f"{BASE}/%00", {}),
        (405, "DELETE", url, {}),
        (405, "POST", f"{BASE}/leave", {}),
        (401, "GET", f"{BASE}/o/eeast/000000/1", {}),
        (413, "POST", url, {"data": b"a=" + b"a" * MAX_BODY,
                            "content_type": "application/x-www-form-urlencoded"}),
    ):  # fmt: skip
        with subtests.test(f"{method} {path} {status}"):
            answer = page_hands.http.open(path, method=method, **more)
            check_page(answer, status)
            assert not answer.headers.getlist("Set-Cookie")


def test_faults_of_the_service(page_hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, status in (
        (RuntimeError("invented"), 500),
        (OperationalError("SELECT 'invented'", {}, Exception("invented")), 503),
    ):

        def fail(*_args: object, error: Exception = error) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(organisations, "directory", fail)
            text = page_hands.go("/o/eeast", status)
        assert "invented" not in text
        assert re.search(r"\b[0-9a-f]{16}\b", page_hands.text)


@pytest.mark.parametrize("asked", ["gzip", "br, gzip;q=1.0", "*", "zstd", "deflate, gzip", ""])
def test_pages_are_never_compressed(page_hands: Hands, asked: str) -> None:
    for path in (*OPEN, begin(page_hands)):
        page_hands.go(path, **{"Accept-Encoding": asked})
    page_hands.go("/nothing", 404, **{"Accept-Encoding": asked})


def test_nothing_of_a_page_can_be_asked_for_again_by_its_state(page_hands: Hands) -> None:
    """No tag and no date: so no answer without a body either, which would tell of a change."""
    for headers in (
        {"If-None-Match": "*"},
        {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"Range": "bytes=0-9"},
    ):
        page_hands.go("/", 200, **headers)


def test_cookies(page_hands: Hands) -> None:
    step = begin(page_hands)
    page_hands.go("/?lang=cy")
    assert sorted(page_hands.cookies()) == sorted(
        [f"__Host-w-{step.split('/')[3]}", "__Host-w-language"]
    )
    for one in page_hands.http._cookies.values():  # type: ignore[union-attr]
        assert (one.path, one.secure, one.http_only, one.same_site) == ("/", True, True, "Strict")
        assert one.expires is None
        assert one.max_age is None


def test_a_language_that_is_not_there_is_no_cookie(page_hands: Hands) -> None:
    for code in ("", "xx", "cy-GB", "__proto__", "cy%00", "../cy"):
        page_hands.go(f"/?lang={code}")
        assert not page_hands.cookies()


def test_the_language_of_the_browser_sets_no_cookie(page_hands: Hands) -> None:
    page_hands.go("/", **{"Accept-Language": "pl,en;q=0.1"})
    assert 'lang="pl"' in page_hands.page.text
    assert not page_hands.cookies()


@pytest.mark.parametrize("kind", ["css", "js"])
def test_static_files(page_hands: Hands, kind: str) -> None:
    kept = {"css": look.STYLE, "js": look.SCRIPT}[kind]
    path = f"{BASE}/look/{kept.name}"
    types = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
    assert path.removeprefix(BASE) in page_hands.go("/")
    for asked, packed in (
        ("", False), ("identity", False), ("br", False), ("gzip;q=0", False),
        ("gzip", True), ("br, gzip", True), ("*", True),
    ):  # fmt: skip
        answer = page_hands.http.get(path, headers={"Accept-Encoding": asked})
        assert answer.status_code == 200
        assert answer.content_type == types[kind]
        assert answer.headers.getlist("Content-Encoding") == (["gzip"] if packed else [])
        assert (gzip.decompress(answer.data) if packed else answer.data) == kept.plain
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for name in ("Set-Cookie", "Server", "ETag", "Last-Modified"):
            assert name not in answer.headers


def test_a_file_asks_for_nothing_from_elsewhere() -> None:
    for kept in (look.STYLE, look.SCRIPT):
        assert not re.search(rb"https?:|//[a-z]|@import|url\(", kept.plain)


def test_a_file_under_an_old_name_is_not_there(page_hands: Hands) -> None:
    page_hands.go("/look/0000000000000000.css", 404)


def test_the_quick_exit(page_hands: Hands) -> None:
    step = begin(page_hands)
    page_hands.go("/leave", 303)
    check_headers(page_hands.page)
    assert page_hands.page.location == "https://www.nhs.uk/"
    assert not page_hands.cookies()
    page_hands.go(step, 401)
    page_hands.go("/leave", 303)  # with nothing to leave
    assert not page_hands.cookies()


def test_the_quick_exit_can_lead_elsewhere(
    page_hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = page_hands.service.database
    there = replace(database.config, leave_to="https://intranet.example/weather")
    monkeypatch.setattr(database, "config", there)
    page_hands.go("/leave", 303)
    assert page_hands.page.location == "https://intranet.example/weather"


def test_the_quick_exit_leaves_when_the_service_can_not(
    page_hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(page_hands)

    def fail(*_args: object) -> None:
        raise OperationalError("SELECT 'invented'", {}, Exception("invented"))

    monkeypatch.setattr(report_drafts, "drop", fail)
    page_hands.go("/leave", 303)
    assert page_hands.page.location == "https://www.nhs.uk/"
    assert not page_hands.cookies()


def test_the_onion_service_is_told_only_if_there_is_one(page_hands: Hands) -> None:
    for path in (*OPEN, begin(page_hands)):
        page_hands.go(path)
        assert "Onion-Location" not in page_hands.page.headers


def test_the_onion_service(page_hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    database = page_hands.service.database
    monkeypatch.setattr(database, "config", replace(database.config, onion=ONION))
    for path in OPEN:
        page_hands.go(path)
        assert page_hands.page.headers.getlist("Onion-Location") == [f"{ONION}{path}"]
    # What the browser holds is not there; and the visit stays between this site and it.
    step = begin(page_hands)
    for path, status in ((step, 200), ("/o/eeast/000000/1", 401), ("/nothing/1", 404)):
        page_hands.go(path, status)
        assert "Onion-Location" not in page_hands.page.headers
    # An address stands there as it is written, whatever it holds.
    page_hands.go("/o/%0d%0aX-A:ż", 404)
    assert page_hands.page.headers["Onion-Location"] == f"{ONION}/o/%0D%0AX-A%3A%C5%BC"
    for path in ("/api/v1/organisations", "/api/v1/docs", "/console/sign-in", "/console/nothing",
                 f"/look/{look.STYLE.name}", "/leave"):  # fmt: skip
        with page_hands.http.get(f"{BASE}{path}") as answer:
            assert "Onion-Location" not in answer.headers, path


def test_the_onion_service_does_not_tell_of_itself(
    page_hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = page_hands.service.database
    monkeypatch.setattr(database, "config", replace(database.config, onion=ONION))
    for path in OPEN:
        answer = page_hands.http.get(path, base_url=ONION)
        check_page(answer, 200)
        assert "Onion-Location" not in answer.headers
