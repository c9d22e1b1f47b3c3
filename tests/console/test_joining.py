"""Joining by an invitation, and coming back by recovery words, through the pages alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyotp

from api.models.account import Account, Invitation, Position
from api.rules import administration
from tests.api.checks import nothing_stored
from tests.console.hands import Hands, Shown
from tests.service import Service

Make = Callable[..., Hands]
ADMIN = "administrator-1"


def invite(service: Service, **fields: Any) -> str:
    """An invitation's code."""
    body = {"organisation": "eeast", "role": "handler", "display_name": "handler-9",
            "desks": ["guardian"]} | fields  # fmt: skip
    me = service.handlers[ADMIN].id
    return str(service.database.write(lambda db: administration.invite(db, me, body))["code"])


class Keys:
    """What a page showed to be kept."""

    def __init__(self, page: Shown) -> None:
        text = page.answer.text
        self.password = re.findall(r'<p class="words">([a-z ]+)</p>', text)[0]
        secret = re.findall(r'<code class="fingerprint">([A-Z2-7 ]+)</code>', text)[0]
        self.totp = pyotp.TOTP(secret.replace(" ", ""))
        self.words = re.findall(r"<li>([a-z]+)</li>", text.split('<ol class="words">')[1])
        assert len(self.password.split()) == 6
        assert len(self.words) == 12
        assert 'src="data:image/svg+xml' in text


def practised(practise: Shown) -> tuple[int, int]:
    """Which two words are asked for."""
    first, second = re.findall(r"Recovery word (\d+)", practise.words)
    return int(first), int(second)


def begin(one: Hands, code: str, username: str = "newcomer") -> tuple[Keys, Shown]:
    """Up to the practice: the keys, and the page that asks for them."""
    page = one.fill("/console/join", invitation=code, username=username)
    assert page.status == 200, page.words
    return Keys(page), one.send("", page.form("bundle"))


def finish(service: Service, one: Hands, keys: Keys, practise: Shown, **change: str) -> Shown:
    """Practises, and sends."""
    first, second = practised(practise)
    typed = {
        "code": keys.totp.at(int(service.clock.now)),
        "first_word": keys.words[first - 1],
        "second_word": keys.words[second - 1],
    }
    return one.send("", practise.form("bundle", "code"), **(typed | change))


def test_it_works(service: Service, hands: Make) -> None:
    one = hands(None)
    code = invite(service)
    with nothing_stored(service):
        keys, practise = begin(one, code)
    assert keys.password not in practise.answer.text
    again = Keys(one.send("", practise.forms[-1]))
    assert (again.password, again.words) == (keys.password, keys.words)
    done = finish(service, one, keys, practise)
    assert "A handler has to approve you" in done.words
    with service.database.read() as db:
        account = db.query(Account).filter_by(username="newcomer").one()
        assert account.display_name == "handler-9"
        assert not db.get_one(Position, (account.id, 1)).listed
        assert db.query(Invitation).count() == 0
    fields = {"wren-username": "newcomer", "wren-password": keys.password}
    used = one.fill(
        "/console/sign-in", **fields, **{"wren-code": keys.totp.at(int(service.clock.now))}
    )
    assert used.status == 401
    later = keys.totp.at(int(service.clock.now) + 30)
    assert one.fill("/console/sign-in", **fields, **{"wren-code": later}).status == 303


def test_what_is_practised_must_be_right(service: Service, hands: Make) -> None:
    one = hands(None)
    keys, practise = begin(one, invite(service))
    with nothing_stored(service):
        for change, told in (
            ({"code": "000000"}, "Use the six digits that the app shows now"),
            ({"code": ""}, "Use the six digits that the app shows now"),
            ({"first_word": keys.words[practised(practise)[1] - 1] + "x"}, "This is not word"),
            ({"second_word": ""}, "This is not word"),
        ):
            shown = finish(service, one, keys, practise, **change)
            assert (shown.status, told in shown.words) == (422, True)
            assert shown.form("bundle").fields["bundle"]
    assert "ready" in finish(service, one, keys, practise).words


def test_sent_twice_is_done_once(service: Service, hands: Make) -> None:
    one = hands(None)
    keys, practise = begin(one, invite(service))
    first = finish(service, one, keys, practise)
    with nothing_stored(service):
        second = finish(service, one, keys, practise)
    assert (first.status, second.status) == (200, 200)
    assert "Your account is ready" in second.words


