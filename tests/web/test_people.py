"""Who reads a case, on its pages: by name and why; shut out and let in, asked about first."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update

from api.models.case import Case, CaseExcluded
from api.models.organisation import Desk
from api.rules import report_drafts
from shared.sealing.encoding import REPORTER
from shared.sealing.epochs import MESSAGES
from tests.api import clients
from tests.api.handling import opens
from tests.service import Service
from tests.web.hands import Hands
from tests.web.reading import (
    hire,
    newest,
    person,
    put_cookie,
    sent_form,
    sits_at,
    slip_in,
    stored,
)

STRANGE = "Not from the desk that you chose, and you did not agree to it."


def test_it_works(hands: Hands) -> None:
    service = hands.service
    reference, token = service.open_case()
    case = sits_at(hands, token)
    hands.go(f"{case}/people")
    assert hands.heading == "Who can read it"
    for name in ("handler-1", "handler-2"):
        assert f"{name} Can read it. Works at this desk." in hands.text
    assert "handler-3" not in hands.text
    before = stored(service)
    hands.go(hands.link("Shut out handler-2"))
    assert hands.heading == "Shut handler-2 out?"
    assert "may see this at once" in hands.text
    assert stored(service) == before  # to look does nothing
    hands.press()
    assert "The key is taken away." in hands.text
    assert "handler-2" not in hands.text
    assert not opens(service, reference, "handler-2")
    record = clients.reporter(service, token).keys.records[MESSAGES][-1]
    assert record.signer == REPORTER
    assert {one.id for one in record.readers} == {REPORTER, person(service, "handler-1")}


def test_what_comes_then_is_read_by_those_who_are_left(page_hands: Hands) -> None:
    service = page_hands.service
    reference, token = service.open_case()
    case = sits_at(page_hands, token)
    page_hands.go(f"{case}/people/{person(service, 'handler-2')}/out")
    page_hands.press()
    page_hands.go(case)
    page_hands.press({"text": "An invented word for one."})
    found = newest(service, reference)
    assert found.content is not None
    assert found.content["text"] == "An invented word for one."
    assert found.read_by == {REPORTER, person(service, "handler-1")}


def test_a_form_sent_again_changes_nothing_more(page_hands: Hands) -> None:
    service = page_hands.service
    _, token = service.open_case()
    case = sits_at(page_hands, token)
    for way, name in (("out", "handler-2"), ("in", "handler-3")):
        page_hands.go(f"{case}/people/{person(service, name)}/{way}")
        path, fields = page_hands.filled()
        page_hands.send(path, fields)
        before = stored(service)
        page_hands.send(path, fields)
        assert page_hands.path == f"{case}/people/changed/{way}"
        assert stored(service) == before
        page_hands.go(path)  # the browser's back: nothing is left to ask
        assert page_hands.path == f"{case}/people"


@pytest.mark.parametrize("did", ["in", "out", "desk"])
def test_no_change_is_claimed_that_was_not_made(page_hands: Hands, did: str) -> None:
    """Any link can lead there."""
    _, token = page_hands.service.open_case()
    case = sits_at(page_hands, token)
    page_hands.go(f"{case}/people/changed/{did}")
    assert "This is who can read it now." in page_hands.text
    for claimed in ("is taken away", "have a key to it now", "has your case now"):
        assert claimed not in page_hands.text
    page_hands.go(f"{case}/people/{person(page_hands.service, 'handler-2')}/out")
    page_hands.press()
    page_hands.go(f"{case}/people/changed/{did}")
    assert ("The key is taken away." in page_hands.text) == (did == "out")
    assert "have a key to it now" not in page_hands.text
    assert "has your case now" not in page_hands.text


def test_the_last_one_stays(page_hands: Hands) -> None:
    service = page_hands.service
    reference, token = service.open_case(excluded=[str(person(service, "handler-2"))])
    case = sits_at(page_hands, token)
    page_hands.go(f"{case}/people")
    assert "Shut out" not in page_hands.text
    assert "Nobody else reads it" in page_hands.text
    before = stored(service)
    page_hands.go(f"{case}/people/{person(service, 'handler-1')}/out")
    page_hands.press(status=422)
    assert "Nobody would be left to read it, so nothing was changed." in page_hands.text
    assert stored(service) == before
    assert opens(service, reference, "handler-1")


def test_letting_somebody_in(page_hands: Hands) -> None:
    service = page_hands.service
    reference, token = service.open_case()
    case = sits_at(page_hands, token)
    page_hands.go(f"{case}/people/in")
    assert "handler-3 Senior manager handler-4 Senior manager" in page_hands.text
    assert "handler-1" not in page_hands.text
    page_hands.press(status=422)
    assert "Choose who should read it too." in page_hands.text
    page_hands.press({"handler": person(service, "handler-3")})
    assert page_hands.heading == "Let handler-3 read your case?"
    assert "handler-3 works at: Senior manager." in page_hands.text
    assert not opens(service, reference, "handler-3")
    page_hands.press()
    assert "handler-3 Can read it. You added them." in page_hands.text
    assert opens(service, reference, "handler-3")
    assert not opens(service, reference, "handler-4")


def test_who_was_left_out_is_named_and_never_offered(page_hands: Hands) -> None:
    service = page_hands.service
    left_out = person(service, "handler-2")
    reference, token = service.open_case(excluded=[str(left_out)])
    case = sits_at(page_hands, token)
    page_hands.go(f"{case}/people")
    assert "You left out of your report: handler-2. No key was made for them." in page_hands.text
    page_hands.go(f"{case}/people/in")
    assert "handler-2" not in page_hands.text
    before = stored(service)
    for handler in (left_out, person(service, "handler-5"), uuid4()):
        sent_form(page_hands, f"{case}/people/{handler}/in", {}, 404)
        page_hands.go(f"{case}/people/in")
    assert stored(service) == before
    assert not opens(service, reference, "handler-2")


def test_nobody_is_left_to_let_in(page_hands: Hands) -> None:
    service = page_hands.service
    left_out = [str(person(service, one)) for one in ("handler-3", "handler-4")]
    _, token = service.open_case(excluded=left_out)
    case = sits_at(page_hands, token)
    for path in (f"{case}/people", f"{case}/people/in"):
        page_hands.go(path)
        assert "Everybody on the signed list reads it already" in page_hands.text


# --- those whom nothing signed let in -------------------------------------------------------


@pytest.fixture
def slipped(page_hands: Hands) -> tuple[Hands, str, str]:
    """A case that handler-3 was slipped into, open in a browser: it, the address, reference."""
    reference, token = page_hands.service.open_case()
    slip_in(page_hands.service, reference, "handler-3")
    assert opens(page_hands.service, reference, "handler-3")
    return page_hands, sits_at(page_hands, token), reference


def test_a_stranger_is_warned_about_and_shut_out(slipped: tuple[Hands, str, str]) -> None:
    hands, case, reference = slipped
    hands.go(f"{case}/people")
    assert f"handler-3 {STRANGE}" in hands.text
    assert "You did not agree to this." in hands.text
    hands.press(button=("people", "take-away"))
    assert hands.path == f"{case}/people/changed/out"
    assert "handler-3" not in hands.text
    assert not opens(hands.service, reference, "handler-3")


def test_nothing_goes_to_a_stranger_before_it_is_asked(slipped: tuple[Hands, str, str]) -> None:
    hands, case, reference = slipped
    before = stored(hands.service)
    hands.go(case)
    hands.press({"text": "An invented word."}, status=422)
    assert "Nothing was sent yet." in hands.text
    assert "handler-3 can read your case" in hands.text
    assert hands.fields()["text"] == "An invented word."
    assert stored(hands.service) == before
    hands.press(button=("people", "take-away"))
    found = newest(hands.service, reference)
    assert found.content is not None
    assert found.content["text"] == "An invented word."
    assert person(hands.service, "handler-3") not in found.read_by
    assert not opens(hands.service, reference, "handler-3")


def test_going_on_anyway_leaves_the_mark(slipped: tuple[Hands, str, str]) -> None:
    hands, case, reference = slipped
    hands.go(case)
    hands.press({"text": "All the same."}, status=422)
    hands.press(button=("people", "go-on"))
    assert newest(hands.service, reference, "handler-3").content is not None
    hands.go(f"{case}/people")
    assert f"handler-3 {STRANGE}" in hands.text


def test_what_was_agreed_to_counts_for_those_alone(slipped: tuple[Hands, str, str]) -> None:
    """Between the card and the button another stranger comes."""
    hands, case, reference = slipped
    hands.go(case)
    hands.press({"text": "An invented word."}, status=422)
    before = stored(hands.service)
    slip_in(hands.service, reference, "handler-4")
    hands.press(button=("people", "go-on"), status=422)
    assert "handler-4 can read your case" in hands.text
    assert "handler-3 can read" not in hands.text
    assert stored(hands.service) == (before[0] + 1, before[1])
    hands.press(button=("people", "go-on"))
    assert newest(hands.service, reference, "handler-4").content is not None


def test_somebody_new_of_the_desk_is_asked_about_once(page_hands: Hands) -> None:
    service = page_hands.service
    reference, token = service.open_case()
    newcomer = hire(service, "handler-7")
    guardian = clients.handler(service, reference)
    guardian.send_epoch(guardian.let_in(newcomer))
    case = sits_at(page_hands, token)
    page_hands.go(f"{case}/people")
    assert "handler-7 Can read it. Works at this desk." in page_hands.text
    assert "take-away" not in page_hands.page.text
    page_hands.go(case)
    before = stored(service)
    page_hands.press({"text": "Who reads this?"}, status=422)
    assert "handler-7 works at this desk and can now read this case." in page_hands.text
    assert stored(service) == before
    page_hands.press(button=("people", "go-on"))
    page_hands.go(case)
    page_hands.press({"text": "And this?"})  # what is sealed to them needs no asking again
    assert newest(service, reference, "handler-7").content is not None


def test_the_services_word_for_the_desk_makes_nobody_a_colleague(
    slipped: tuple[Hands, str, str],
) -> None:
    hands, case, _ = slipped
    other = select(Desk.id).where(Desk.slug == "senior-manager").limit(1).scalar_subquery()
    hands.service.database.write(lambda db: db.execute(update(Case).values(desk_id=other)))
    hands.go(f"{case}/people")
    assert f"handler-3 {STRANGE}" in hands.text


@pytest.mark.parametrize("page", ["", "/people", "/people/in", "/other"])
def test_somebody_left_out_who_was_let_in_stops_everything(page_hands: Hands, page: str) -> None:
    """The service forgot whom the report names; the report itself is signed."""
    service = page_hands.service
    reference, token = service.open_case(excluded=[str(person(service, "handler-2"))])
    service.database.write(lambda db: db.execute(delete(CaseExcluded)))
    body = {"handler": str(person(service, "handler-2"))}
    answer = service.post(f"/cases/{reference}/readers", body, service.handler())
    assert answer.status_code == 200, answer.text
    case = sits_at(page_hands, token)
    page_hands.go(case + page, 422)
    assert page_hands.heading == "Stop: something is wrong"


# --- outsiders --------------------------------------------------------------------------------

Path = Callable[[Service], str]
PATHS: dict[str, Path] = {
    "people": lambda _: "people",
    "in": lambda _: "people/in",
    "out-one": lambda service: f"people/{person(service, 'handler-2')}/out",
    "in-one": lambda service: f"people/{person(service, 'handler-3')}/in",
    "late": lambda _: "other",
    "desk": lambda _: "other/senior-manager",
    "answer": lambda _: f"answer/{UUID(int=1)}/yes",
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_outsiders_change_nothing(page_hands: Hands, path: Path) -> None:
    hands, service = page_hands, page_hands.service
    _, token = service.open_case()
    _, other = service.open_case()
    sits_at(hands, token, "aaaaaa")
    case = sits_at(hands, other, "bbbbbb")
    hands.go("/c/aaaaaa/people/in")
    key = hands.fields()["key"]
    before, asked = stored(service), path(service)
    fields = [("key", key), ("handler", str(person(service, "handler-3"))),
              ("desk", "senior-manager"), ("id", str(uuid4())), ("people", "take-away"),
              ("asked", str(person(service, "handler-2")))]  # fmt: skip
    hands.send(f"{case}/{asked}", fields, 403)  # a form of another case
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    hands.send(f"/c/aaaaaa/{asked}", fields, 403, headers=elsewhere)
    hands.clear_cookies()
    for cookie in ("", _draft(service), "wr_" + "A" * 43, service.handler()):
        if cookie:
            put_cookie(hands, cookie, "cccccc")
        hands.go(f"/c/cccccc/{asked}", 401)
        assert "handler-1" not in hands.text
        hands.send(f"/c/cccccc/{asked}", fields, 401)
    assert stored(service) == before


def _draft(service: Service) -> str:
    return service.database.write(lambda db: report_drafts.begin(db, "eeast")).bearer
