"""Epochs that clients sign: what follows, who is named, whom keys are sealed to, and who is not.

A record is checked by the service and, from the same bytes, by every client.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.errors import BadKey, BrokenChain
from shared.sealing import case as sealing
from shared.sealing import epochs
from shared.sealing.case import NewEpoch
from shared.sealing.encoding import REPORTER, b64
from shared.sealing.epochs import MESSAGES, NOTES, Party, Record
from shared.sealing.keyring import Keyring
from shared.sealing.message import Message
from shared.thread import epoch_body
from tests.api import clients, sealed
from tests.api.checks import (
    MARK,
    at_once,
    check_problem,
    nothing_stored,
    outsiders_refused,
    text,
)
from tests.api.handling import (
    DAY,
    acts,
    by_hours,
    let_in,
    named,
    new_keys,
    opens,
    person,
    readers,
    until,
)
from tests.service import STAFF, Service

DESK = ("handler-1", "handler-2")


def parties(service: Service, case: sealing.Case, *names: str) -> list[Party]:
    """The reporter of this case, and these handlers with the keys they have now."""
    reporter = case.records[MESSAGES][-1].reader(REPORTER)
    assert reporter is not None
    people = (service.handlers[name] for name in names)
    return [
        reporter,
        *(Party(one.id, one.keyring.seal_key, one.keyring.sign_key) for one in people),
    ]


def body(new: NewEpoch, **more: Any) -> dict[str, Any]:
    """What a handler's client sends."""
    return {"purpose": new.purpose, "epoch": epoch_body(new), **more}


def signed(new: NewEpoch, keyring: Keyring, **changes: Any) -> NewEpoch:
    """The same epoch with a record changed in this way, signed anew."""
    record = replace(epochs.parse(new.record), **changes)
    raw = record.to_bytes()
    return replace(new, record=raw, signature=keyring.sign(raw), case_key=record.case_key)


def post(
    service: Service, reference: str, new: NewEpoch, name: str = "handler-1", **more: Any
) -> Any:
    """The answer to an epoch of a handler's."""
    bearer = sealed.handler(service, name)
    return service.post(f"/cases/{reference}/epochs", body(new, **more), bearer)


def refused(
    service: Service, path: str, sent: Any, bearer: str, *, status: int, code: str
) -> None:
    """This epoch is not taken, and nothing is stored."""
    with nothing_stored(service):
        answer = service.post(path, sent, bearer)
    check_problem(answer, status, code)


def by_handler(service: Service, reference: str, name: str = "handler-1") -> sealing.Case:
    """The case as this handler's client has it unlocked."""
    return sealed.by_handler(service, reference, sealed.handler(service, name), name)


def test_it_works(service: Service) -> None:
    reference, token = sealed.open_case(service)
    bearer = sealed.reporter(service, token)
    first = service.get("/case/messages", bearer).get_json()["items"][0]
    case = by_handler(service, reference)
    answer = post(service, reference, case.grant(parties(service, case, "handler-1")))
    assert answer.status_code == 200, answer.text
    assert [one["epoch"] for one in answer.get_json()["items"]] == [0, 1]
    assert readers(service, bearer) == {"handler-1"}
    assert not opens(service, reference, "handler-2")
    gone = {"added": [], "removed": [person(service, "handler-2")]}
    assert acts(service, reference) == [("readers_changed", gone)]
    # What comes after is closed to them, with the whole database and their own keys.
    case = by_handler(service, reference)
    assert service.post(
        f"/cases/{reference}/messages", sealed.write(case, "Without them"), sealed.handler(service)
    ).status_code == 201  # fmt: skip
    thread = service.get("/case/messages", bearer).get_json()["items"]
    outside = clients.with_the_database(service, reference, "handler-2")
    assert [clients.can_read(outside, one) for one in thread] == [True, False]
    # Let in again they read back, all of it.
    again = case.grant(parties(service, case, *DESK))
    assert post(service, reference, again).status_code == 200
    theirs = clients.handler(service, reference, "handler-2").thread()
    assert [one.problem for one in theirs] == [None, None]
    assert first["id"] == str(theirs[0].id)


