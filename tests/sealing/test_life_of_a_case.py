"""A case from its report to its last reader, each reader seeing just what is theirs."""

from __future__ import annotations

import io
from dataclasses import replace
from hashlib import sha256
from uuid import UUID, uuid4

import pytest

from shared.errors import BadSignature, BrokenChain, Damaged, WrongKey
from shared.sealing import case, roster, stream
from shared.sealing.keyring import Keyring
from tests.sealing.people import ADA, BEN, CYD, DAY, OUTSIDER, ROSTER, SLUG, Handler, Store, text


def test_it_works() -> None:
    store = Store()
    for reader in (None, ADA, BEN):
        found = store.unlock(reader).read("message", store.new.message_id, store.new.envelope)
        assert found.body["story"] == "A group chat."
        assert (found.author, found.seq) == ("reporter", 1)
    with pytest.raises(WrongKey):
        store.unlock(OUTSIDER).read("message", store.new.message_id, store.new.envelope)


def test_replies_go_both_ways() -> None:
    store = Store()
    for writer, reader in ((ADA, None), (None, BEN), (BEN, ADA)):
        message_id, mine = uuid4(), store.unlock(writer)
        sealed = mine.write("message", message_id, text(mine, "Who else knew?"))
        found = store.unlock(reader).read("message", message_id, sealed)
        assert (found.author, found.body) == (mine.author(), {"text": "Who else knew?"})


def test_a_reader_cannot_write_as_another() -> None:
    store, message_id = Store(), uuid4()
    mine = store.unlock(ADA)
    as_reporter = replace(text(mine, "I withdraw."), author="reporter")
    sealed = mine.write("message", message_id, as_reporter)
    with pytest.raises(BadSignature):
        store.unlock().read("message", message_id, sealed)


def test_a_newcomer_reads_back_and_who_leaves_reads_no_more() -> None:
    store = Store()
    store.epochs.append(store.unlock(ADA).grant([store.reporter, ADA.party, CYD.party]))
    report = store.unlock(CYD).read("message", store.new.message_id, store.new.envelope)
    assert report.type == "report"
    message_id, mine = uuid4(), store.unlock()
    sealed = mine.write("message", message_id, text(mine, "Only Ada and Cyd.", 2))
    assert store.unlock(CYD).read("message", message_id, sealed).seq == 2
    gone = store.unlock(BEN)
    assert gone.read("message", store.new.message_id, store.new.envelope) == report
    with pytest.raises(WrongKey):
        gone.read("message", message_id, sealed)
    with pytest.raises(WrongKey):
        gone.grant([store.reporter, BEN.party])


def test_notes_are_for_handlers_and_follow_the_readers() -> None:
    store, note_id = Store(), uuid4()
    with pytest.raises(BrokenChain):
        store.unlock(ADA).write("note", note_id, text(store.unlock(ADA), "Early.", 1, "note"))
    with pytest.raises(BrokenChain):
        store.unlock().grant_notes()
    store.epochs.append(store.unlock(ADA).grant_notes())
    mine = store.unlock(ADA)
    sealed = mine.write("note", note_id, text(mine, "Rang at ten.", 1, "note"))
    assert store.unlock(BEN).read("note", note_id, sealed).body == {"text": "Rang at ten."}
    with pytest.raises(WrongKey):
        store.unlock().read("note", note_id, sealed)
    store.epochs.append(store.unlock(BEN).grant([store.reporter, BEN.party, CYD.party]))
    with pytest.raises(BrokenChain):
        store.unlock(BEN).write("note", uuid4(), text(store.unlock(BEN), "Later.", 1, "note"))
    with pytest.raises(BrokenChain):
        store.unlock(CYD).grant_notes()
    store.epochs.append(store.unlock(BEN).grant_notes())
    assert store.unlock(CYD).read("note", note_id, sealed).seq == 1
    store.unlock(CYD).write("note", uuid4(), text(store.unlock(CYD), "Now.", 1, "note"))


