"""What was written is never lost: old tokens, ended sessions, locks, faults, another site."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from itsdangerous import TimestampSigner

from api.rules import accounts
from tests.api.checks import nothing_stored
from tests.api.newcomers import TRIES, no_luck
from tests.console.hands import FoundForm, Hands, Shown, read
from tests.console.keeping import DAY, PAGE, boxed, written
from tests.service import Service

Make = Callable[..., Hands]


def kept(shown: Shown, status: int = 200) -> FoundForm:
    """The form as it is shown again, with what was written."""
    assert shown.status == status, shown.words
    form = shown.form("away_until")
    assert form.fields["away_until"] == DAY
    assert "Your text is still here" in shown.words
    return form


def test_it_works(service: Service, hands: Make) -> None:
    one = hands()
    shown = one.send(PAGE, written(one), follow=True)
    assert (shown.status, "Your leave was noted" in shown.words) == (200, True)
    assert "until 31 Jan 2099" in shown.words


@pytest.mark.parametrize("token", [None, "", "nonsense", "of another browser"])
def test_a_token_that_is_missing_or_old(service: Service, hands: Make, token: str | None) -> None:
    one = hands()
    form = written(one)
    if token == "of another browser":
        token = hands().get(PAGE).form("away_until").fields["csrf_token"]
    with nothing_stored(service):
        again = kept(one.send(PAGE, form, csrf_token=token))
    assert again.fields["csrf_token"] != token
    assert one.send(PAGE, again).status == 303


def test_a_clock_that_is_put_right_meanwhile(
    service: Service, hands: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page was made by a clock that was half a minute ahead."""
    one = hands()
    form = written(one)
    now, back = TimestampSigner.get_timestamp, 30
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda signer: now(signer) - back)
    service.clock.now -= back
    assert one.send(PAGE, form).status == 303
    service.clock.now -= 61  # further than that it asks who is there
    assert one.get(PAGE).status == 401


def test_a_form_from_before_signing_out(service: Service, hands: Make) -> None:
    one = hands()
    form = written(one)
    page = one.get(PAGE)
    one.send("", next(each for each in page.forms if each.action == "/console/sign-out"))
    with nothing_stored(service):
        asked = one.send(PAGE, form)
    assert (asked.status, asked.location) == (401, "")
    assert "What you wrote is kept" in asked.words
    carried = boxed(asked, "wren-username")
    assert carried.action == PAGE
    who = service.handlers["handler-1"]
    wrong = {"wren-username": "handler-1", "wren-password": "x", "wren-code": service.code()}
    refused = one.send(PAGE, carried, **wrong)
    assert refused.status == 401
    right = wrong | {"wren-password": who.password}
    again = kept(one.send(PAGE, refused.form("wren-username"), **right))
    with service.database.read() as db:
        assert accounts.show(db, who.id)["positions"][0]["away_until"] is None
    assert one.send(PAGE, again).status == 303


def test_a_locked_session(service: Service, hands: Make) -> None:
    one = hands()
    form = written(one)
    service.clock.now += 15 * 60 - 1
    assert one.get(PAGE).status == 200
    service.clock.now += 15 * 60
    locked = one.get(PAGE)
    assert (locked.status, "Locked" in locked.words) == (401, True)
    assert "handler-1" in locked.words
    with nothing_stored(service):
        asked = one.send(PAGE, form)
    carried = boxed(asked, "wren-password")
    wrong = one.send(PAGE, carried, **{"wren-password": "not these words"})
    assert (wrong.status, "This is not your password" in wrong.words) == (401, True)
    password = service.handlers["handler-1"].password
    again = kept(one.send(PAGE, wrong.form("wren-password"), **{"wren-password": password}))
    assert one.send(PAGE, again).status == 303


def test_a_locked_page_leads_back(service: Service, hands: Make) -> None:
    one = hands()
    service.clock.now += 15 * 60
    asked = one.get(PAGE).form("wren-password")
    password = service.handlers["handler-1"].password
    shown = one.send("/console/locked", asked, **{"wren-password": password})
    assert (shown.status, shown.location) == (303, PAGE)
    assert one.get(PAGE).status == 200


def test_locking_by_hand(hands: Make) -> None:
    one = hands()
    page = one.get(PAGE)
    one.send("", next(form for form in page.forms if form.action == "/console/lock"))
    assert (one.get(PAGE).status, one.get("/console/locked").status) == (401, 401)