def test_outsiders_send_none(service: Service) -> None:
    reference, _ = sealed.open_case(service)
    case = by_handler(service, reference)
    new = body(case.grant(parties(service, case, "handler-1", "handler-3")))
    outsiders_refused(service, "/cases/{}/epochs", reference, new)
    outsiders_refused(service, "GET", "/cases/{}/epochs", reference)
    for name in STAFF:
        bearer = sealed.handler(service, name)
        path = f"/cases/{reference}/epochs"
        refused(service, path, new, bearer, status=404, code="not_found")


Change = Callable[[Service, sealing.Case, NewEpoch], NewEpoch]


def _other(service: Service, new: NewEpoch, name: str = "handler-2") -> bytes:
    return new.readers[service.handlers[name].id]


def _with_party(service: Service, case: sealing.Case, party: Party) -> NewEpoch:
    known = [one for one in parties(service, case, *DESK) if one.id != party.id]
    return case.grant([*known, party])


FORGED: dict[str, tuple[Change, int, str]] = {
    "another record before": (
        lambda s, c, new: signed(new, c.keyring, previous=os.urandom(32)), 422, "broken_chain",
    ),
    "no record before": (
        lambda s, c, new: signed(new, c.keyring, previous=epochs.NO_RECORD), 422, "broken_chain",
    ),
    "a number left out": (
        lambda s, c, new: signed(new, c.keyring, epoch=2), 409, "epoch_changed",
    ),
    "a number that is there": (
        lambda s, c, new: signed(new, c.keyring, epoch=0), 409, "epoch_changed",
    ),
    "another case": (
        lambda s, c, new: signed(new, c.keyring, case_id=uuid4()), 422, "broken_chain",
    ),
    "a record of the notes": (
        lambda s, c, new: signed(new, c.keyring, purpose=NOTES), 422, "broken_chain",
    ),
    "a colleague's name, one's own key": (
        lambda s, c, new: signed(new, c.keyring, signer=s.handlers["handler-2"].id),
        422, "broken_chain",
    ),
    "a colleague's signature": (
        lambda s, c, new: signed(
            new, s.handlers["handler-2"].keyring, signer=s.handlers["handler-2"].id
        ),
        422, "bad_signature",
    ),
    "an outsider's signature": (
        lambda s, c, new: signed(
            new, s.handlers["handler-3"].keyring, signer=s.handlers["handler-3"].id
        ),
        422, "broken_chain",
    ),
    "the reporter's name": (
        lambda s, c, new: signed(new, c.keyring, signer=REPORTER), 422, "broken_chain",
    ),
    "a signature of other bytes": (
        lambda s, c, new: replace(new, signature=c.keyring.sign(b"other")), 422, "broken_chain",
    ),
    "without the reporter": (
        lambda s, c, new: c.grant(parties(s, c, *DESK)[1:]), 422, "broken_chain",
    ),
    "another reporter": (
        lambda s, c, new: _with_party(
            s, c, Party(REPORTER, *(c.keyring.seal_key, c.keyring.sign_key))
        ),
        422, "broken_chain",
    ),
    "keys that are not the roster's": (
        lambda s, c, new: _with_party(
            s, c, Party(s.handlers["handler-2"].id, c.keyring.seal_key, c.keyring.sign_key)
        ),
        422, "broken_chain",
    ),
    "a handler of another organisation": (
        lambda s, c, new: c.grant(parties(s, c, *DESK, "handler-5")), 422, "broken_chain",
    ),
    "an administrator": (
        lambda s, c, new: c.grant(parties(s, c, *DESK, "administrator-1")), 422, "broken_chain",
    ),
    "somebody there never was": (
        lambda s, c, new: _with_party(
            s, c, Party(uuid4(), c.keyring.seal_key, c.keyring.sign_key)
        ),
        422, "broken_chain",
    ),
    "a handler of another desk": (
        lambda s, c, new: c.grant(parties(s, c, *DESK, "handler-3")), 403, "not_allowed",
    ),
    "nobody but the reporter": (
        lambda s, c, new: c.grant(parties(s, c)), 409, "no_reader",
    ),
    "a key sealed to another reader": (
        lambda s, c, new: replace(
            new, readers={**new.readers, c.me: _other(s, new)}
        ),
        422, "wrong_key",
    ),
    "a reader without a key": (
        lambda s, c, new: replace(
            new, readers={who: key for who, key in new.readers.items() if who != c.me}
        ),
        422, "broken_chain",
    ),
    "a key for somebody else": (
        lambda s, c, new: replace(
            new, readers={**new.readers, s.handlers["handler-3"].id: _other(s, new)}
        ),
        422, "broken_chain",
    ),
    "the key before is missing": (
        lambda s, c, new: replace(new, previous_key=None), 422, "broken_chain",
    ),
    "the key before, sealed to a reader": (
        lambda s, c, new: replace(new, previous_key=_other(s, new)), 422, "wrong_key",
    ),
    "another key beside the record": (
        lambda s, c, new: replace(new, case_key=c.keyring.seal_key), 422, "broken_chain",
    ),
    "a key that protects nothing": (
        lambda s, c, new: signed(new, c.keyring, case_key=bytes(32)), 422, "bad_key",
    ),
    "a record cut short": (
        lambda s, c, new: replace(new, record=new.record[:-1]), 422, "damaged",
    ),
    "readers out of order": (
        lambda s, c, new: signed(
            new, c.keyring, readers=tuple(reversed(epochs.parse(new.record).readers))
        ),
        422, "broken_chain",
    ),
    "a reader twice": (
        lambda s, c, new: signed(
            new, c.keyring, readers=(*(r := epochs.parse(new.record).readers), r[-1])
        ),
        422, "broken_chain",
    ),
}  # fmt: skip