def test_where_no_reader_of_the_notes_remains_a_newcomer_begins_again() -> None:
    store, note_id = Store(), uuid4()
    store.epochs.append(store.unlock(ADA).grant_notes())
    mine = store.unlock(ADA)
    old = mine.write("note", note_id, text(mine, "Rang at ten.", 1, "note"))
    store.epochs.append(store.unlock(ADA).grant([store.reporter, CYD.party]))
    store.epochs.append(store.unlock(CYD).grant_notes())
    newcomer = store.unlock(CYD)
    with pytest.raises(WrongKey):
        newcomer.read("note", note_id, old)
    newcomer.write("note", uuid4(), text(newcomer, "From here on.", 1, "note"))
    assert store.unlock(ADA).read("note", note_id, old).seq == 1


def test_exclusion_holds_against_handlers_and_yields_to_the_reporter() -> None:
    store = Store(BEN)
    assert BEN.id not in store.new.epoch.readers
    let_in = [store.reporter, ADA.party, BEN.party]
    by_handler, by_reporter = store.unlock(ADA).grant(let_in), store.unlock().grant(let_in)
    for epoch, refused in ((by_handler, True), (by_reporter, False)):
        store.epochs[1:] = [epoch]
        for reader in (None, ADA, BEN):
            opened = store.unlock(reader)
            if refused:
                with pytest.raises(BrokenChain):
                    opened.read("message", store.new.message_id, store.new.envelope)
            else:
                opened.read("message", store.new.message_id, store.new.envelope)
    store.epochs.append(store.unlock(BEN).grant_notes())
    store.unlock(ADA).read("message", store.new.message_id, store.new.envelope)


def test_who_changed_keys_reads_back_by_way_of_a_colleague() -> None:
    store = Store()
    keys = Keyring.new()
    changed = replace(ADA.entry, seal_key=keys.seal_key, sign_key=keys.sign_key)
    older = replace(ADA.entry, until=DAY)
    others = [BEN.entry, CYD.entry, OUTSIDER.entry]
    record = roster.following(ROSTER, [older, changed, *others], BEN.id, DAY)
    signed = [*ROSTER.signed, roster.sign(record, BEN.keyring)]
    newer = roster.check(signed, SLUG, ROSTER.pin())
    again = Handler(ADA.id, keys, changed)
    store.epochs.append(store.unlock(BEN).grant([store.reporter, again.party, BEN.party]))
    opened = case.unlock(
        store.case_id, ADA.id, keys, store.sealed_for(ADA.id), store.reporter, newer
    )
    found = opened.read("message", store.new.message_id, store.new.envelope)
    assert found.body["story"] == "A group chat."


def test_an_attachment_is_the_one_that_its_message_names() -> None:
    store, data = Store(), b"a screenshot" * 9000
    mine, attachment_id, message_id = store.unlock(), uuid4(), uuid4()
    key = stream.new_key()
    chunks = list(stream.encrypt(io.BytesIO(data), len(data), key))
    described = stream.Description(key, "a.png", "image/png", len(data), sha256(data).digest())
    sealed = mine.seal_attachment("message", attachment_id, described)
    swapped = mine.seal_attachment("message", attachment_id, described)
    content = replace(
        text(mine, "See this.", 2), attachments=(mine.attached(attachment_id, sealed),)
    )
    envelope = mine.write("message", message_id, content)
    reader = store.unlock(BEN)
    (named,) = reader.read("message", message_id, envelope).attachments
    assert (
        b"".join(stream.decrypt(chunks, reader.open_attachment("message", named, sealed))) == data
    )
    with pytest.raises(Damaged):
        reader.open_attachment("message", named, swapped)


def test_a_case_recorded_by_a_handler_has_its_author() -> None:
    store, case_id, message_id = Store(), uuid4(), uuid4()
    made = case.open_case(
        case_id, message_id, store.root, [ADA.entry], {"story": "By phone."}, DAY,
        (f"handler:{ADA.id}", ADA.keyring),
    )  # fmt: skip
    store.case_id, store.epochs = case_id, [made.epoch]
    found = store.unlock().read("message", message_id, made.envelope)
    assert found.author == f"handler:{ADA.id}"
    assert UUID(found.author.removeprefix("handler:")) in made.epoch.readers
