"""Who reads a case, and every way in which that can change behind somebody's back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from api.models.message import Message
from mobile.organisation import Organisation
from mobile.outbox import Outbox
from mobile.store import Memory
from mobile.talk import Talk
from mobile.who import ADDED, DESK, STRANGER
from shared.conversation import ReporterCase
from shared.errors import (
    BrokenChain,
    Conflict,
    EpochChanged,
    NoReader,
    NotFound,
    ReadersChanged,
    TooEarly,
    Unreachable,
)
from shared.sealing import case as sealing
from shared.sealing.encoding import REPORTER
from shared.sealing.epochs import MESSAGES
from shared.thread import today
from tests.api.handling import new_keys
from tests.mobile.phone import Phone
from tests.mobile.test_outbox_cases import keep_case
from tests.online import Online


def come_back(online: Online, token: str) -> tuple[Talk, Any]:
    talk = Phone(online.address).open(token)
    return talk, talk._case.client


def reasons(talk: Talk) -> dict[str, tuple[str, bool]]:
    return {one.name: (one.why, one.agreed) for one in talk.view().people}


def slip_in(online: Online, reference: str, username: str) -> None:
    """A handler's client passes the report off as a consent, and the service lets it pass."""
    passed = update(Message).values(is_answer=True)
    online.service.database.write(lambda db: db.execute(passed))
    guardian, who = online.case(reference), online.id(username)
    named = {
        "message_id": str(guardian.thread()[0].id), "handlers": [str(who)], "role": "Helper",
        "until": str(today(online.directory)),
    }  # fmt: skip
    readers = {*guardian.handlers(), who}
    guardian.send_epoch(guardian.prepare_epoch(readers, purpose=MESSAGES, consent=named))


@pytest.fixture
def phone(online: Online) -> Phone:
    return Phone(online.address)


@pytest.fixture
def case(online: Online) -> tuple[str, str]:
    return online.report()


def test_it_works(online: Online, case: tuple[str, str]) -> None:
    talk, _ = come_back(online, case[1])
    assert reasons(talk) == {"handler-1": (DESK, True), "handler-2": (DESK, True)}
    assert talk.view().readers == ("handler-1", "handler-2")


def test_a_newcomer_of_the_desk_is_agreed_to_first(online: Online, case: tuple[str, str]) -> None:
    reference, token = case
    talk, line = come_back(online, token)
    newcomer = online.hire("handler-7")
    guardian = online.case(reference)
    guardian.send_epoch(guardian.let_in(newcomer))
    talk.write("Who reads this?")
    view = talk.flush()
    assert reasons(talk)["handler-7"] == (DESK, False)
    assert not view.unknown()
    assert (view.items[-1].state, bool(view.items[-1].why)) == ("waiting", True)
    assert len(line.bodies("say")) == 1  # refused: it was sealed to the earlier readers
    talk.agree()
    assert talk.flush().items[-1].state == "sent"
    again, _ = come_back(online, token)
    assert not again.view().unagreed()  # said once, by what was sealed to them


def test_coming_back_to_a_newcomer_is_asked_too(online: Online, case: tuple[str, str]) -> None:
    """What came between two visits is not accepted silently."""
    reference, token = case
    guardian = online.case(reference)
    newcomer = online.hire("handler-7")
    with pytest.raises(ReadersChanged):  # not in the roster that this client has
        guardian.let_in(newcomer)
    guardian.refresh()
    guardian.send_epoch(guardian.let_in(newcomer))
    talk, _ = come_back(online, token)
    assert [one.name for one in talk.view().unagreed()] == ["handler-7"]


def another_key(online: Online, reference: str, username: str) -> None:
    """The same id comes back to the case with other keys, by records that all check."""
    online.service.handlers = {**online.people}
    new_keys(online.service, username)
    guardian = online.case(reference)
    guardian.send_epoch(guardian.prepare_epoch(guardian.handlers(), purpose=MESSAGES))


def test_somebody_with_another_key_is_asked_about_again(
    online: Online, case: tuple[str, str]
) -> None:
    reference, token = case
    talk, line = come_back(online, token)
    another_key(online, reference, "handler-2")
    talk.write("Who reads this now?")
    talk.flush()
    assert reasons(talk) == {"handler-1": (DESK, True), "handler-2": (DESK, False)}
    assert len(line.bodies("say")) == 1  # refused: it was sealed to the earlier key
    talk.agree()
    assert talk.flush().items[-1].state == "sent"
    again, _ = come_back(online, token)
    assert not again.view().unagreed()  # by what was sealed to that key


