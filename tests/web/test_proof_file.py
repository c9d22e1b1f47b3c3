"""The proof as a file: the same as by the call, under a name that says nothing."""

from __future__ import annotations

import json

from shared.sealing import proof
from tests.web.cases import comes_back, says
from tests.web.hands import BASE, Hands

STEP = 16 * 1024


def test_it_works(hands: Hands) -> None:
    service = hands.service
    reference, words = service.open_case()
    says(service, reference, "An invented reply.")
    comes_back(hands, words)
    hands.go(hands.link("Keep a proof"))
    assert "It stays on this device" in hands.text
    assert "Only your eight words open them." in hands.text
    path, fields = hands.filled()
    answer = hands.http.post(path, data=dict(fields), base_url=BASE)
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="wren.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.data) % STEP == 0
    found = json.loads(answer.data)
    assert found == service.get("/case/proof", service.reporter(words)).get_json()
    verified = proof.verify(found, token=words)
    assert verified.holds
    assert len(verified.items) == 2


def test_a_link_alone_takes_no_file(page_hands: Hands) -> None:
    _, words = page_hands.service.open_case()
    path = comes_back(page_hands, words)
    page_hands.go(f"{path}/file")
    assert page_hands.page.mimetype == "text/html"
    assert page_hands.heading == "Keep a proof of what you wrote"


def test_outsiders_get_no_file(page_hands: Hands) -> None:
    service = page_hands.service
    _, words = service.open_case()
    _, others = service.open_case()
    path = comes_back(page_hands, words)
    page_hands.go(f"{path}/file")
    to, fields = page_hands.filled()
    for bearer, status in (
        ("", 401), (service.handler(), 401), (service.reporter(others), 403),
    ):  # fmt: skip
        page_hands.clear_cookies()
        if bearer:
            page_hands.http.set_cookie(
                f"__Host-w-{path[3:]}", bearer, domain="wren.example", secure=True
            )
        page_hands.send(to, fields, status)
        assert "wren-proof" not in page_hands.page.text
