"""Of what a reporter does the day is kept, never the time: it could be held against a rota."""

from __future__ import annotations

import re
import shutil
import struct
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from api.models.case import Case
from api.models.organisation import Organisation
from api.rules import consents
from tests.conftest import Template
from tests.journeys.marks import rows
from tests.service import Clock, Service
from tests.web import tour
from tests.web.hands import Hands

ISO = re.compile(rb"20\d\d-\d\d-\d\d[T _]\d\d|\b\d\d:\d\d:\d\d\b")
HEX_ID = re.compile(r"[0-9a-f]{32}\Z")
WINDOW = 300


class Moving(Clock):
    """A clock that reads the true time, so that what the database adds by itself shows too."""

    def __call__(self) -> float:
        return time.time()


def act(service: Service) -> tuple[float, float]:
    """All that a reporter can do; from when until when."""
    began = time.time()
    _, token = service.open_case()
    _, other = service.open_case(urgent=True)
    for words in (token, other):
        bearer = service.reporter(words)
        for urgent in (False, True):
            body = {"id": str(uuid4()), "content": {"text": "Invented."}, "urgent": urgent}
            assert service.post("/case/messages", body, bearer).status_code == 201
        assert service.post("/case/read", {"number": 1}, bearer).status_code == 200
        assert service.get("/case/proof", bearer).status_code == 200
        decide(service, bearer)
    assert service.call("DELETE", "/session", bearer=bearer).status_code == 204
    back = service.post("/sessions", {"token": token.upper()})
    assert back.status_code == 201
    _, gone = service.open_case()
    withdrawing = service.reporter(gone)
    assert service.call("DELETE", "/case", bearer=withdrawing).status_code == 200
    put(service, UUID(service.get("/case", back.get_json()["session"]).get_json()["case_id"]),
        {"legal_hold": "A claim, invented."})  # fmt: skip
    held = service.call("DELETE", "/case", bearer=back.get_json()["session"])
    assert held.get_json()["held"] is True
    return began, time.time()


def act_in_a_browser(service: Service) -> tuple[float, float]:
    """The same by the reporter's pages, and what is there while one writes."""
    began = time.time()
    writing, hands, leaver = Hands(service), Hands(service), Hands(service)
    tour.begin(writing)
    tour.to(writing, tour.CHECK, tour.STORY)
    tour.begin(leaver)
    tour.to(leaver, 4, tour.STORY)
    leaver.go("/leave", 303)
    words = tour.report(hands)
    hands.press()
    hands.press({"text": "Invented."})
    decide(service, service.reporter(words))
    case = tour.come_back(hands, words)
    for path in ("people", "other", "last", "file", "end", "end/sure"):
        hands.go(f"{case}/{path}")
    hands.press()
    return began, time.time()


def decide(service: Service, bearer: str) -> None:
    """What a reporter decides: consent, who reads, another desk, the end.

    A handler asks and closes; that is put into the database, where no hour is kept either.
    """
    case_id = UUID(service.get("/case", bearer).get_json()["case_id"])
    three = str(service.handlers["handler-3"].id)
    asked, who = uuid4(), service.handlers["handler-1"]
    content = {
        "handlers": [UUID(three)],
        "role": "Adviser",
        "purpose": "To advise",
        "until": date.today() + timedelta(30),
    }
    body = {"id": asked, "content": content}
    service.database.write(
        lambda db: consents.ask(db, db.get_one(Case, case_id), who.id, who.keyring, body)
    )
    for granted in (True, False):
        answer = {"id": str(uuid4()), "content": {"request": str(asked), "granted": granted}}
        assert service.post("/case/consents", answer, bearer).status_code == 201
    for change in ({"add": [three]}, {"remove": [three]}, {"add": [three]}):
        assert service.post("/case/epochs", change, bearer).status_code == 200
    late, closed = ({"acknowledge_by": date(2020, 1, 1)}, {"status": "closed"})
    put(service, case_id, late)
    move = {"desk": "senior-manager"}
    assert service.post("/case/epochs", move, bearer).status_code == 200
    put(service, case_id, closed)
    answer = {"id": str(uuid4()), "answer": "maybe", "content": {"comment": "Invented."}}
    assert service.post("/case/feedback", answer, bearer).status_code == 201


def put(service: Service, case_id: UUID, values: dict[str, Any]) -> None:
    """Sets columns of a case."""
    change = update(Case).where(Case.id == case_id).values(**values)
    service.database.write(lambda db: db.execute(change))


def numbers(raw: bytes) -> Iterator[float]:
    """Every number of eight bytes in this, in both orders, as an integer and as a double."""
    for at in range(max(len(raw) - 7, 0)):
        for form in (">q", "<q", ">d", "<d"):
            yield struct.unpack(form, raw[at : at + 8])[0]


SCALES = (1, 1e3, 1e6, 1e9)


def near(number: float, began: float, ended: float, scales: tuple[float, ...] = SCALES) -> bool:
    """Whether this can be a time of the act: seconds, or a fraction, since 1970 or 2000."""
    for since in (0, 946_684_800):
        for scale in scales:
            if began - WINDOW <= number / scale + since <= ended + WINDOW:
                return True
    return False