def test_whom_one_accepted_is_accepted_with_one_key(phone: Phone, online: Online) -> None:
    """In memory while the case is open, and with a kept case from one opening to the next."""
    reference, token = online.report()
    keep_case(phone, reference, token)
    newcomer = online.hire("handler-7")
    guardian = online.case(reference)
    guardian.send_epoch(guardian.let_in(newcomer))
    talk = phone.open(token)
    talk.agree()
    assert not talk.view().unagreed()
    another_key(online, reference, "handler-7")
    talk.refresh()
    assert [one.name for one in talk.view().unagreed()] == ["handler-7"]
    talk.sign_out()
    phone.restart()
    talk = phone.open(token)
    assert [one.name for one in talk.view().unagreed()] == ["handler-7"]
    talk.agree()
    talk.sign_out()
    phone.restart()
    assert not phone.open(token).view().unagreed()


def test_who_was_let_in_is_asked_about_again_with_another_key(
    online: Online, case: tuple[str, str]
) -> None:
    reference, token = case
    talk, _ = come_back(online, token)
    talk.access.add(str(online.id("handler-3")))
    assert reasons(talk)["handler-3"] == (ADDED, True)
    another_key(online, reference, "handler-3")
    talk.refresh()
    assert reasons(talk)["handler-3"] == (ADDED, False)


def test_acceptance_by_id_alone_counts_no_more(phone: Phone, online: Online) -> None:
    """As an earlier version kept it."""
    reference, token = online.report()
    newcomer = online.hire("handler-7")
    guardian = online.case(reference)
    guardian.send_epoch(guardian.let_in(newcomer))
    keep_case(phone, reference, token, agreed=[str(newcomer)])
    assert [one.name for one in phone.open(token).view().unagreed()] == ["handler-7"]


def test_somebody_of_no_desk_and_no_consent_is_a_stranger(
    online: Online, case: tuple[str, str]
) -> None:
    reference, token = case
    slip_in(online, reference, "handler-3")
    talk, line = come_back(online, token)
    assert reasons(talk)["handler-3"] == (STRANGER, False)
    assert [one.name for one in talk.view().unknown()] == ["handler-3"]
    talk.write("Nothing goes to them.")
    talk.flush()
    assert not line.bodies("say")
    talk.access.shut_out([str(online.id("handler-3"))])
    assert talk.flush().items[-1].state == "sent"
    assert "handler-3" not in reasons(talk)
    with pytest.raises(NotFound):
        online.case(reference, "handler-3")


def test_going_on_anyway_leaves_the_mark(online: Online, case: tuple[str, str]) -> None:
    reference, token = case
    slip_in(online, reference, "handler-3")
    talk, _ = come_back(online, token)
    talk.agree()
    talk.write("All the same.")
    assert talk.flush().items[-1].state == "sent"
    again, _ = come_back(online, token)
    assert reasons(again)["handler-3"] == (STRANGER, True)


def test_the_services_word_for_the_desk_makes_nobody_a_colleague(
    online: Online, case: tuple[str, str]
) -> None:
    """A service that says the case is another desk's, to let a stranger pass."""
    reference, token = case
    slip_in(online, reference, "handler-3")
    talk, line = come_back(online, token)
    real = line.case

    def lying(bearer: str) -> Any:
        return {**real(bearer), "desk": "senior-manager"}

    line.case = lying
    talk.refresh()
    assert reasons(talk)["handler-3"] == (STRANGER, False)


def test_somebody_left_out_who_was_let_in_stops_everything(online: Online) -> None:
    """A record that names them and is not the reporter's is refused by arithmetic."""
    reference, token = online.report(excluded=("handler-2",))
    talk, line = come_back(online, token)
    serve_with(online, reference, line)
    with pytest.raises(BrokenChain):
        talk.refresh()
    line.refuse = [("say", EpochChanged())]
    talk.write("Nothing is sent.")
    with pytest.raises(BrokenChain):
        talk.flush()
    assert talk.unsent() == 1
    organisation = Organisation(online.address, client=lambda _address: line)
    outbox = Outbox(Memory(), organisation, Organisation)
    with pytest.raises(BrokenChain):  # nor by coming back, when the report is read first
        outbox.open(token)