def test_records_that_can_not_be(service: Service, subtests: pytest.Subtests) -> None:
    reference, _ = sealed.open_case(service)
    bearer, path = sealed.handler(service), f"/cases/{reference}/epochs"
    case = by_handler(service, reference)
    new = case.grant(parties(service, case, *DESK))
    for what, (change, status, code) in FORGED.items():
        with subtests.test(what):
            sent = body(change(service, case, new))
            refused(service, path, sent, bearer, status=status, code=code)
    assert service.post(path, body(new), bearer).status_code == 200


def test_of_the_reporters_too(service: Service, subtests: pytest.Subtests) -> None:
    _, token = sealed.open_case(service)
    bearer = sealed.reporter(service, token)
    case = sealed.by_reporter(service, token, bearer)
    new = case.grant(parties(service, case, *DESK))
    # The reporter may name any handler of the roster, and go on from a key they had to refuse.
    mine = {
        "a handler of another desk",
        "the reporter's name",
        "another reporter",
        "the key before is missing",
    }
    for what, (change, status, code) in FORGED.items():
        if what in mine:
            continue
        with subtests.test(what):
            sent = {"epoch": epoch_body(change(service, case, new))}
            # What a handler signs well is refused since it is the reporter who sends it.
            refused(service, "/case/epochs", sent, bearer, status=status, code=code)
    sent = {"epoch": epoch_body(case.grant(parties(service, case, *DESK, "handler-3")))}
    assert service.post("/case/epochs", sent, bearer).status_code == 200
    assert readers(service, bearer) == {*DESK, "handler-3"}


