"""The deployment's secret changes while everything goes on: old and new processes at once."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

import api
from api.config import Mail
from api.models.integration import Webhook
from api.models.organisation import Organisation
from api.rules import (
    bundles,
    carrying,
    credentials,
    cursors,
    locking,
    notice_addresses,
    organisations,
    publication,
    receipt_keys,
    secret_rotation,
    sessions,
    several,
    throttling,
    uploading,
    webhook_secrets,
)
from shared.errors import Damaged, Unavailable
from shared.sealing.encoding import REPORTER
from shared.sealing.keyring import Keyring
from tests.api.test_api_keys import ADMINISTRATOR
from tests.console.conftest import let_in
from tests.console.hands import Hands
from tests.console.keeping import DAY, PAGE
from tests.service import SECRET, Service
from tests.web.cases import comes_back, reads
from tests.web.hands import Hands as WebHands

NEW = bytes(range(100, 132))
STEPS: dict[str, tuple[tuple[bytes, ...], tuple[bytes, ...]]] = {
    # Two processes: one that did not read the file since the last step, and one that did.
    "first": ((SECRET,), (SECRET, NEW)),
    "second": ((SECRET, NEW), (NEW, SECRET)),
    "third": ((NEW, SECRET), (NEW,)),
}
MAIL = Mail("127.0.0.1", 25, "none", "wren@trust.example", "https://wren.example/console")
ADDRESS = "somebody@trust.example"
Make = Callable[..., Service]


@contextmanager
def beside(one: Service, *secrets: bytes) -> Iterator[Service]:
    """Another process over the same database, which knows these secrets."""
    made = Service(
        one.database_url,
        one.handlers,
        clock=one.clock,
        vault=one.vault,
        secret=secrets[0],
        other_secrets=secrets[1:],
    )
    made.database.config = replace(made.database.config, mail=MAIL)
    yield made
    made.database.engine.dispose()


@contextmanager
def both(one: Service, step: str) -> Iterator[tuple[Service, Service]]:
    """The two processes of a step; before the third, all was locked anew."""
    before, after = STEPS[step]
    one.database.write(secret_rotation.keep_lasting)
    if step == "third":
        with beside(one, *before) as first:
            secret_rotation.relock(first.database)
    with beside(one, *before) as first, beside(one, *after) as second:
        yield first, second


def asked(service: Service) -> str:
    """Handler-1 asks for notices; the code that is sent."""
    who = service.handlers["handler-1"].id
    service.database.write(lambda db: notice_addresses.ask(db, who, ADDRESS))
    with service.database.read() as db:
        waiting = notice_addresses.waiting_code(db, who)
    assert waiting is not None
    return str(waiting["code"])


def hooked(service: Service) -> dict[str, Any]:
    """A webhook whose secret was changed once, so that it has two."""
    bearer = service.handler(ADMINISTRATOR)
    body = {"organisation": "eeast", "name": "One", "url": "https://one.example",
            "events": ["case.opened"]}  # fmt: skip
    made = service.post("/webhooks", body, bearer).get_json()
    answer = service.post(f"/webhooks/{made['id']}/secret", {"overlap_days": 7}, bearer)
    assert answer.status_code in (200, 201), answer.text
    return dict(made)


def signs(service: Service) -> list[bytes]:
    """What the webhook is signed with."""
    with service.database.read() as db:
        return webhook_secrets.signing(db, db.scalars(select(Webhook)).one())


def stored_files(service: Service, case_id: UUID, seed: bytes, form: str) -> list[UUID]:
    """A reporter's page sends the same file with this form; which ids it has."""
    given = uploading.Given("list.txt", io.BytesIO(b"An invented list."))
    keyring = Keyring.from_seed(seed)
    kept, unfit = several.store(
        service.database, case_id, REPORTER, keyring, "message", form, [given]
    )
    assert not unfit
    return [one.id for one in kept]


@pytest.mark.parametrize("step", ["first", "second"])
def test_a_form_that_is_sent_again_stores_its_files_once(new_service: Make, step: str) -> None:
    """Also where the answer came from the one process, and the other gets the form again."""
    with both(new_service(), step) as (first, second):
        _reference, words = first.open_case()
        bearer = first.reporter(words)
        with first.database.read() as db:
            found = sessions.find(db, bearer, ("reporter",))
        assert found.seed is not None
        for one, other in ((first, second), (second, first)):
            form = str(uuid4())
            ids = stored_files(one, found.subject, found.seed, form)
            assert ids == stored_files(other, found.subject, found.seed, form)


@pytest.mark.parametrize("step", STEPS)
def test_it_works(new_service: Make, step: str) -> None:
    """What one of two processes stores, the other one takes, and the other way round."""
    with both(new_service(), step) as (first, second):
        for one, other in ((first, second), (second, first)):
            # A receipt is signed by the organisation's key, which is locked.
            reference, words = one.open_case()
            assert other.get(f"/cases/{reference}", other.handler()).status_code == 200
            assert other.reporter(words)
            code = asked(one)
            who = one.handlers["handler-1"].id
            shown = other.database.write(
                lambda db, who=who, code=code: notice_addresses.confirm(db, who, code)
            )
            assert shown is not None
            assert shown["address"] == ADDRESS
            made = hooked(one)
            assert signs(other) == signs(one) != []
            bearer = other.handler(ADMINISTRATOR)
            assert (
                other.call("DELETE", f"/webhooks/{made['id']}", bearer=bearer).status_code == 204
            )
            next_key = one.database.write(lambda db: receipt_keys.make_next(db, "eeast"))
            assert opens_next(other, next_key)
            device = one.database.write(lambda db, who=who: throttling.new_device(db, who))
            with other.database.read() as db:
                assert not throttling.bucket(db, "handler-1", who, device).waits