def serve_with(online: Online, reference: str, line: Any) -> None:
    """From now on this line is answered with a record by which the guardian let them in."""
    guardian = online.case(reference)
    entry = guardian.keys.roster.newest.active(online.id("handler-2"))
    assert entry is not None
    before = guardian.keys.records[MESSAGES][-1].readers
    new = guardian.keys.grant([*before, sealing.party(entry)])
    real = line.case

    def lying(bearer: str) -> Any:
        found = real(bearer)
        record = {
            "purpose": MESSAGES, "epoch": new.epoch, "case_key": new.case_key,
            "record": new.record, "signature": new.signature,
            "sealed_key": new.readers[REPORTER], "previous_key": new.previous_key,
        }  # fmt: skip
        return {**found, "epochs": [*found["epochs"], record]}

    line.case = lying


def test_letting_somebody_in_by_oneself(online: Online, case: tuple[str, str]) -> None:
    reference, token = case
    talk, line = come_back(online, token)
    assert [one["name"] for one in talk.access.others()] == ["handler-3", "handler-4"]
    line.cut = ["readers"]
    with pytest.raises(Exception, match="did not answer"):
        talk.access.add(str(online.id("handler-4")))
    talk.access.add(str(online.id("handler-4")))
    assert reasons(talk)["handler-4"] == (ADDED, True)
    first, second = line.bodies("readers")
    assert first == second
    assert online.case(reference, "handler-4").thread()[0].content["type"] == "report"
    talk.write("To the three of you.")
    assert talk.flush().items[-1].state == "sent"


def test_who_was_left_out_is_not_offered(online: Online) -> None:
    _, token = online.report(excluded=("handler-2",))
    talk, _ = come_back(online, token)
    assert [one["name"] for one in talk.access.others()] == ["handler-3", "handler-4"]


def test_another_desk_before_and_after_a_deadline(online: Online, case: tuple[str, str]) -> None:
    reference, token = case
    talk, line = come_back(online, token)
    with pytest.raises(TooEarly):
        talk.access.take_to("senior-manager")
    online.move(7)
    talk.refresh()
    assert "They have not." in talk.view().standing.late
    assert [one["about"] for one in talk.access.other_desks()] == [
        "Read by handler-3 and handler-4"
    ]
    line.cut = ["readers"]
    with pytest.raises(Exception, match="did not answer"):
        talk.access.take_to("senior-manager")
    talk.access.take_to("senior-manager")
    assert reasons(talk) == {"handler-3": (DESK, True), "handler-4": (DESK, True)}
    assert not talk.view().standing.late
    assert talk.access.desk_name() == "Senior manager"
    assert talk.access._case.keys.records[MESSAGES][-1].signer == REPORTER
    talk.write("Can you help?")
    assert talk.flush().items[-1].state == "sent"
    assert online.case(reference, "handler-3").thread()[-1].content["text"] == "Can you help?"
    with pytest.raises(NotFound):
        online.case(reference)


def test_another_desk_leaves_out_whom_the_report_left_out(online: Online) -> None:
    _, token = online.report(excluded=("handler-3",))
    online.move(7)
    talk, _ = come_back(online, token)
    talk.access.take_to("senior-manager")
    assert talk.view().readers == ("handler-4",)


def test_a_desk_where_nobody_would_be_left(online: Online) -> None:
    _, token = online.report(excluded=("handler-3", "handler-4"))
    online.move(7)
    talk, _ = come_back(online, token)
    assert talk.access.other_desks() == []
    with pytest.raises(NoReader):
        talk.access.take_to("senior-manager")


def test_what_can_not_be_done_says_so_and_keeps_nothing(
    online: Online, case: tuple[str, str]
) -> None:
    talk, line = come_back(online, case[1])
    line.refuse = [("readers", Conflict("Not now."))]
    with pytest.raises(Conflict):
        talk.access.add(str(online.id("handler-3")))
    assert not talk.access._epochs
    line.refuse = [("readers", Unreachable())]
    with pytest.raises(Unreachable):
        talk.access.add(str(online.id("handler-3")))
    assert talk.access._epochs
    talk.access.add(str(online.id("handler-3")))
    assert not talk.access._epochs


def test_a_message_to_readers_of_a_later_record_is_opened(
    online: Online, case: tuple[str, str]
) -> None:
    """The readers change between fetching the case and fetching its thread."""
    reference, token = case
    mine: ReporterCase = online.reporter(token)
    guardian = online.case(reference)
    guardian.send_epoch(guardian.shut_out(online.id("handler-2")))
    guardian.refresh()
    guardian.send(guardian.prepare("Sealed to the newer key."))
    newest = mine.thread()[-1]
    assert newest.problem is None
    assert newest.read_by == {REPORTER, online.id("handler-1")}