def test_whom_the_reporter_left_out(service: Service) -> None:
    left_out = service.handlers["handler-2"].id
    reference, token = sealed.open_case(service, excluded=[left_out])
    case, path = by_handler(service, reference), f"/cases/{reference}/epochs"
    new = case.grant(parties(service, case, *DESK))
    consent = {"message_id": str(uuid4()), "handlers": [str(left_out)], "role": "Anybody",
               "until": until(5)}  # fmt: skip
    for sent in (body(new), body(new, consent=consent)):
        refused(service, path, sent, sealed.handler(service),
                status=422, code="broken_chain")  # fmt: skip
    # A service that took it would be found out by every client.
    with pytest.raises(BrokenChain):
        epochs.check_messages(
            [
                *(
                    epochs.SignedRecord(one.record, one.signature)
                    for one in _epochs(service, token)
                ),
                epochs.SignedRecord(new.record, new.signature),
            ],
            case.case_id,
            parties(service, case)[0],
            case.roster,
            {left_out},
        )
    bearer = sealed.reporter(service, token)
    mine = sealed.by_reporter(service, token, bearer)
    sent = {"epoch": epoch_body(mine.grant(parties(service, mine, *DESK)))}
    assert service.post("/case/epochs", sent, bearer).status_code == 200
    assert opens(service, reference, "handler-2")
    # The next record of a handler's leaves them out again, or can't be.
    case = by_handler(service, reference)
    with_them = case.grant(parties(service, case, *DESK))
    refused(service, path, body(with_them), sealed.handler(service),
            status=422, code="broken_chain")  # fmt: skip


def _epochs(service: Service, token: str) -> list[sealing.SealedEpoch]:
    mine = clients.reporter(service, token)
    return [sealing.SealedEpoch(**one) for one in mine.refresh()["epochs"]]


def test_with_a_consent_that_names_them(service: Service) -> None:
    reference, token = sealed.open_case(service)
    three, path = service.handlers["handler-3"].id, f"/cases/{reference}/epochs"
    granted = clients.reporter(service, token)
    asked = clients.handler(service, reference)
    request = asked.ask_consent([three], "Adviser", "To advise", date.fromisoformat(until(30)))
    asked.send(request)
    granted.thread()
    answer = granted.answer_consent(request.id, True)
    granted.send(answer)
    case = by_handler(service, reference)
    new = case.grant(parties(service, case, *DESK, "handler-3"))
    whole = {"message_id": str(answer.id), "handlers": [str(three)], "role": "Adviser",
             "until": until(30)}  # fmt: skip
    bearer = sealed.handler(service)
    for what, status, code in (
        ({"message_id": str(request.id)}, 403, "not_allowed"),
        ({"message_id": str(uuid4())}, 403, "not_allowed"),
        ({"handlers": [person(service, "handler-4")]}, 403, "not_allowed"),
        ({"until": until(-2)}, 422, "invalid"),
        ({"until": until(3 * 366)}, 422, "invalid"),
        ({"until": None}, 422, "invalid"),
        ({"role": ""}, 422, "invalid"),
        ({"role": "r" * 201}, 422, "invalid"),
        ({"handlers": []}, 422, "invalid"),
        ({MARK: MARK}, 422, "invalid"),
    ):
        sent = body(new, consent=whole | what)
        refused(service, path, sent, bearer, status=status, code=code)
    assert service.post(path, body(new, consent=whole), bearer).status_code == 200
    assert opens(service, reference, "handler-3")
    shown = service.get("/case", sealed.reporter(service, token)).get_json()["consents"]
    assert shown == [whole | {"revoked_on": None}]


def test_a_repeat_is_no_fault(service: Service) -> None:
    reference, token = sealed.open_case(service)
    case, bearer = by_handler(service, reference), sealed.handler(service)
    path, new = f"/cases/{reference}/epochs", case.grant(parties(service, case, "handler-1"))
    first = service.post(path, body(new), bearer)
    with nothing_stored(service):
        again = service.post(path, body(new), bearer)
    assert (again.status_code, again.data) == (200, first.data)
    reporter = sealed.reporter(service, token)
    mine = sealed.by_reporter(service, token, reporter)
    sent = {"epoch": epoch_body(mine.grant(parties(service, mine, *DESK)))}
    first = service.post("/case/epochs", sent, reporter)
    with nothing_stored(service):
        again = service.post("/case/epochs", sent, reporter)
        assert (again.status_code, again.data) == (200, first.data)
        # One that came late, after another change, is still the one that is there.
        assert service.post(path, body(new), bearer).status_code == 200


