"""Uploads the pieces of a message, before the message that names them. No Kivy here.

Each piece is sealed once, which is kept before anything of it is sent. An upload that broke off
goes on where it stopped. Who was shut out of the case meanwhile is shut out of the pieces too.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from uuid import UUID

from mobile.enclosed import Enclosed, reseal, said, stage, staged
from mobile.item import OutboxItem
from mobile.items import Items
from shared.conversation import ReporterCase
from shared.errors import Conflict, EpochChanged, Invalid, WrenError
from shared.sealing.encoding import unb64
from shared.sealing.epochs import MESSAGES
from shared.sealing.stream import chunk_count
from shared.thread import Prepared


class Uploading:
    """For one case. Everything here blocks. `busy` is held by who changes what is known of it."""

    def __init__(
        self, case: ReporterCase, items: Items, busy: AbstractContextManager[Any]
    ) -> None:
        self._case, self._items, self._busy = case, items, busy

    def upload(self, item: OutboxItem) -> OutboxItem:
        """Returns the item once the service has all of its pieces, durably.

        Raises what `OpenCase.attach` does, `Lost`, `NotKept`, `Gone` if it was taken back, and
        `GivesWay` while something else is due.
        """
        before = 0
        of = sum(staged_chunks(one) for one in item.pieces)
        for one in item.pieces:
            item = self._upload_one(item, one, before, of)
            before += staged_chunks(one)
        return item

    def prepare(self, item: OutboxItem) -> Prepared:
        """Seals the message that names the pieces, which were uploaded."""
        hows = [item.staged[one["parts"]] for one in item.pieces]
        attached = [
            self._case.keys.attached(UUID(how["id"]), unb64(how["envelope"])) for how in hows
        ]
        pieces = [said(one, how) for one, how in zip(item.pieces, hows, strict=True)]
        return self._case.prepare(item.text, attached, pieces)

    def _upload_one(self, item: OutboxItem, one: Enclosed, before: int, of: int) -> OutboxItem:
        def progress(done: int, _of: int) -> None:
            self._items.progress(item.name, before + done, of)

        for again in (True, True, False):
            item = self._staged(item, one)
            how = item.staged[one["parts"]]
            try:
                self._case.attach(staged(one, how, lambda: self._items.store), progress)
            except EpochChanged:  # nothing of it is stored: sealed again, for those who read now
                with self._busy:
                    self._case.refresh()
                item = self._keep(item, one, reseal(one, how, self._case.keys))
                if not again:
                    raise
            except Conflict:  # stored as another one: what was kept here is not what was sent
                item = self._keep(item, one, stage(one, self._case.keys))
                if not again:
                    raise
            else:
                break
        return item

    def _staged(self, item: OutboxItem, one: Enclosed) -> OutboxItem:
        """The item with this piece sealed, for nobody who does not read the case any more."""
        how = item.staged.get(one["parts"])
        if how is not None and self._holds(how):
            return item
        return self._keep(item, one, stage(one, self._case.keys))

    def _holds(self, how: Mapping[str, str]) -> bool:
        keys = self._case.keys
        newest = set(keys.records[MESSAGES][-1].readers)
        return newest.issuperset(keys.readers_of("message", unb64(how["envelope"])))

    def _keep(self, item: OutboxItem, one: Enclosed, how: dict[str, str]) -> OutboxItem:
        """Kept before it is sent; the message that named the piece otherwise is made anew."""
        now = self._items.get(item.name) or item
        new = {**now.staged, one["parts"]: how}
        return self._items.put(replace(now, staged=new, sealed=(), current=False))


def staged_chunks(one: Enclosed) -> int:
    """How many chunks a piece has."""
    return chunk_count(one["size"])


def plainly(error: WrenError) -> WrenError:
    """A refusal of a piece with the sentence that says why, if the service gave one."""
    if isinstance(error, Invalid):
        for faults in error.errors.values():
            if isinstance(faults, list) and faults:
                return Invalid(str(faults[0]), errors=error.errors)
    return error