def tells(value: Any, began: float, ended: float) -> bool:
    """Whether a value of the database tells when within the day it was."""
    if isinstance(value, bool | type(None)):
        return False
    if isinstance(value, datetime):
        return True
    if isinstance(value, date):
        return False
    if isinstance(value, int | float):
        return near(float(value), began, ended)
    if isinstance(value, UUID):
        return value.version not in (None, 4) and value.int != 0
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        if len(raw) <= 8 and any(
            near(int.from_bytes(raw, order), began, ended) for order in ("big", "little")
        ):
            return True
        # Nanoseconds would be found by chance in what is sealed, once in a few hundred runs.
        return any(near(one, began, ended, SCALES[:3]) for one in numbers(raw))
    if HEX_ID.match(str(value)):
        return tells(UUID(str(value)), began, ended)
    text = str(value).encode()
    digits = (float(one) for one in re.findall(rb"\b\d{10,19}\b", text))
    return bool(ISO.search(text)) or any(near(one, began, ended) for one in digits)


def told(database_url: str, began: float, ended: float) -> list[tuple[str, Any]]:
    """Tables and values that tell."""
    return [
        (name, value)
        for name, table in rows(database_url).items()
        for row in table
        for value in row
        if tells(value, began, ended)
    ]


def far_release() -> list[str]:
    """The hours of a release that is not near now, whatever the time is."""
    now = datetime.now(ZoneInfo("Europe/London"))
    return [(now + timedelta(hours=6)).strftime("%H:00")]


@pytest.mark.parametrize("way", [act, act_in_a_browser], ids=["by calls", "in a browser"])
@pytest.mark.parametrize("release", ["at once", "by hours"])
def test_it_works(
    new_service: Callable[..., Service],
    release: str,
    way: Callable[[Service], tuple[float, float]],
) -> None:
    service = new_service(clock=Moving())
    if release == "by hours":
        service.database.write(lambda db: _release(db, far_release()))
    began, ended = way(service)
    assert told(service.database_url, began, ended) == []


def _release(db: Any, hours: list[str]) -> None:
    db.execute(update(Organisation).values(release=hours))


@pytest.mark.parametrize("way", [act, act_in_a_browser], ids=["by calls", "in a browser"])
def test_no_file_holds_it(
    sqlite_template: Template, tmp_path: Path, way: Callable[[Service], tuple[float, float]]
) -> None:
    """The file of SQLite and its log, with what was deleted and what its format adds."""
    place = tmp_path / "wren.db"
    shutil.copy(sqlite_template[0].removeprefix("sqlite:///"), place)
    service = Service(f"sqlite:///{place}", sqlite_template[1], clock=Moving())
    began, ended = way(service)
    found = list(tmp_path.glob("wren.db*"))
    assert len(found) == 3, "the log is there while the service runs"
    for path in found:
        content = path.read_bytes()
        assert not ISO.search(content), path.name
        for second in range(int(began) - 5, int(ended) + 6):
            assert str(second).encode() not in content, path.name
            assert struct.pack(">q", second) not in content, path.name
            assert struct.pack("<q", second) not in content, path.name
    service.close()


def test_a_report_that_is_written_tells_its_day_alone(new_service: Callable[..., Service]) -> None:
    service = new_service(clock=Moving())
    hands = Hands(service)
    tour.begin(hands)
    tour.to(hands, tour.CHECK, tour.STORY)
    (row,) = rows(service.database_url)["report_drafts"]
    kinds = {"bytes": 0, "date": 0}
    for value in row:
        kinds["bytes" if isinstance(value, bytes | memoryview) else "date"] += 1
        if not isinstance(value, bytes | memoryview):
            assert str(value) == str(datetime.now(UTC).date() + timedelta(days=2))
    assert kinds == {"bytes": 2, "date": 1}


@pytest.mark.parametrize(
    "make",
    [
        int,
        lambda now: now,
        lambda now: int(now * 1000),
        lambda now: datetime.fromtimestamp(now, UTC),
        lambda now: datetime.fromtimestamp(now, UTC).isoformat(),
        lambda now: str(datetime.fromtimestamp(now, UTC)),
        lambda now: f'{{"at": {int(now)}}}',
        lambda now: struct.pack(">q", int(now)),
        lambda now: b"abc" + struct.pack("<d", now) + b"def",
        lambda now: struct.pack("<I", int(now)),
        lambda now: UUID("019aafcc-0000-7000-8000-000000000000"),
        lambda now: "019aafcc000070008000000000000000",
    ],
)
def test_a_time_is_found_in_each_form(make: Callable[[float], Any]) -> None:
    now = time.time()
    assert tells(make(now), now, now)


@pytest.mark.parametrize("value", [date.today(), 7, "2026-11-23", b"\0" * 64, uuid4(), None, True])
def test_a_day_is_no_time(value: Any) -> None:
    now = time.time()
    assert not tells(value, now, now)