@pytest.mark.parametrize("form", ["sealed", "readable"])
def test_two_at_the_same_time(service: Service, form: str) -> None:
    reference, _ = sealed.open_case(service)
    path, calls = f"/cases/{reference}", []
    for name, other in (DESK, tuple(reversed(DESK))):
        if form == "readable":
            gone = service.handlers[other].id
            calls.append(("DELETE", f"{path}/readers/{gone}", None, service.handler(name)))
            continue
        case = by_handler(service, reference, name)
        sent = body(case.grant(parties(service, case, name)))
        calls.append(("POST", f"{path}/epochs", sent, sealed.handler(service, name)))
    answers = at_once(service, calls)
    won = [one.status_code == 200 for one in answers]
    assert sorted(won) == [False, True]
    # The other was taken out while it waited, or was too late.
    lost = answers[won.index(False)]
    assert lost.get_json()["code"] in ("not_found", "epoch_changed")
    assert [opens(service, reference, name) for name in DESK] == won


def test_two_who_both_stay(service: Service) -> None:
    reference, _ = sealed.open_case(service)
    calls = []
    for name in DESK:
        case = by_handler(service, reference, name)
        sent = body(case.grant(parties(service, case, *DESK)))
        calls.append(("POST", f"/cases/{reference}/epochs", sent, sealed.handler(service, name)))
    answers = at_once(service, calls)
    assert sorted(one.status_code for one in answers) == [200, 409]
    lost = next(one for one in answers if one.status_code == 409)
    check_problem(lost, 409, "epoch_changed")
    assert all(opens(service, reference, name) for name in DESK)


def test_a_message_for_the_readers_before(service: Service) -> None:
    reference, token = sealed.open_case(service)
    case, bearer = by_handler(service, reference), sealed.handler(service)
    reporter = sealed.reporter(service, token)
    mine = sealed.by_reporter(service, token, reporter)
    new = case.grant(parties(service, case, "handler-1"))
    assert post(service, reference, new).status_code == 200
    path = f"/cases/{reference}/messages"
    refused(service, path, sealed.write(case), bearer, status=409, code="epoch_changed")
    refused(service, "/case/messages", sealed.write(mine, seq=2), reporter,
            status=409, code="epoch_changed")  # fmt: skip
    # Sealed again, under a new id, it is taken.
    again = sealed.write(sealed.by_reporter(service, token, reporter), seq=2)
    assert service.post("/case/messages", again, reporter).status_code == 201
    assert service.post("/case/messages", text(), service.reporter(token)).status_code == 201


def test_old_keys_are_no_reader(service: Service) -> None:
    reference, _ = sealed.open_case(service)
    before = service.handlers["handler-2"].keyring
    new_keys(service, "handler-2")
    case = by_handler(service, reference)
    old = Party(service.handlers["handler-2"].id, before.seal_key, before.sign_key)
    sent = body(_with_party(service, case, old))
    refused(service, f"/cases/{reference}/epochs", sent, sealed.handler(service),
            status=409, code="readers_changed")  # fmt: skip
    new = case.grant(parties(service, case, *DESK))
    assert post(service, reference, new).status_code == 200
    theirs = clients.handler(service, reference, "handler-2")
    assert [one.problem for one in theirs.thread()] == [None]


def test_a_key_that_does_not_fit_is_found_by_clients(service: Service) -> None:
    # The service can't see what is inside: who gets it does.
    reference, token = sealed.open_case(service)
    case = by_handler(service, reference)
    new, other = (case.grant(parties(service, case, *DESK)) for _ in range(2))
    swapped = replace(new, readers=other.readers)
    assert post(service, reference, swapped).status_code == 200
    broken = by_handler(service, reference)
    assert [type(one) for one in broken.faults.values()] == [BadKey]
    with pytest.raises(BadKey):
        broken.grant(parties(service, case, *DESK))
    with pytest.raises(BadKey):
        clients.reporter(service, token)


