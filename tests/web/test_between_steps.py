"""What was typed is kept between the pages of a report: sealed, for its own tab alone."""

from __future__ import annotations

import pytest

from tests.web.hands import Hands


def begin(hands: Hands) -> str:
    hands.go("/o/eeast/begin")
    return hands.press()


def test_it_works(hands: Hands) -> None:
    begin(hands)
    assert hands.path.startswith("/o/eeast/")
    assert hands.path.endswith("/1")
    (name,) = hands.cookies()
    assert name == f"__Host-w-{hands.path.split('/')[3]}"


def test_no_cookie_before_it_is_needed(hands: Hands) -> None:
    for path in ("/", "/o/eeast", "/o/eeast/begin"):
        hands.go(path)
        assert not hands.cookies()


def test_another_site_begins_nothing(hands: Hands) -> None:
    hands.go("/o/eeast/begin")
    hands.press(headers={"Sec-Fetch-Site": "cross-site"}, status=403)
    assert not hands.cookies()


def test_leaving_ends_it(hands: Hands) -> None:
    begin(hands)
    path, bearer = hands.path, next(iter(hands.cookies().values()))
    hands.go("/leave", 303)
    assert hands.page.location == "https://www.nhs.uk/"
    assert not hands.cookies()
    hands.http.set_cookie(f"__Host-w-{path.split('/')[3]}", bearer, domain="wren.example")
    hands.go(path, 401)


@pytest.mark.parametrize("path", ["/o/nothing", "/nothing", "/o/eeast/abcdef/1", "/c/abcdef"])
def test_refusals_are_pages(hands: Hands, path: str) -> None:
    hands.go(path, 401 if path.endswith("/1") else 404)
    assert "<h1>" in hands.page.text
