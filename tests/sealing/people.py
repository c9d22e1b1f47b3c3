"""An organisation with four handlers, and a reporter, for the tests of behaviour."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from shared.sealing import case, roster, stretch, tokens
from shared.sealing.case import Case, NewCase, NewEpoch, SealedEpoch
from shared.sealing.epochs import Party
from shared.sealing.keyring import Keyring
from shared.sealing.message import Message

DAY, SLUG, SALT = date(2026, 3, 2), "east-ambulance", bytes(range(16))
RECEIPT_KEY = Keyring.new()


@dataclass(frozen=True)
class Handler:
    id: UUID
    keyring: Keyring
    entry: roster.Entry

    @property
    def party(self) -> Party:
        return case.party(self.entry)


def new_handler(name: str, *desks: str) -> Handler:
    handler_id, keys = uuid4(), Keyring.new()
    return Handler(
        handler_id,
        keys,
        roster.Entry(handler_id, name, desks or ("guardian",), keys.seal_key, keys.sign_key),
    )


ADA, BEN, CYD = new_handler("Ada"), new_handler("Ben"), new_handler("Cyd", "managers")
OUTSIDER = new_handler("Mal", "managers")


def make_roster(*handlers: Handler) -> roster.Roster:
    """The first handler signs all records."""
    first = handlers[0]
    record = roster.first(SLUG, first.entry, [RECEIPT_KEY.sign_key], DAY)
    checked = roster.check([roster.sign(record, first.keyring)], SLUG)
    if handlers[1:]:
        following = roster.following(checked, [one.entry for one in handlers], first.id, DAY)
        signed = [*checked.signed, roster.sign(following, first.keyring)]
        checked = roster.check(signed, SLUG, checked.pin())
    return checked


ROSTER = make_roster(ADA, BEN, CYD, OUTSIDER)


class Store:
    """A service that keeps what it is given, and hands each reader its part."""

    def __init__(self, *excluded: Handler, story: str = "A group chat.") -> None:
        self.case_id, self.token = uuid4(), tokens.new_token()
        self.root = stretch.root_of(os.urandom(32))
        left_out = {one.id for one in excluded}
        self.new: NewCase = case.open_case(
            self.case_id,
            uuid4(),
            self.root,
            case.readers_of(ROSTER, "guardian", left_out),
            {"story": story, "excluded": sorted(str(one) for one in left_out)},
            DAY,
        )
        self.epochs: list[NewEpoch] = [self.new.epoch]

    @property
    def reporter(self) -> Party:
        return case.reporter_party(self.root.keyring.seal_key, self.root.keyring.sign_key)

    def sealed_for(self, reader: UUID) -> list[SealedEpoch]:
        return [
            SealedEpoch(
                one.purpose,
                one.epoch,
                one.case_key,
                one.record,
                one.signature,
                one.readers.get(reader),
                one.previous_key,
            )
            for one in self.epochs
        ]

    def unlock(self, reader: Handler | None = None) -> Case:
        """The case as a handler has it open, or the reporter."""
        me = reader.id if reader else UUID(int=0)
        keys = reader.keyring if reader else self.root.keyring
        return case.unlock(self.case_id, me, keys, self.sealed_for(me), self.reporter, ROSTER)


def text(opened: Case, words: str, seq: int = 1, kind: str = "text") -> Message:
    return Message(opened.author(), DAY, seq, kind, {"text": words})
