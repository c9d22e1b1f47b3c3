"""An administrator's account and the whole database open no case, past or future.

The program here has an administrator's password, codes, session and keys, and every row of
every table. It invites a handler of its own and joins as them, takes a handler's account over
by new keys, moves desks, signs rosters; and tries every key on everything that is sealed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from api.models.account import Account, Draft, Membership, Position, SignedIn
from api.models.base import Base
from api.models.case import Case, CaseAccess, CaseEpoch, CaseKey
from api.models.message import Message
from api.models.note import Note
from api.models.organisation import Desk, RosterRecord
from api.models.report_draft import ReportDraft
from api.rules import organisations, report_drafts, stretching
from shared.errors import SealingError, WrenError
from shared.sealing import case as sealing
from shared.sealing import keyring, roster
from shared.sealing.encoding import REPORTER, b64, hkdf, unb64, unbox
from shared.sealing.envelope import EARLIER_EPOCH, key_place, place, unseal
from shared.sealing.keyring import PASSWORD, RECOVERY, TOTP, Keyring
from tests.api.checks import UNKNOWN, check_problem, nothing_stored, text
from tests.api.newcomers import sign_in
from tests.api.test_newcomers import found as newcomers
from tests.service import Service

ROSTER = "/organisations/eeast/roster"
DESKS = ["guardian", "senior-manager"]


@dataclass
class Person:
    """Somebody whom the program can be: what it holds of them."""

    id: UUID
    bearer: str
    keys: Keyring
    stretched: bytes = field(repr=False)
    recovery: bytes = field(repr=False)


def person(service: Service, shown: dict[str, Any]) -> Person:
    """Signs in with what was shown, and unlocks the keys from the database's row."""
    bearer = sign_in(service, shown)
    with service.database.read() as db:
        row = db.scalars(select(Account).where(Account.username == shown["username"])).one()
    stretched = stretching.password(shown["password"], row.salt)
    keys = Keyring.from_seed(keyring.unlock(stretched, PASSWORD, row.id, row.sealed_seed))
    assert (keys.seal_key, keys.sign_key) == (row.seal_key, row.sign_key)
    return Person(row.id, bearer, keys, stretched, keyring.read_recovery(shown["recovery"]))


def administrator(service: Service) -> Person:
    one = service.handlers["administrator-1"]
    shown = {"username": one.username, "password": one.password,
             "totp_secret": one.totp_secret, "recovery": one.recovery}  # fmt: skip
    return person(service, shown)


def invited(service: Service, by: Person, username: str | None = None, **body: Any) -> Person:
    """Somebody whom the program invites, and who it then is."""
    answer = service.post("/invitations", {"organisation": "eeast"} | body, by.bearer)
    assert answer.status_code == 201, answer.text
    join = {"invitation": answer.get_json()["code"]}
    joined = service.post("/join", join | ({"username": username} if username else {}))
    assert joined.status_code == 201, joined.text
    assert not joined.get_json()["listed"]
    return person(service, joined.get_json())


def worked_on(service: Service, **more: Any) -> str:
    """A case with a reply, a note, a classification and a draft in it."""
    reference, _ = service.open_case(**more)
    bearer, path = service.handler(), f"/cases/{reference}"
    for method, rest, body in (
        ("POST", "/messages", text()),
        ("POST", "/notes", {"id": str(uuid4()), "content": {"text": "Invented."}}),
        ("PUT", "/draft", {"content": {"text": "Invented."}}),
    ):
        answer = service.call(method, f"{path}{rest}", body, bearer)
        assert answer.status_code < 300, answer.text
    being_written(service)
    return reference


def being_written(service: Service) -> str:
    """A report that somebody is writing in a browser; what the browser holds."""

    def rule(db: Any) -> str:
        made = report_drafts.begin(db, "eeast")
        kept = replace(made, answers={"story": "An invented story, half written."})
        return report_drafts.keep(db, kept).bearer

    return service.database.write(rule)


# --- by hand, with all rows -----------------------------------------------------------------