def test_a_faulty_epoch_does_not_close_the_case(service: Service) -> None:
    reference, token = service.open_case()
    case = by_handler(service, reference, "handler-2")
    new, other = (case.grant(parties(service, case, *DESK)) for _ in range(2))
    mine = service.handlers["handler-2"].id
    faulty = replace(new, readers=dict(other.readers) | {mine: new.readers[mine]})
    assert post(service, reference, faulty, "handler-2").status_code == 200
    reporter, bearer = service.reporter(token), service.handler()
    for path, who in (("/case", reporter), (f"/cases/{reference}", bearer)):
        assert "content" in service.get(f"{path}/messages", who).get_json()["items"][0]
        assert service.post(f"{path}/messages", text(), who).status_code == 422
    taken = {"remove": [person(service, "handler-2")]}
    assert service.post("/case/epochs", taken, reporter).status_code == 200
    for path, who in (("/case", reporter), (f"/cases/{reference}", bearer)):
        assert service.post(f"{path}/messages", text(), who).status_code == 201
    assert all(
        "content" in one for one in service.get("/case/messages", reporter).get_json()["items"]
    )


def test_by_hours_a_sealed_change_waits_too(service: Service) -> None:
    by_hours(service)
    reference, token = sealed.open_case(service, urgent=True)
    bearer = sealed.reporter(service, token)
    mine = sealed.by_reporter(service, token, bearer)
    sent = {"epoch": epoch_body(mine.grant(parties(service, mine, *DESK, "handler-3")))}
    assert service.post("/case/epochs", sent, bearer).status_code == 200
    assert not opens(service, reference, "handler-3")
    service.clock.now += 5 * 3600
    assert opens(service, reference, "handler-3")


# --- notes ------------------------------------------------------------------------------------


def sealed_note(case: sealing.Case, words: str = "An invented note, sealed.") -> dict[str, Any]:
    """A sealed note for the newest notes epoch."""
    note_id = uuid4()
    content = Message(case.author(), date.today(), 1, "note", {"text": words})
    return {"id": str(note_id), "sealed": {"envelope": b64(case.write("note", note_id, content))}}


def test_notes_have_keys_of_their_own(service: Service) -> None:
    reference, token = sealed.open_case(service)
    case, path = by_handler(service, reference), f"/cases/{reference}"
    new = case.grant_notes()
    assert REPORTER not in new.readers
    assert post(service, reference, new).status_code == 200
    assert post(service, reference, new).status_code == 200
    case = by_handler(service, reference)
    written = sealed_note(case)
    assert service.post(f"{path}/notes", written, sealed.handler(service)).status_code == 201
    seen = service.get(f"{path}/notes", service.handler("handler-2")).get_json()["items"]
    assert seen[0]["content"]["text"] == "An invented note, sealed."
    # The reporter's app knows that there is such a key, and can't open it.
    mine = sealed.by_reporter(service, token, sealed.reporter(service, token))
    assert not clients.can_read(mine, seen[0], "note")


def test_notes_of_records_that_can_not_be(service: Service, subtests: pytest.Subtests) -> None:
    reference, _ = sealed.open_case(service)
    case, bearer = by_handler(service, reference), sealed.handler(service)
    path, new = f"/cases/{reference}/epochs", case.grant_notes()

    def naming(*names: str) -> NewEpoch:
        named_ones = tuple(
            sorted(parties(service, case, *names)[1:], key=lambda one: one.id.bytes)
        )
        ids = {one.id for one in named_ones}
        keys = {who: new.readers.get(who, next(iter(new.readers.values()))) for who in ids}
        return replace(signed(new, case.keyring, readers=named_ones), readers=keys)

    record: Record = epochs.parse(new.record)
    for what, (sent, status, code) in {
        "fewer than read it": (naming("handler-1"), 422, "broken_chain"),
        "others than read it": (naming("handler-1", "handler-3"), 422, "broken_chain"),
        "more than read it": (naming(*DESK, "handler-3"), 422, "broken_chain"),
        "a number left out": (signed(new, case.keyring, epoch=1), 409, "epoch_changed"),
        "of the messages": (signed(new, case.keyring, purpose=MESSAGES), 422, "broken_chain"),
        "with a record before": (
            signed(new, case.keyring, previous=os.urandom(32)), 422, "broken_chain",
        ),
        "a colleague's name": (
            signed(new, case.keyring, signer=service.handlers["handler-2"].id),
            422, "broken_chain",
        ),
        "a key before": (
            replace(new, previous_key=next(iter(new.readers.values()))), 422, "broken_chain",
        ),
    }.items():  # fmt: skip
        with subtests.test(what):
            refused(service, path, body(sent), bearer, status=status, code=code)
    consent = {"message_id": str(uuid4()), "handlers": [str(case.me)], "role": "Anybody",
               "until": until(3)}  # fmt: skip
    refused(service, path, body(new, consent=consent), bearer, status=422, code="invalid")
    assert record.purpose == NOTES
    assert service.post(path, body(new), bearer).status_code == 200


