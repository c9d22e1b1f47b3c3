"""Withdrawing: told before what goes and what stays, asked twice, and then gone."""

from __future__ import annotations

from api.models.case import Case
from tests.api.checks import nothing_stored
from tests.api.handling import at, change, change_settings
from tests.web.cases import STORY, comes_back, rows, sessions
from tests.web.hands import Hands


def test_it_works(hands: Hands) -> None:
    service = hands.service
    at(service, "2026-01-15 08:15")
    change_settings(service, backup_days=10)
    reference, words = service.open_case()
    path = comes_back(hands, words)
    hands.go(hands.link("Withdraw this report"))
    assert hands.path == f"{path}/end"
    for says in ("What goes", "What can’t be taken back", "see at once that it is gone",
                 "you were here about now", "Backups"):  # fmt: skip
        assert says in hands.text
    assert not hands.forms()
    assert rows(service, Case) == 1
    hands.go(hands.link("Go on"))
    assert "This can’t be undone." in hands.text
    hands.press()
    assert hands.heading == "You withdrew your report"
    assert "Your report and all messages are gone." in hands.text
    assert "backups until 25 January 2026." in hands.text
    assert STORY not in hands.text
    assert rows(service, Case) == 0
    assert sessions(service) == 0
    assert not hands.cookies()
    hands.go(hands.link("Finish"))
    assert hands.path == "/o/eeast"
    hands.go("/return")
    hands.press({"words": words}, status=422)
    assert service.get(f"/cases/{reference}", service.handler()).status_code == 404


def test_again_is_harmless(hands: Hands) -> None:
    service = hands.service
    _, words = service.open_case()
    path = comes_back(hands, words)
    hands.go(f"{path}/end/sure")
    form = hands.filled()
    hands.press()
    before = rows(service, Case)
    hands.send(*form, status=401)  # a reload
    assert hands.heading == "Nothing is open here"
    hands.go(f"{path}/end/sure", 401)
    assert rows(service, Case) == before


def test_a_legal_hold(hands: Hands) -> None:
    service = hands.service
    reference, words = service.open_case()
    change(service, reference, legal_hold={"reason": "An invented claim."})
    path = comes_back(hands, words)
    hands.go(f"{path}/end")
    assert "Not all of it can go now" in hands.text
    assert "An invented claim." in hands.text
    hands.go(hands.link("Go on"))
    hands.press()
    assert "It is kept for now" in hands.text
    assert "It is deleted" not in hands.heading
    assert "are gone." not in hands.text
    assert not hands.cookies()
    assert sessions(service) == 0
    assert rows(service, Case) == 1
    hands.go("/return")
    hands.press({"words": words}, status=422)


def test_every_tab_of_the_case_is_closed_and_no_other(page_hands: Hands) -> None:
    service = page_hands.service
    _, words = service.open_case()
    _, others = service.open_case(content={"story": "Another invented story."})
    first = comes_back(page_hands, words)
    other = comes_back(page_hands, others)
    second = comes_back(page_hands, words)
    assert len(page_hands.cookies()) == 3
    page_hands.go(f"{first}/end/sure")
    page_hands.press()
    assert list(page_hands.cookies()) == [f"__Host-w-{other[3:]}"]
    page_hands.go(second, 401)
    assert "Another invented story." in page_hands.go(other)


def test_outsiders_withdraw_nothing(page_hands: Hands) -> None:
    service = page_hands.service
    _, words = service.open_case()
    _, others = service.open_case()
    path = comes_back(page_hands, words)
    page_hands.go(f"{path}/end/sure")
    to, fields = page_hands.filled()
    for bearer, status in (
        ("", 401), (service.handler(), 401), (service.reporter(others), 403),
    ):  # fmt: skip
        page_hands.clear_cookies()
        if bearer:
            page_hands.http.set_cookie(
                f"__Host-w-{path[3:]}", bearer, domain="wren.example", secure=True
            )
        with nothing_stored(service):
            page_hands.send(to, fields, status)
    assert rows(service, Case) == 2


def test_another_site_withdraws_nothing(page_hands: Hands) -> None:
    service = page_hands.service
    _, words = service.open_case()
    path = comes_back(page_hands, words)
    page_hands.go(f"{path}/end/sure")
    with nothing_stored(service):
        page_hands.press(headers={"Sec-Fetch-Site": "same-site"}, status=403)
