"""Joining as the console does it: shown first, practised, and only then stored."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest

from api.rules import credentials, joining
from api.rules.bundles import Prepared
from api.rules.joining import Practice
from shared.errors import Invalid, WrongInvitation
from shared.sealing.encoding import b64, unb64
from tests.api.checks import check_problem, nothing_stored
from tests.api.newcomers import account, invite, signing_in
from tests.service import Service


def prepare(service: Service, code: str, username: str = "handler-9") -> Prepared:
    fresh = credentials.new()
    with service.database.read() as db:
        return joining.prepare(db, code, username, fresh)


def practised(service: Service, made: Prepared, **wrong: str) -> Practice:
    """What is typed from what was shown; `wrong` puts something else in its place."""
    words = made.recovery.split()
    right = {
        "code": pyotp.TOTP(made.totp_secret).at(int(service.clock.now)),
        "first_word": words[made.places[0] - 1],
        "second_word": words[made.places[1] - 1],
    }
    return Practice(**(right | wrong))


def complete(service: Service, bundle: str, practice: Practice | None = None) -> dict[str, Any]:
    return service.database.write(lambda db: joining.complete(db, bundle, practice))


def test_it_works(service: Service) -> None:
    code = invite(service)
    with service.database.read() as db:
        found = joining.look_up(db, code)
    assert (found.kind, found.organisation, found.role) == ("new", "eeast", "handler")
    assert (found.display_name, found.username) == ("handler-9", None)
    with nothing_stored(service):
        made = prepare(service, code)
    assert 1 <= made.places[0] < made.places[1] <= 12
    shown = complete(service, made.bundle, practised(service, made))
    assert shown == made.shown() | {"listed": False}
    stored = account(service, "handler-9")
    assert stored is not None
    assert stored.id == made.account
    # The code that was practised counts as used; the next one signs in.
    sent = signing_in(service, shown)
    check_problem(service.post("/sign-in", sent), 401, "wrong_sign_in")
    service.clock.now += 30
    assert service.post("/sign-in", signing_in(service, shown)).status_code == 201


def test_the_page_can_be_shown_again(service: Service) -> None:
    made = prepare(service, invite(service))
    with service.database.read() as db:
        again = joining.bundles.read(db, made.bundle)
    assert again == made
    assert again.shown() == made.shown()


def test_what_was_practised_wrong(service: Service, subtests: pytest.Subtests) -> None:
    made = prepare(service, invite(service))
    words = made.recovery.split()
    early = pyotp.TOTP(made.totp_secret).at(int(service.clock.now) - 60)
    for what, (field, text) in {
        "another code": ("code", "000000"),
        "a code of two steps ago": ("code", early),
        "no code": ("code", ""),
        "a word as code": ("code", "é"),
        "no word": ("first_word", ""),
        "another word": ("first_word", "zebra" if words[made.places[0] - 1] != "zebra" else "zoo"),
        "two words": ("second_word", f"{words[made.places[1] - 1]} abandon"),
        "a word that is none": ("second_word", "xyzzy"),
    }.items():
        with subtests.test(what), nothing_stored(service):
            with pytest.raises(Invalid) as caught:
                complete(service, made.bundle, practised(service, made, **{field: text}))
            assert set(caught.value.errors) == {field}
            told = set(str(caught.value.errors).split()) - {"that", "word"}  # these can be drawn
            assert words[made.places[0] - 1] not in told
    with pytest.raises(Invalid) as caught:
        complete(service, made.bundle, Practice("", "", ""))
    assert set(caught.value.errors) == {"code", "first_word", "second_word"}
    # As people type: capitals, spaces, cut after four letters.
    typed = {
        "code": f" {pyotp.TOTP(made.totp_secret).at(int(service.clock.now))} ",
        "first_word": f" {words[made.places[0] - 1].upper()} ",
        "second_word": words[made.places[1] - 1][:4],
    }
    assert complete(service, made.bundle, practised(service, made, **typed))


def test_a_double_click_makes_one_account(service: Service) -> None:
    made = prepare(service, invite(service))
    complete(service, made.bundle)
    with nothing_stored(service), pytest.raises(WrongInvitation):
        complete(service, made.bundle)


def test_two_pages_of_one_invitation(service: Service) -> None:
    code = invite(service)
    one, two = prepare(service, code), prepare(service, code, "handler-10")
    complete(service, two.bundle)
    with nothing_stored(service), pytest.raises(WrongInvitation):
        complete(service, one.bundle)


def test_a_name_that_somebody_took_meanwhile(service: Service) -> None:
    one, two = prepare(service, invite(service)), prepare(service, invite(service))
    complete(service, one.bundle)
    with nothing_stored(service), pytest.raises(Invalid) as caught:
        complete(service, two.bundle)
    assert set(caught.value.errors) == {"username"}


def test_a_bundle_ends_after_an_hour(service: Service) -> None:
    made = prepare(service, invite(service))
    service.clock.now += 3600
    with nothing_stored(service), pytest.raises(WrongInvitation) as caught:
        complete(service, made.bundle)
    assert "hour" in caught.value.detail
    service.clock.now -= 1
    assert complete(service, made.bundle)


def test_a_bundle_can_not_be_read_or_altered(service: Service, subtests: pytest.Subtests) -> None:
    made = prepare(service, invite(service))
    raw = unb64(made.bundle)
    for secret in (made.password, made.recovery, made.totp_secret):
        assert secret.encode() not in raw
        assert secret not in repr(made) + str(made)
    for what, altered in {
        "a bit": b64(raw[:-1] + bytes([raw[-1] ^ 1])),
        "cut": made.bundle[:-8],
        "empty": "",
        "not base64url": "!" * 40,
        "not ASCII": "é" * 40,
    }.items():
        with subtests.test(what), nothing_stored(service), pytest.raises(WrongInvitation):
            complete(service, altered)
