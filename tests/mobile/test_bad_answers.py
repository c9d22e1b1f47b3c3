"""Whatever answers in the service's place: nothing is lost, it waits and arrives once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from api.models.case import Case
from shared.errors import Faulty, NotWren
from tests.mobile.middle import FAULTS, Middle, middle
from tests.mobile.phone import Phone, texts
from tests.mobile.seldom import seldom
from tests.online import Online

SAYS = {
    "receipt": NotWren,
    "error": Faulty,
    "internal": Faulty,
    "gateway": Faulty,
    "html": NotWren,
    "redirect": NotWren,
}


@pytest.fixture
def between(online: Online) -> Iterator[Middle]:
    with middle(online.url) as made:
        yield made


@pytest.fixture
def phone(between: Middle) -> Phone:
    return Phone(f"{between.url}/o/eeast")


def cases(online: Online) -> int:
    count = select(func.count()).select_from(Case)
    return int(online.service.database.write(lambda db: db.scalar(count)) or 0)


def test_it_works(phone: Phone, between: Middle, online: Online) -> None:
    sent = phone.report("Through the middle.")
    assert cases(online) == 1
    assert texts(phone.open(sent.words)) == ["Through the middle."]
    assert not between.elsewhere


@pytest.mark.parametrize("first", [True, False], ids=["stored", "not-stored"])
@pytest.mark.parametrize("fault", seldom(FAULTS, "half", "html", "nothing"))
def test_a_report(
    phone: Phone, between: Middle, online: Online, fault: str, *, first: bool
) -> None:
    between.break_(fault, "/cases", first=first)
    name = phone.put("Sent once.")
    waiting = phone.go(name)
    assert waiting is not None
    assert waiting.state == "waiting"
    assert waiting.why
    if fault in SAYS:
        assert waiting.why == SAYS[fault].default
    assert waiting.may_have_arrived
    assert cases(online) == first
    assert not between.elsewhere  # nobody is followed
    phone.restart()
    assert phone.item(name).why == waiting.why  # also after a restart
    between.mend()
    sent = phone.again(name)
    assert sent is not None
    assert (sent.state, sent.why, sent.earlier) == ("sent", "", False)
    first_bytes, *others = phone.lines.bodies("open")
    assert others == [first_bytes] * len(others)
    assert cases(online) == 1
    assert texts(phone.open(sent.words)) == ["Sent once."]


@pytest.mark.parametrize("fault", seldom(FAULTS, "half"))
def test_a_message(phone: Phone, between: Middle, fault: str) -> None:
    sent, talk = phone.talk("A story.")
    between.break_(fault, "/case/messages", first=True)
    talk.write("Said once.")
    talk.write("Said after it.")
    waiting = talk.flush().items[-2]
    assert (waiting.state, bool(waiting.why)) == ("waiting", True)
    assert not between.elsewhere
    between.mend()
    talk.flush()
    assert talk.unsent() == 0
    view = phone.open(sent.words).view()
    assert [item.text for item in view.items] == ["A story.", "Said once.", "Said after it."]
    assert not any(item.warning for item in view.items)


@pytest.mark.parametrize("fault", seldom(["html", "half", "error", "nothing"], "html"))
@pytest.mark.parametrize("path", ["/organisations/eeast", "/roster"])
def test_before_anything_is_sealed(
    phone: Phone, between: Middle, online: Online, fault: str, path: str
) -> None:
    between.break_(fault, path, first=True)
    name = phone.put("Not sealed yet.")
    waiting = phone.go(name)
    assert waiting is not None
    assert (waiting.state, waiting.sealed) == ("waiting", ())
    assert waiting.why
    between.mend()
    sent = phone.again(name)
    assert sent is not None
    assert sent.state == "sent"
    assert cases(online) == 1
