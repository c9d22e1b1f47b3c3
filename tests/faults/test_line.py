"""The app over a line with faults: nothing is lost, nothing is doubled, and it goes on by itself.

Over TLS, as on a phone, through `tests.faults.line`. A fault is stepped through all that is sent.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from api.models.attachment import Attachment
from api.models.case import Case
from api.models.message import Message
from mobile.organisation import Organisation
from shared.client import Client
from shared.errors import LineError
from shared.sealing.stream import CHUNK
from tests.api.flooding import set_up
from tests.faults.line import DOWN, QUICK, SLOW, WAYS, Fault, FaultyLine, faulty
from tests.faults.secure import secured
from tests.mobile.evident import add_file, begun, bytes_of, got
from tests.mobile.phone import Phone, answers
from tests.online import Online
from tests.online import online as serve_online
from tests.ordeal import tell
from tests.standing import Standing

SIZE = CHUNK + 5
SAID = "Said after it."
PATIENCE = 2.0
"""Seconds that the app waits for the next bytes here, and not thirty."""


BREAKING = [one for one in QUICK if one not in ("delay", "trickle")]


class Noting(Client):
    """The real client; notes how far the line was once something was stored."""

    def __init__(self, address: str, line: FaultyLine, notes: list[int], **more: Any) -> None:
        super().__init__(address, **more)
        self._faulty, self._notes = line, notes

    def _call(self, method: str, *more: Any, **options: Any) -> dict[str, Any]:
        found = super()._call(method, *more, **options)
        if method != "GET":
            self._notes.append(self._faulty.passed[DOWN])
        return found

    def put_chunk(self, *more: Any) -> None:
        super().put_chunk(*more)
        self._notes.append(self._faulty.passed[DOWN])


class Far(Phone):
    """The app, whose every connection goes through the line."""

    def __init__(self, line: FaultyLine, patience: float) -> None:
        self.line, self.patience = line, patience
        self.stored: list[int] = []
        super().__init__(f"{line.url}/o/eeast")

    def start(self) -> None:
        make = partial(Noting, line=self.line, notes=self.stored, connect=60, answer=self.patience)
        self.organisation = Organisation(self.address, client=make)
        self.outbox = self.make_outbox(other=lambda address: Organisation(address, client=make))


@pytest.fixture
def online(sqlite_standing: Standing, monkeypatch: pytest.MonkeyPatch) -> Iterator[Online]:
    with sqlite_standing.lent() as service, serve_online(service, monkeypatch) as found:
        yield found


@pytest.fixture
def line(online: Online, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyLine]:
    app = online.service.app
    with secured(app, tmp_path, monkeypatch) as upstream, faulty(upstream) as made:
        yield made


def counts(online: Online) -> list[int]:
    """How many cases, messages and attachments the service has."""

    def read(db: Any) -> list[int]:
        return [
            int(db.scalar(select(func.count()).select_from(one)) or 0)
            for one in (Case, Message, Attachment)
        ]

    return online.service.database.write(read)


class Sending:
    """A report with a file, and a message behind it, sent over the line as the app does it."""

    def __init__(
        self, line: FaultyLine, online: Online, story: str, patience: float = PATIENCE
    ) -> None:
        self.online, self.story = online, story
        self.phone = Far(line, patience)
        self.tries = 0

    def go(self, *, restarts: bool = False) -> None:
        """Looks again and again, as long as something waits; may be killed between two tries."""
        phone, before = self.phone, counts(self.online)
        there = begun(phone.store)
        add_file(there, SIZE)
        name = phone.outbox.put_report(answers(self.story), pieces=there.all(), text="A file.")
        self._until_sent(restarts)
        sent = phone.item(name)
        assert (sent.state, sent.why, sent.earlier) == ("sent", "", False)
        phone.outbox._items.new("text", phone.address, case=sent.case, content={"text": SAID})
        self._until_sent(restarts)
        assert [now - then for now, then in zip(counts(self.online), before, strict=True)] == [
            1, 3, 1,
        ]  # fmt: skip
        self._arrived_whole(sent.case)

    def _until_sent(self, restarts: bool) -> None:
        phone = self.phone
        for _ in range(60):
            if not phone.outbox.unsent():
                return
            self.tries += 1
            phone.outbox.send_due()
            if restarts:
                phone.restart()
            phone.clocks.pass_(600)
        raise AssertionError([(one.state, one.code, one.why) for one in phone.outbox.items()])

    def _arrived_whole(self, reference: str) -> None:
        case = self.online.case(reference)
        assert [one.problem for one in case.thread()] == [None] * 3
        said = [one.content or {} for one in case.thread()]
        assert said[0]["story"] == self.story
        assert [one["text"] for one in said[1:]] == ["A file.", SAID]
        ((*_, data),) = got(case)
        assert data == bytes_of(SIZE)


def places(line: FaultyLine, online: Online) -> list[tuple[str, int]]:
    """Where a sending can be hit: each request and each answer of one without faults."""
    line.break_()
    Sending(line, online, "Nothing is wrong.").go()
    return line.places()


def test_it_works(line: FaultyLine, online: Online) -> None:
    """Without a fault each thing is sent at the first try."""
    line.break_()
    sending = Sending(line, online, "Nothing is wrong.", patience=60)
    sending.go()
    assert (sending.tries, line.struck) == (3, 0)
    assert len(line.places()) > 50


def stepped(line: FaultyLine, online: Online, kind: str, where: Sequence[tuple[str, int]]) -> int:
    """Sends once for each of these places; how many faults struck."""
    struck = 0
    for step, (way, after) in enumerate(where):
        line.break_(Fault(kind, way, after))
        try:
            Sending(line, online, f"{kind}, {way}, {after}").go(restarts=step % 2 == 1)
        except BaseException as error:
            error.add_note(f"{kind} {way} after {after}")
            raise
        struck += line.struck
    return struck


@pytest.mark.ordeal
def test_the_answer_is_lost_of_each_thing_that_was_stored(
    line: FaultyLine, online: Online
) -> None:
    """The case, the file and its chunks, the messages: the worst moment of each."""
    line.break_()
    sending = Sending(line, online, "Nothing is wrong.")
    sending.go()
    stored = sending.phone.stored
    assert len(stored) >= 8
    ends = [(DOWN, at - 30) for at in stored]
    assert stepped(line, online, "reset", ends) > len(ends) - 2


@pytest.mark.parametrize(
    "kind",
    [
        one if one == "reset" else pytest.param(one, marks=pytest.mark.ordeal)
        for one in (*QUICK, *SLOW)
    ],
)
def test_nothing_is_lost_or_doubled(line: FaultyLine, online: Online, kind: str) -> None:
    """`late`: what the app gave up arrives after it, at the same time as the next try."""
    all_of_them, at = places(line, online), [*QUICK, *SLOW].index(kind)
    few = all_of_them[at :: len(all_of_them) // (3 if kind in QUICK else 1)]
    assert stepped(line, online, kind, few)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", BREAKING)
def test_a_client_says_what_it_was_and_can_ask_again(
    line: FaultyLine, kind: str, way: str
) -> None:
    """Neither half an answer nor one that somebody spoilt is taken for the service's word."""
    client = Client(line.url, answer=PATIENCE)
    whole = client.organisation("eeast")
    line.break_(Fault(kind, way, 300))
    with pytest.raises(LineError):
        client.organisation("eeast")
    assert line.struck == 1
    assert client.organisation("eeast") == whole


