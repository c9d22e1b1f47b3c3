"""Signing in and out: the session's cookies, refusals, and what is on the screen afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.models.account import Position
from api.models.organisation import Organisation
from tests.api.newcomers import TRIES, no_luck
from tests.console.hands import Hands
from tests.service import Service

Make = Callable[..., Hands]


def test_it_works(service: Service, hands: Make) -> None:
    one = hands(None)
    first = one.get("/console")
    assert (first.status, "Sign in" in first.words) == (401, True)
    shown = one.sign_in()
    assert (shown.status, shown.answer.text.count("wa_")) == (303, 0)
    assert one.get(shown.location).status == 200
    assert one.cookies()["__Host-wren"].startswith("wa_")


def test_cookies_are_closed(hands: Make) -> None:
    one = hands(None)
    before = one.get("/console/sign-in").answer.headers.getlist("Set-Cookie")
    after = one.sign_in().answer.headers.getlist("Set-Cookie")
    names = {cookie.split("=")[0] for cookie in after}
    assert [cookie.split("=")[0] for cookie in before] == ["__Host-wren-form"]
    assert names >= {"__Host-wren", "__Host-wren-seen", "__Host-wren-device"}
    for cookie in before + after:
        flags = {part.strip() for part in cookie.split(";")[1:]}
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= flags
        assert not any(one.startswith("Domain") for one in flags)


def test_what_is_wrong_is_said(hands: Make, service: Service) -> None:
    one = hands(None)
    who = service.handlers["handler-1"]
    right = {
        "wren-username": "handler-1",
        "wren-password": who.password,
        "wren-code": service.code(),
    }
    for change, status, told in (
        ({"wren-username": ""}, 422, "User name: Fill this in."),
        ({"wren-password": ""}, 422, "Password: Fill this in."),
        ({"wren-code": "12345"}, 422, "Code: Use the six digits of the app."),
        ({"wren-username": "x" * 200}, 422, "too long"),
        ({"wren-password": "not the six words"}, 401, "the password or the code is wrong"),
        ({"wren-username": "nobody"}, 401, "the password or the code is wrong"),
        ({"wren-code": "000000"}, 401, "the password or the code is wrong"),
    ):
        shown = one.fill("/console/sign-in", **(right | change))
        assert (shown.status, told in shown.words) == (status, True), (change, shown.words)
        assert who.password not in shown.answer.text
        assert "__Host-wren" not in one.cookies()


def test_a_code_works_once(hands: Make) -> None:
    assert hands(None).sign_in().status == 303
    again = hands(None).sign_in()
    assert (again.status, "was used before" in again.words) == (401, True)


def test_words_may_be_typed_in_any_case_with_more_spaces(hands: Make, service: Service) -> None:
    one = hands(None)
    typed = "  " + service.handlers["handler-1"].password.upper().replace(" ", "  ") + "\n"
    fields = {"wren-username": "handler-1", "wren-password": typed}
    code = service.code()
    shown = one.fill("/console/sign-in", **fields, **{"wren-code": f"{code[:3]} {code[3:]}"})
    assert shown.status == 303


def test_after_signing_in_the_page_that_was_wanted(hands: Make, service: Service) -> None:
    one = hands(None)
    asked = one.get("/console/lock")
    form = asked.form("wren-username")
    assert (asked.status, form.fields["wren-to"]) == (401, "/console/lock")


def test_nobody_is_led_away(hands: Make) -> None:
    for to in (
        "//evil.example",
        "https://evil.example",
        "/console/../api",
        "/api/v1/docs",
        "/console//evil",
        r"/console\evil",
        "/console/sign-in",
        "javascript:alert(1)",
    ):
        one = hands(None)
        form = one.get("/console/sign-in").form("wren-to")
        again = one.send("/console/sign-in", form, **{"wren-to": to})
        assert again.form("wren-to").fields["wren-to"] == ""


def test_signing_out(hands: Make, service: Service) -> None:
    one = hands()
    bearer = one.cookies()["__Host-wren"]
    page = one.get("/console/", follow=True)
    out = next(form for form in page.forms if form.action == "/console/sign-out")
    shown = one.send("", out)
    assert (shown.status, shown.location) == (303, "/console/sign-in")
    assert not {"__Host-wren", "__Host-wren-seen"} & set(one.cookies())
    assert service.get("/cases", bearer).status_code == 401
    assert one.get("/console").status == 401


def test_a_session_of_a_reporter_is_none(hands: Make, service: Service) -> None:
    _, token = service.open_case()
    one = hands(None)
    one.http.set_cookie("__Host-wren", service.reporter(token))
    assert one.get("/console").status == 401


def test_strangers_do_not_make_the_real_person_wait(
    hands: Make, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, stranger = hands(None), hands(None)
    no_luck(monkeypatch)
    assert one.sign_in().status == 303
    wrong = {"wren-username": "handler-1", "wren-password": "x", "wren-code": "000000"}
    told = [stranger.fill("/console/sign-in", **wrong) for _ in range(TRIES + 1)]
    assert (told[-1].status, "Wait" in told[-1].words) == (429, True)
    page = one.get("/console/account")
    one.send("", next(form for form in page.forms if form.action == "/console/sign-out"))
    service.clock.now += 30
    assert one.sign_in().status == 303
    assert "__Host-wren-device" in one.cookies()


def test_two_organisations(hands: Make, service: Service) -> None:
    """A handler of two trusts switches, or sees both."""
    both = service.handlers["handler-1"].id
    with service.database.read() as db:
        other = db.query(Organisation).filter_by(slug="elsewhere").one().id
    service.database.write(
        lambda db: db.add(
            Position(account_id=both, organisation_id=other, role="handler", listed=True)
        )
    )
    one = hands()
    form = one.get("/console/account").form("organisation")
    chosen = one.send("", form, organisation="elsewhere", follow=True)
    assert "Showing The elsewhere trust only" in chosen.words
    assert one.get("/console/people").location == "/console/people/elsewhere"
    assert one.send("", form, organisation="no-such").status == 404
    back = one.send("", form, organisation="", follow=True)
    assert "only" not in back.words.split("Your account")[0]
    alone = hands("handler-2").get("/console/account")
    assert not any("organisation" in each.fields for each in alone.forms)


def test_colours(hands: Make) -> None:
    one = hands()
    form = next(each for each in one.get("/console/account").forms if "theme" in each.action)
    assert one.send("", form, theme="dark").location == "/console/account"
    assert 'data-theme="dark"' in one.get("/console/account").answer.text
    one.send("", form, theme='"><script>')
    assert 'data-theme="dark"' in one.get("/console/account").answer.text