def opens_next(service: Service, public: bytes) -> bool:
    """Whether this process opens the receipt key that waits."""
    with service.database.read() as db:
        row = organisations.find(db, "eeast")
        assert row.receipt_next_private is not None
        locking.unlock(
            db.config, organisations.RECEIPT_KEY, row.receipt_next_private, row.slug.encode()
        )
        return row.receipt_next == public


@pytest.mark.parametrize("new_service", ["sqlite"], indirect=True)
@pytest.mark.parametrize("step", STEPS)
def test_pages_that_are_open_go_on(new_service: Make, step: str) -> None:
    """A page of one process is sent to the other one."""
    with both(new_service(), step) as (first, second):
        for one, other in ((first, second), (second, first)):
            at_console(one, other)
            reference, words = one.open_case()
            # `left_since`: the form for the words has a stamp.
            hands = WebHands(one)
            hands.go("/return")
            hands.http.application = other.app
            hands.press({"words": words})
            assert hands.path.startswith("/c/")
            hands.http.application = one.app
            comes_back(hands, words)
            hands.http.application = other.app
            hands.press({"text": "From a page that was open."})
            assert reads(one, reference) == ["From a page that was open."]
            carried(one, other)


def at_console(one: Service, other: Service) -> None:
    hands = Hands(one, one.app.test_client())
    let_in(hands.http, one, "handler-1")
    form = hands.get(PAGE).form("away_until")
    hands.http.application = other.app
    form.fields["away_until"] = DAY
    sent = hands.send(PAGE, form)
    assert (sent.status, sent.location) == (303, "/console/account")


def carried(one: Service, other: Service) -> None:
    """What pages carry: a newcomer's account, new credentials, where a list goes on."""
    made = credentials.new()
    with one.database.read() as db:
        new = (bytes(16), uuid4(), "handler-9", "eeast", "handler", made)
        account, renewed = bundles.new(db, *new).bundle, carrying.new(db, "handler-1", made)
        cursor = cursors.seal(db, "a list", bytes(8))
    with other.database.read() as db:
        assert bundles.read(db, account).username == "handler-9"
        assert carrying.read(db, "handler-1", renewed)
        assert cursors.read(db, "a list", cursor) == bytes(8)


def test_all_is_locked_anew(new_service: Make) -> None:
    service = new_service()
    service.database.write(secret_rotation.keep_lasting)
    with beside(service, NEW, SECRET) as changing, beside(service, NEW) as after:
        asked(service_with_mail(service))
        who = service.handlers["handler-1"].id
        service.database.write(lambda db: notice_addresses.confirm(db, who, code_of(service, who)))
        asked(service)
        hooked(service)
        service.database.write(lambda db: receipt_keys.make_next(db, "eeast"))
        with pytest.raises(Unavailable), after.database.read() as db:
            organisations.receipt_key(db, organisations.find(db, "eeast"))
        found = secret_rotation.relock(changing.database)
        # Two organisations' receipt keys, one that waits, a webhook's two secrets, two addresses,
        # and the keys that last.
        assert found == (8, 8, 0)
        assert secret_rotation.relock(changing.database) == (8, 0, 0)
        assert secret_rotation.relock(after.database) == (8, 0, 0)
        assert len(signs(after)) == 2
        with after.database.read() as db:
            for one in db.scalars(select(Organisation)):
                organisations.receipt_key(db, one)
            waiting = notice_addresses.waiting_code(db, who)
            assert waiting is not None
            assert waiting["address"] == ADDRESS
        with pytest.raises(Damaged):
            signs(service)


def service_with_mail(service: Service) -> Service:
    service.database.config = replace(service.database.config, mail=MAIL)
    return service


def code_of(service: Service, who: Any) -> str:
    with service.database.read() as db:
        waiting = notice_addresses.waiting_code(db, who)
    assert waiting is not None
    return str(waiting["code"])


def test_what_nobody_opens_is_told(new_service: Make) -> None:
    service = new_service()
    with beside(service, NEW) as lost:
        assert secret_rotation.relock(lost.database) == (0, 0, 2)
    assert secret_rotation.relock(service.database) == (2, 0, 0)


def test_what_must_stay_the_same(new_service: Make) -> None:
    """Salts of names that nobody has would else be told from those that somebody has."""
    service = new_service()

    def told(one: Service) -> tuple[Any, ...]:
        with one.database.read() as db:
            lots = publication._Lots(db, organisations.find(db, "eeast"), "2026-Q1")
            return throttling.unknown_salt(db, "nobody"), lots.of("case", {"a": 1})

    before = told(service)
    service.database.write(secret_rotation.keep_lasting)
    assert told(service) == before
    with beside(service, NEW, SECRET) as changing, beside(service, NEW) as after:
        assert told(changing) == before
        secret_rotation.relock(changing.database)
        assert told(after) == before
        # And through the next change too.
        third = bytes(range(50, 82))
        after.database.write(secret_rotation.keep_lasting)
        with beside(service, third, NEW) as later:
            secret_rotation.relock(later.database)
        with beside(service, third) as last:
            assert told(last) == before


def test_nothing_reads_the_secret_past_locking() -> None:
    """Whatever does would end with the next change."""
    place = Path(api.__file__).parent
    readers = {
        str(one.relative_to(place))
        for one in place.rglob("*.py")
        if re.search(r"\bconfig\.(secret|other_secrets)\b", one.read_text("utf-8"))
    }
    assert readers == {"rules/locking.py"}
