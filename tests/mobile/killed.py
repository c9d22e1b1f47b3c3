"""The app's engine in a process of its own that a test kills at a chosen step of sending.

`python -m tests.mobile.killed` imports everything once and then forks for each line of JSON on
its input: a child counts every write to the store and every call of the service, and stops for
good before the step that it was told, or at the end. It says on the output where it is.

After one step and before the next is the same moment: nothing outside the process differs.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from mobile.draft import Draft
from mobile.evidence import REPORT, Pieces, tidy
from mobile.guide import Guide
from mobile.item import TEXT
from mobile.notebook import Notebook
from mobile.organisation import Organisation
from mobile.outbox import Answers, Outbox
from mobile.store import Record, Store
from shared import attaching
from shared.client import Client
from tests.standing import cheaply, remembered

PIN = "271828"


def tell(**found: Any) -> None:
    """One line to the test."""
    print(json.dumps(found), flush=True)


class Steps:
    """Counts steps; at the one to stop at, waits to be killed."""

    def __init__(self, stop: int) -> None:
        self.stop = stop
        self.names: list[str] = []

    def step(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self.stop:
            tell(at=name, pid=os.getpid())
            time.sleep(60)


class SteppedStore:
    """The notebook, with a step before each write."""

    def __init__(self, store: Store, steps: Steps) -> None:
        self._store, self._steps = store, steps
        self.get, self.all, self.part, self.tidy = store.get, store.all, store.part, store.tidy

    def put(self, kind: str, name: str, record: Record) -> None:
        self._steps.step(f"put {kind} {record.get('state', '')}")
        self._store.put(kind, name, record)

    def drop(self, kind: str, name: str) -> None:
        self._steps.step(f"drop {kind}")
        self._store.drop(kind, name)

    def put_part(self, name: str, number: int, data: bytes) -> None:
        self._steps.step(f"put part {number}")
        self._store.put_part(name, number, data)

    def drop_parts(self, name: str) -> None:
        self._steps.step("drop parts")
        self._store.drop_parts(name)


class SteppedClient(Client):
    """The real client, with a step before each call."""

    def __init__(self, address: str, *, steps: Steps) -> None:
        super().__init__(address)
        self._steps = steps

    def _call(self, method: str, path: str, *args: Any, **more: Any) -> dict[str, Any]:
        self._steps.step(f"{method} {re.sub('[0-9a-f-]{36}', 'ID', path)}")
        return super()._call(method, path, *args, **more)

    def put_chunk(self, path: str, attachment: UUID, n: int, data: bytes, bearer: str) -> None:
        self._steps.step("PUT a chunk")
        super().put_chunk(path, attachment, n, data, bearer)


def run(told: dict[str, Any]) -> None:
    """The app is started, and does what is left to do. It presses *Send* only if that never was.

    `texts` are the messages of the kept case; none: the kept draft is sent as a report, with
    the kept pieces of evidence.
    """
    attaching.upload.__defaults__ = None, 1  # one chunk after the other

    steps = Steps(told["stop"])
    book = Notebook.open(Path(told["directory"]), PIN)
    tidy(book)
    guide = Guide(Path(told["directory"]))
    organisation = Organisation(told["address"], guide, partial(SteppedClient, steps=steps))
    outbox = Outbox(SteppedStore(book, steps), organisation, Organisation)
    if told["texts"] is None and not outbox.reports():
        draft = Draft()
        draft.take(book.get("draft", "report") or {})
        pieces = Pieces(lambda: outbox._items.store, REPORT, dict).all()
        outbox.put_report(Answers.of(draft), pieces=pieces, text="Evidence.")
    elif told["texts"]:
        (case,) = book.all("case").values()
        for text in told["texts"]:
            outbox._items.new(
                TEXT, organisation.address, case=case["reference"], content={"text": text}
            )
    items = outbox.send_due()
    if outbox.next_due() == 0:  # the report's evidence
        items = outbox.send_due()
    steps.step("the end")
    tell(
        steps=steps.names,
        items=[[one.state, one.why, one.words] for one in items],
        kept=[len(book.all(kind)) for kind in ("draft", "outbox")],
    )


def main() -> None:
    """Forks a child for each line, and says how it ended."""
    for line in sys.stdin:
        told = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                with remembered(), cheaply():  # as the service of the test does
                    run(told)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(0)
        _, status = os.waitpid(child, 0)
        tell(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