@pytest.mark.ordeal
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", [*QUICK, *SLOW])
def test_at_every_step_of_sending(line: FaultyLine, online: Online, kind: str) -> None:
    where = places(line, online)
    # Between them the kinds that break it come to each step.
    every = len(BREAKING) if kind in BREAKING else 16
    where = where[[*QUICK, *SLOW].index(kind) :: every]
    struck = stepped(line, online, kind, where)
    tell(
        "line",
        f"a report, a file and a message; {kind} at each step",
        tried=struck,
        lost=0,
        note="each arrived whole, and once",
    )
    assert struck > len(where) / 2


@pytest.mark.ordeal
@pytest.mark.timeout(900)
@pytest.mark.parametrize("flooded", [False, True], ids=["quiet", "flooded"])
def test_over_a_line_that_is_bad_all_the_time(
    line: FaultyLine, online: Online, monkeypatch: pytest.MonkeyPatch, *, flooded: bool
) -> None:
    """Faults of every kind by chance, several in each sending, and the app killed in between.

    Under a flood each report has to bring work, too, which is fetched over the same line.
    """
    flood = set_up(online.service, monkeypatch, work_from=1) if flooded else None
    where, chance = places(line, online), random.Random(8)
    tries = struck = 0
    for number in range(20):
        if flood is not None:
            flood.rises()
        hit = chance.sample(where, 12)
        faults = [Fault(chance.choice([*QUICK, *QUICK, *SLOW]), *one) for one in hit]
        line.break_(*faults)
        sending = Sending(line, online, f"Bad, number {number}.")
        try:
            sending.go(restarts=True)
        except BaseException as error:
            error.add_note(repr(faults))
            raise
        tries, struck = tries + sending.tries, struck + line.struck
    tell(
        "line",
        "a report, a file and a message over a line that is bad all the time, "
        + ("while work is asked for" if flooded else "while it is quiet"),
        tried=20,
        lost=0,
        note=f"{struck} faults struck, {tries} tries; each arrived whole, and once",
    )
    assert struck > 40