def test_an_invitation_that_can_not_be_used(service: Service, hands: Make) -> None:
    one = hands(None)
    code = invite(service)
    keys, practise = begin(one, code)
    finish(service, one, keys, practise)
    for given in (code, "wi_nonsense", "x" * 500, "\0", "<script>"):
        shown = one.fill("/console/join", invitation=given, username="another")
        assert (shown.status, "unknown, was used before" in shown.words) == (404, True)
    assert "Paste the code" in one.fill("/console/join", invitation="", username="x").words
    old = begin(one, invite(service), "another")
    service.clock.now += 61 * 60
    late = finish(service, one, *old)
    assert (late.status, "longer than an hour" in late.words) == (404, True)
    assert one.fill("/console/join", invitation=invite(service), username="").status == 422
    taken = one.fill("/console/join", invitation=invite(service), username="handler-1")
    assert "taken" in taken.words


def test_the_whole_link_may_be_pasted(service: Service, hands: Make) -> None:
    one = hands(None)
    link = f"https://wren.example/console/join#{invite(service)}"
    assert one.fill("/console/join", invitation=link, username="newcomer").status == 200


def test_an_account_joins_one_more_organisation(service: Service, hands: Make) -> None:
    one = hands(None)
    who = service.handlers["handler-5"]
    code = invite(service, account=who.id, role="handler")
    # An account has its name already.
    asked = one.fill("/console/join", invitation=code, username="")
    assert "You have an account already" in asked.words
    right = {"username": "handler-5", "password": who.password, "code": service.code("handler-5")}
    for change in ({"password": "x"}, {"username": "handler-6"}, {"code": ""}):
        assert one.send("", asked.form("invitation"), **(right | change)).status in (401, 422)
    done = one.send("", asked.form("invitation"), **right)
    assert "Your account is ready" in done.words
    both = hands("handler-5").get("/console/account")
    assert "The eeast trust" in both.words
    assert "The elsewhere trust" in both.words


def recover(one: Hands, username: str, words: str) -> Shown:
    return one.fill("/console/recover", username=username, words=words)


def test_coming_back_by_recovery_words(service: Service, hands: Make) -> None:
    one, who = hands(None), service.handlers["handler-1"]
    signed_in = hands()
    for words, status in (
        ("", 422),
        ("x " * 12, 422),
        (service.handlers["handler-2"].recovery, 401),
    ):
        assert recover(one, "handler-1", words).status == status
    assert recover(one, "nobody", who.recovery).status == 401
    page = recover(one, "handler-1", who.recovery.upper())
    keys = Keys(page)
    assert signed_in.get("/console/account").status == 200
    form = page.form("bundle", "code")
    wrong = one.send("", form, code="000000")
    assert wrong.status == 422
    assert Keys(wrong).password == keys.password
    code = keys.totp.at(int(service.clock.now))
    for _ in range(2):  # an answer that was lost, and the form sent again
        assert "The new ones count now" in one.send("", form, code=code).words
    assert signed_in.get("/console/account").status == 401
    fields = {"wren-username": "handler-1", "wren-password": keys.password}
    assert one.fill("/console/sign-in", **fields, **{"wren-code": code}).status == 303
    assert recover(one, "handler-1", who.recovery).status == 401
    assert one.send("", form, bundle="nonsense").status == 409


def test_a_new_password(service: Service, hands: Make) -> None:
    one, other, who = hands(), hands(), service.handlers["handler-1"]
    page = one.get("/console/account/password")
    new = re.findall(r'<p class="words">([a-z ]+)</p>', page.answer.text)[0]
    form = page.form("bundle")
    with nothing_stored(service):
        assert one.send("/console/account/password", form).status == 422
    wrong = one.send("/console/account/password", form, password="x", code=service.code())
    assert (wrong.status, new in wrong.words) == (401, True)
    right = {"password": who.password, "code": service.code()}
    for _ in range(2):
        shown = one.send("/console/account/password", form, follow=True, **right)
        assert "Your new password counts" in shown.words
    assert other.get("/console/account").status == 401
    fields = {"wren-username": "handler-1", "wren-code": service.code(at=service.clock.now + 30)}
    old = one.http.application.test_client()
    assert (
        Hands(service, old)
        .fill("/console/sign-in", **fields, **{"wren-password": who.password})
        .status
        == 401
    )
    fresh = Hands(service, one.http.application.test_client())
    assert fresh.fill("/console/sign-in", **fields, **{"wren-password": new}).status == 303