def rows(service: Service, table: type[Base]) -> list[Any]:
    with service.database.read() as db:
        return list(db.scalars(select(table)))


def tries(who: Person, others: Sequence[UUID], service: Service) -> Iterator[tuple[str, Any]]:
    """Every sealed thing in the database with every key of this person: (what, how)."""
    private = who.keys.seal_private
    for one in rows(service, CaseKey):
        for reader in {one.reader, who.id, REPORTER}:
            where = key_place(one.case_id, reader, one.purpose, one.epoch)
            yield "case key", lambda w=where, o=one: unseal("case-key", w, private, o.sealed_key)
    for one in rows(service, CaseEpoch):
        if one.previous_key is not None:
            where = key_place(one.case_id, EARLIER_EPOCH, one.purpose, one.epoch - 1)
            yield (
                "earlier key",
                lambda w=where, o=one: unseal("case-key", w, private, o.previous_key),
            )
    for kind, table in (("message", Message), ("note", Note)):
        for one in rows(service, table):
            where = place(one.case_id, one.id)
            yield kind, lambda k=kind, w=where, o=one: unseal(k, w, private, o.envelope)
    for one in rows(service, Draft):
        for owner in {one.account_id, who.id}:
            yield (
                "draft",
                lambda o=owner, d=one: keyring.open_draft(who.keys, o, d.case_id, d.sealed),
            )
    for one in rows(service, Account):
        for info, locked in ((PASSWORD, one.sealed_seed), (TOTP, one.sealed_totp),
                             (RECOVERY, one.recovery_seed)):  # fmt: skip
            for secret in (who.stretched, who.recovery, who.keys.seed):
                if one.id in others:
                    yield (
                        "account",
                        lambda s=secret, i=info, o=one, b=locked: keyring.unlock(s, i, o.id, b),
                    )
    for one in rows(service, SignedIn):
        for secret in (who.stretched, who.recovery, who.keys.seed):
            yield (
                "session",
                lambda s=secret, o=one: unbox(hkdf(s, "wren/v1/session"), o.sealed, o.hash),
            )
    for one in rows(service, ReportDraft):
        for secret in (who.stretched, who.recovery, who.keys.seed):
            yield "report draft", lambda s=secret, o=one: open_report_draft(s, o)
    yield from whole_cases(who, service)


def open_report_draft(secret: bytes, one: ReportDraft) -> bytes:
    """What is in a report that is being written. Raises `SealingError`."""
    return unbox(hkdf(secret, "wren/v1/report-draft"), one.sealed, one.hash)


def whole_cases(who: Person, service: Service) -> Iterator[tuple[str, Any]]:
    """Every case unlocked as a reader does it, with whatever key was sealed to anybody."""
    keys, records = rows(service, CaseKey), rows(service, CaseEpoch)
    with service.database.read() as db:
        chain = organisations.read_roster(db, organisations.find(db, "eeast"))
    for case in rows(service, Case):
        reporter = sealing.reporter_party(case.seal_key, case.sign_key)
        for reader in {one.reader for one in keys if one.case_id == case.id} | {who.id}:
            epochs = [
                sealing.SealedEpoch(
                    one.purpose, one.epoch, one.case_key, one.record, one.signature,
                    next((key.sealed_key for key in keys
                          if (key.case_id, key.purpose, key.epoch, key.reader)
                          == (case.id, one.purpose, one.epoch, reader)), None),
                    one.previous_key,
                )
                for one in records if one.case_id == case.id
            ]  # fmt: skip
            yield (
                "case",
                lambda c=case, r=reader, e=epochs, p=reporter: read_whole(
                    service, sealing.unlock(c.id, r, who.keys, e, p, chain)
                ),
            )


def read_whole(service: Service, case: sealing.Case) -> None:
    """Reads the case's messages. Raises `SealingError` if it can't."""
    for one in rows(service, Message):
        if one.case_id == case.case_id:
            case.read("message", one.id, one.envelope)


def opened(service: Service, who: Person) -> set[str]:
    """The kinds of things that this person's keys open."""
    others = [one.id for one in rows(service, Account) if one.id != who.id]
    done = set()
    for what, attempt in tries(who, others, service):
        try:
            attempt()
        except SealingError:
            continue
        done.add(what)
    return done