def test_a_lock_can_not_be_taken_off_by_cookies(service: Service, hands: Make) -> None:
    one, other = hands(), hands()
    service.clock.now += 15 * 60
    for value in ("", "nonsense", other.cookies()["__Host-wren-seen"]):
        one.http.set_cookie("__Host-wren-seen", value)
        assert one.get(PAGE).status == 401
    fresh = hands()  # a fresh stamp, but of another session
    one.http.set_cookie("__Host-wren-seen", fresh.cookies()["__Host-wren-seen"])
    assert one.get(PAGE).status == 401


def test_guessing_at_a_lock_is_slowed_down(
    service: Service, hands: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = hands()
    no_luck(monkeypatch)
    service.clock.now += 15 * 60
    form = one.get(PAGE).form("wren-password")
    told = [one.send("/console/locked", form, **{"wren-password": "x"}) for _ in range(TRIES + 1)]
    assert {each.status for each in told[:9]} == {401}
    assert (told[-1].status, "Wait" in told[-1].words) == (429, True)


def test_a_session_that_ended(service: Service, hands: Make) -> None:
    one = hands()
    form = written(one)
    service.clock.now += 8 * 60 * 60
    asked = one.send(PAGE, form)
    assert (asked.status, bool(boxed(asked, "wren-username"))) == (401, True)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_another_site_gets_nothing(service: Service, hands: Make, site: str) -> None:
    one = hands()
    form = written(one)
    with nothing_stored(service):
        shown = one.send(PAGE, form, site=site)
    assert (shown.status, "another site" in shown.words) == (403, True)
    headers = {"Origin": "https://evil.example"}
    answer = one.http.post(PAGE, data=form.fields, headers=headers)
    assert answer.status_code == 403
    assert not [each for each in read(answer).forms if "wren-again" in each.fields]


@pytest.mark.parametrize("path", [PAGE, "/console/inbox", "/console/nothing-here"])
def test_nothing_of_another_site_is_offered_again(hands: Make, path: str) -> None:
    """Neither by a refusal, nor at an address that is not there or takes no form."""
    one = hands()
    for site in ("cross-site", "same-site"):
        shown = one.send(path, FoundForm("", {"text": "Their words"}), site=site)
        assert shown.status in (403, 404, 405)
        assert "Their words" not in shown.answer.text
        assert not [form for form in shown.forms if {"wren-again", "wren-kept"} & set(form.fields)]


def test_a_fault_of_the_service(
    service: Service, hands: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError(DAY)

    one = hands()
    form = written(one)
    monkeypatch.setattr(accounts, "set_leave", fail)
    shown = one.send(PAGE, form)
    assert (shown.status, "Something went wrong" in shown.words) == (500, True)
    assert DAY not in shown.answer.text
    back = shown.form("wren-again")
    monkeypatch.undo()
    with nothing_stored(service):
        again = kept(one.send(PAGE, back))
    assert one.send(PAGE, again).status == 303


def test_too_much_at_once(hands: Make) -> None:
    one = hands()
    form = written(one)
    shown = one.send(PAGE, form, cover="x" * 1100 * 1024)
    assert (shown.status, "back button" in shown.words) == (413, True)
    hands(None).send(PAGE, form, cover="x" * 1000 * 1024)


def test_a_button_on_an_old_page_does_nothing(service: Service, hands: Make) -> None:
    one, other = hands(), hands()
    page = one.get("/console/account")
    ends = [form for form in page.forms if "/sessions/" in form.action]
    assert len(ends) == 1
    shown = one.send("", ends[0], csrf_token="", follow=True)
    assert "Nothing was done yet" in shown.words
    assert other.get("/console/account").status == 200
    assert "The session was ended" in one.send("", ends[0], follow=True).words
    assert other.get("/console/account").status == 401


def test_faults_keep_the_text(hands: Make) -> None:
    one = hands()
    form = written(one)
    for day, told in (("2001-01-01", "today or a later day"), ("<b>x</b>", "Not a valid date")):
        shown = one.send(PAGE, form, away_until=day)
        assert (shown.status, told in shown.words) == (422, True)
        assert "There is a problem" in shown.words
        assert shown.form("away_until").fields["away_until"] == day
        assert "<b>" not in shown.answer.text
