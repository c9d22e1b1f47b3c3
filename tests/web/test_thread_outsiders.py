"""Nobody else sees anything of a case: without its session, or with another one."""

from __future__ import annotations

import pytest

from api.rules import report_drafts
from shared.sealing.encoding import b64, unb64
from shared.sealing.stretch import root
from tests.service import Service
from tests.web.cases import (
    STORY,
    case_of,
    comes_back,
)
from tests.web.hands import Hands

OUTSIDERS = ("", "/message/00000000-0000-4000-8000-000000000000", "/last", "/end",
             "/end/sure", "/file", "/close")  # fmt: skip


def bearers(service: Service) -> dict[str, str]:
    """What somebody might put in the place of the cookie."""
    draft = service.database.write(lambda db: report_drafts.begin(db, "eeast"))
    return {
        "none": "",
        "a draft": draft.bearer,
        "a handler": service.handler(),
        "a handler as a reporter": service.handler().replace("wa_", "wr_"),
        "no bearer": "wr_" + "A" * 43,
        "no base64": "wr_?",
    }


@pytest.mark.parametrize("place", OUTSIDERS)
def test_it_works(page_hands: Hands, place: str, subtests: pytest.Subtests) -> None:
    service = page_hands.service
    reference, _ = service.open_case()
    message = case_of(service, reference).id
    path = "/c/abc123" + place.replace("00000000-0000-4000-8000-000000000000", str(message))
    for kind, bearer in bearers(service).items():
        with subtests.test(kind):
            page_hands.clear_cookies()
            if bearer:
                page_hands.http.set_cookie(
                    "__Host-w-abc123", bearer, domain="wren.example", secure=True
                )
            page_hands.go(path, 401)
            assert STORY not in page_hands.text
            assert reference not in page_hands.text
            assert not page_hands.page.headers.getlist("Set-Cookie")


def test_a_session_that_seals_by_itself_opens_no_page(page_hands: Hands) -> None:
    """That of the app: the service has no keys for it."""
    service = page_hands.service
    _, words = service.open_case()
    salt = service.get("/organisations/eeast").get_json()["stretch"]["salt"]
    key = b64(root(words, unb64(salt)).access_key)
    bearer = service.post("/sessions", {"access_key": key}).get_json()["session"]
    page_hands.http.set_cookie("__Host-w-abc123", bearer, domain="wren.example", secure=True)
    page_hands.go("/c/abc123", 401)


def test_another_case_under_this_visit_opens_that_case_alone(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    other, others = service.open_case(content={"story": "Another invented story."})
    path = comes_back(page_hands, words)
    bearer = service.reporter(others)
    page_hands.http.set_cookie(f"__Host-w-{path[3:]}", bearer, domain="wren.example", secure=True)
    page_hands.go(path)
    assert STORY not in page_hands.text
    assert reference not in page_hands.text
    assert other in page_hands.text
    report = service.get("/case/messages", service.reporter(words)).get_json()["items"][0]
    page_hands.go(f"{path}/message/{report['id']}", 404)