# --- by calls -------------------------------------------------------------------------------


def check_calls(service: Service, who: Person, references: Sequence[str]) -> None:
    """No call shows anything of a case to this person."""
    ids = [str(one.id) for one in rows(service, Case)]
    for reference in references:
        unknown = service.get(f"/cases/{UNKNOWN}", who.bearer)
        for method, rest, body in (
            ("GET", "", None), ("GET", "/messages", None), ("GET", "/notes", None),
            ("GET", "/classification", None), ("GET", "/epochs", None), ("GET", "/links", None),
            ("GET", "/consents", None), ("GET", "/draft", None), ("GET", "/status", None),
            ("POST", "/messages", text()), ("PATCH", "", {"status": "closed"}),
            ("POST", "/readers", {"handler": str(who.id)}),
        ):  # fmt: skip
            with nothing_stored(service):
                answer = service.call(method, f"/cases/{reference}{rest}", body, who.bearer)
            assert answer.status_code == 404, (method, rest, answer.text)
            if (method, rest) == ("GET", ""):
                assert answer.data == unknown.data
    seen = [
        service.get("/cases", who.bearer),
        service.get("/audit?organisation=eeast", who.bearer),
        service.get("/accounts?organisation=eeast", who.bearer),
        service.get("/statistics?organisation=eeast", who.bearer),
        service.post("/search", {"text": "invented"}, who.bearer),
    ]
    for answer in seen:
        assert not any(one in answer.text for one in (*references, *ids)), answer.text
    assert seen[0].get_json()["items"] == []


def check_roster_refused(service: Service, who: Person, *more: roster.Entry) -> None:
    """A record that this person signs is stored by no call, and taken by no client."""
    with service.database.read() as db:
        organisation = organisations.find(db, "eeast")
        before = organisations.read_roster(db, organisation)
        today = organisations.today(db, organisation)
    handlers = (*(one for one in before.newest.handlers if one.id != who.id), *more)
    ended = tuple(replace(one, until=today) for one in before.newest.handlers if one.id == who.id)
    for listed in ((*handlers, *ended), (*before.newest.handlers, *more)):
        signed = roster.sign(roster.following(before, listed, who.id, today), who.keys)
        body = {"record": b64(signed.record), "signature": b64(signed.signature)}
        with nothing_stored(service):
            answer = service.post(ROSTER, body, who.bearer)
        assert answer.status_code in (403, 404), answer.text
        with pytest.raises(WrenError):
            roster.check((*before.signed, signed), "eeast")
    for body in ({"approve": str(who.id)}, {"retire": str(service.handlers["handler-1"].id)}):
        with nothing_stored(service):
            assert service.post(ROSTER, body, who.bearer).status_code in (403, 404)


def entry(who: Person, name: str) -> roster.Entry:
    return roster.Entry(who.id, name, tuple(DESKS), who.keys.seal_key, who.keys.sign_key)


def take_all(service: Service) -> tuple[Person, Person, Person]:
    """All that an administrator can make of the calls: itself, a puppet, and handler-2."""
    me = administrator(service)
    puppet = invited(
        service, me, "puppet", role="handler", display_name="handler-9", desks=["guardian"]
    )
    taken = invited(service, me, account=str(service.handlers["handler-2"].id))
    for one in (puppet, taken):
        body = {"organisation": "eeast", "desks": DESKS}
        answer = service.call("PATCH", f"/accounts/{one.id}", body, me.bearer)
        assert answer.status_code == 200, answer.text
    return me, puppet, taken


def test_it_works(service: Service) -> None:
    past = [worked_on(service), service.open_case(desk="senior-manager")[0]]
    everybody = take_all(service)
    future = [worked_on(service), service.open_case(desk="senior-manager")[0]]
    for who in everybody:
        check_calls(service, who, [*past, *future])
        assert opened(service, who) == set()
        check_roster_refused(service, who, entry(who, "handler-9"))
        check_roster_refused(service, who)