def test_notes_wait_until_their_readers_are_the_cases(service: Service) -> None:
    reference, _ = sealed.open_case(service)
    path, bearer = f"/cases/{reference}", sealed.handler(service)
    case = by_handler(service, reference)
    assert post(service, reference, case.grant_notes()).status_code == 200
    early = sealed_note(by_handler(service, reference), "Before anybody left")
    assert service.post(f"{path}/notes", early, bearer).status_code == 201
    late = sealed_note(by_handler(service, reference))
    case = by_handler(service, reference)
    assert (
        post(service, reference, case.grant(parties(service, case, "handler-1"))).status_code
        == 200
    )
    refused(service, f"{path}/notes", late, bearer, status=409, code="epoch_changed")
    case = by_handler(service, reference)
    assert post(service, reference, case.grant_notes()).status_code == 200
    refused(service, f"{path}/notes", late, bearer, status=409, code="epoch_changed")
    again = sealed_note(by_handler(service, reference), "After they left")
    assert service.post(f"{path}/notes", again, bearer).status_code == 201
    seen = service.get(f"{path}/notes", bearer).get_json()["items"]
    outside = clients.with_the_database(service, reference, "handler-2")
    assert [clients.can_read(outside, one, "note") for one in seen] == [True, False]


def test_no_readable_form_names_somebody_twice(service: Service) -> None:
    reference, token = service.open_case()
    three = person(service, "handler-3")
    answer = service.post("/case/epochs", {"add": [three, three]}, service.reporter(token))
    assert answer.status_code == 200
    listed = service.get(f"/cases/{reference}", service.handler()).get_json()["handlers"]
    assert [one["id"] for one in listed].count(three) == 1
    assert named(service, "handler-3") == {"handler": three}
    assert UUID(three)


def test_notes_for_readers_of_before(service: Service) -> None:
    reference, _ = sealed.open_case(service)
    case = by_handler(service, reference)
    notes = case.grant_notes()
    new = case.grant(parties(service, case, "handler-1"))
    assert post(service, reference, new).status_code == 200
    path, bearer = f"/cases/{reference}/epochs", sealed.handler(service)
    refused(service, path, body(notes), bearer, status=409, code="epoch_changed")


def test_whose_consent_has_ended(service: Service) -> None:
    reference, token = sealed.open_case(service)
    let_in(service, reference, token, "handler-3", until=until(2))
    service.clock.now += 4 * DAY
    case, path = by_handler(service, reference), f"/cases/{reference}/epochs"
    everybody = case.grant(parties(service, case, *DESK, "handler-3"))
    refused(service, path, body(everybody), sealed.handler(service), status=403,
            code="not_allowed")  # fmt: skip
    assert post(service, reference, case.grant(parties(service, case, *DESK))).status_code == 200
    # The reporter may let them in again, by a record of their own.
    bearer = sealed.reporter(service, token)
    mine = sealed.by_reporter(service, token, bearer)
    sent = {"epoch": epoch_body(mine.grant(parties(service, mine, *DESK, "handler-3")))}
    assert service.post("/case/epochs", sent, bearer).status_code == 200
    assert opens(service, reference, "handler-3")