def test_a_reader_opens_them(service: Service) -> None:
    """The same tries with a handler's keys: what is looked for can be found."""
    worked_on(service)
    one = service.handlers["handler-1"]
    reader = Person(one.id, "", one.keyring, bytes(32), bytes(16))
    assert opened(service, reader) == {"case key", "draft", "case"}


def test_who_writes_a_report_opens_it(service: Service) -> None:
    """The same try with what the browser holds: what is looked for can be found."""
    secret = unb64(being_written(service).removeprefix(report_drafts.PREFIX))
    (one,) = rows(service, ReportDraft)
    assert b"half written" in open_report_draft(secret, one)
    assert b"half written" not in one.sealed


def test_who_writes_to_the_database_opens_nothing_either(service: Service) -> None:
    past = worked_on(service)
    me, puppet, taken = take_all(service)

    def forge(db: Any) -> None:
        db.execute(update(Position).values(listed=True))
        case = db.scalars(select(Case)).one()
        for who in (me, puppet, taken):
            if db.get(CaseAccess, (who.id, case.id)) is None:
                db.add(CaseAccess(handler=who.id, case_id=case.id, inbox_number=99,
                                  seal_key=who.keys.seal_key, until=None))  # fmt: skip
            for desk in db.scalars(select(Desk)):
                if db.get(Membership, (who.id, desk.id)) is None:
                    db.add(Membership(account_id=who.id, desk_id=desk.id))

    service.database.write(forge)
    future = worked_on(service)
    for who in (me, puppet, taken):
        assert opened(service, who) == set()
        for path in (f"/cases/{past}", f"/cases/{past}/messages", f"/cases/{past}/notes"):
            answer = service.get(path, who.bearer)
            assert "An invented" not in answer.text
            assert "Invented." not in answer.text
        assert "An invented" not in service.get(f"/cases/{future}", who.bearer).text
        with service.database.read() as db:
            case = db.scalars(select(Case).where(Case.reference == future)).one()
        assert not any(
            one.case_id == case.id and one.reader in (me.id, puppet.id)
            for one in rows(service, CaseKey)
        )


def test_a_roster_written_into_the_database_is_no_roster(service: Service) -> None:
    me, puppet, _ = take_all(service)
    with service.database.read() as db:
        organisation = organisations.find(db, "eeast")
        before = organisations.read_roster(db, organisation)
        today = organisations.today(db, organisation)
    for signer in (me, puppet):
        listed = (*before.newest.handlers, entry(puppet, "handler-9"))
        forged = roster.sign(roster.following(before, listed, signer.id, today), signer.keys)

        def store(db: Any, forged: Any = forged) -> None:
            db.merge(RosterRecord(
                organisation_id=organisation.id, version=before.newest.version + 1,
                record=forged.record, signature=forged.signature,
            ))  # fmt: skip

        service.database.write(store)
        body, _ = service.report()
        answer = service.post("/organisations/eeast/cases", body)
        check_problem(answer, 422, "broken_chain")
        assert rows(service, Case) == []


def test_until_a_real_handler_approves(service: Service) -> None:
    """What the words on the page say: compare the fingerprint, since approval is what opens."""
    past = worked_on(service)
    _, puppet, _ = take_all(service)
    shown = next(one for one in newcomers(service) if one["id"] == str(puppet.id))
    assert shown["fingerprint"] == keyring.fingerprint(puppet.keys.seal_key, puppet.keys.sign_key)
    answer = service.post(ROSTER, {"approve": str(puppet.id)}, service.handler())
    assert answer.status_code == 200
    future, _ = service.open_case()
    report = service.get(f"/cases/{future}", puppet.bearer).get_json()["report"]
    assert "An invented story" in report["content"]["story"]
    # What came before stays closed: nobody sealed it to them.
    check_problem(service.get(f"/cases/{past}", puppet.bearer), 404, "not_found")
    with service.database.read() as db:
        old = db.scalars(select(Case.id).where(Case.reference == past)).one()
    assert all(one.reader != puppet.id for one in rows(service, CaseKey) if one.case_id == old)
