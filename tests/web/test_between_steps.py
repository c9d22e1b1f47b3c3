"""What was typed is kept between the pages of a report: sealed, for its own tab alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from api.config import REPORT_DRAFT, REPORT_DRAFT_OPEN
from api.models.report_draft import ReportDraft
from api.rules import report_drafts
from api.web import steps
from tests.api.checks import nothing_stored
from tests.service import Service
from tests.web.hands import BASE, Field, Hands
from tests.web.reports import at, cases, reference, told, turn
from tests.web.tour import STORY, begin, to

Form = tuple[str, list[Field]]

PLACE = "An invented place"
SAME = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form that this site showed."""


def cookie(hands: Hands, visit: str, value: str) -> None:
    """Puts this value into the cookie of a visit."""
    hands.http.set_cookie(f"__Host-w-{visit}", value, domain="wren.example", secure=True)


def drafts(service: Service) -> int:
    """How many are kept."""
    with service.database.read() as db:
        return len(db.scalars(select(ReportDraft.hash)).all())


def drop_all(service: Service) -> None:
    """Nothing is kept any more."""
    service.database.write(lambda db: db.execute(ReportDraft.__table__.delete()))  # type: ignore[attr-defined]


def test_it_works(hands: Hands) -> None:
    visit = begin(hands)
    assert hands.path == f"/o/eeast/{visit}/1"
    assert list(hands.cookies()) == [f"__Host-w-{visit}"]
    to(hands, 3, {"place": PLACE})
    turn(hands, 2)
    assert hands.fields()["place"] == PLACE


def test_no_cookie_before_it_is_needed(page_hands: Hands) -> None:
    for path in ("/", "/o/eeast", "/o/eeast/begin"):
        page_hands.go(path)
        assert not page_hands.cookies()


def test_another_site_begins_nothing(page_hands: Hands) -> None:
    page_hands.go("/o/eeast/begin")
    page_hands.press(headers={"Sec-Fetch-Site": "cross-site"}, status=403)
    assert not page_hands.cookies()
    assert not drafts(page_hands.service)


def test_leaving_ends_it(page_hands: Hands) -> None:
    visit = begin(page_hands)
    path, bearer = page_hands.path, next(iter(page_hands.cookies().values()))
    page_hands.go("/leave", 303)
    assert page_hands.page.location == "https://www.nhs.uk/"
    assert not page_hands.cookies()
    assert not drafts(page_hands.service)
    page_hands.go(path, 401)
    assert page_hands.heading == "Nothing is open here"
    cookie(page_hands, visit, bearer)
    page_hands.go(path, 401)


@pytest.mark.parametrize("path", ["/o/nothing", "/nothing", "/o/eeast/abcdef/1", "/c/abcdef/x"])
def test_refusals_are_pages(page_hands: Hands, path: str) -> None:
    page_hands.go(path, 401 if path.endswith("/1") else 404)
    assert "<h1>" in page_hands.page.text


def test_nothing_typed_is_stored_in_clear(hands: Hands) -> None:
    """Neither in the database nor in a cookie nor in an address; and no length tells of it."""
    begin(hands)
    with hands.service.database.read() as db:
        (before,) = db.scalars(select(ReportDraft.sealed)).all()
    to(hands, 5, {"place": PLACE, "story": "An invented story", "people": "somebody"})
    with hands.service.database.read() as db:
        (after,) = db.scalars(select(ReportDraft.sealed)).all()
    assert len(before) == len(after)
    for text in (PLACE, "invented", "somebody"):
        assert text.encode() not in after
        assert text not in str(hands.cookies())
        assert text not in hands.path


# --- a session gone in the middle --------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 7), ids=str)
def test_gone_in_the_middle(page_hands: Hands, number: int) -> None:
    """What was on the page is still there, and it is said what happened."""
    names = {1: "immediate_danger", 2: "place", 3: "story", 4: "people", 5: "wanted", 6: ""}
    begin(page_hands)
    to(page_hands, number, STORY)
    drop_all(page_hands.service)
    typed = {names[number]: PLACE} if names[number] else {"desk": "senior-manager"}
    page_hands.press(typed)
    assert "Too much time went by, or this site was left in another tab." in page_hands.text
    assert ("what was on the pages before is gone" in page_hands.text) is (number > 1)
    name, value = next(iter(typed.items()))
    assert page_hands.fields()[name] == value
    # It goes on from there, in the same place.
    page_hands.press()
    assert at(page_hands) == number + 1
    turn(page_hands, number)
    assert page_hands.fields()[name] == value
    turn(page_hands, 3)
    assert page_hands.fields()["story"] == (PLACE if number == 3 else "")
    assert cases(page_hands.service) == 0


def test_what_is_shown_again_is_not_kept_before_it_is_sent_again(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 4, STORY)
    drop_all(page_hands.service)
    page_hands.press({"people": PLACE})
    with nothing_stored(page_hands.service):
        turn(page_hands, 4)
    assert page_hands.fields()["people"] == ""


def test_gone_at_the_check(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 7, STORY)
    drop_all(page_hands.service)
    page_hands.press()
    assert page_hands.heading == "What is it about?"
    assert "Nothing was sent just now." in page_hands.text
    assert cases(page_hands.service) == 0
    page_hands.press()
    assert at(page_hands) == 2
    to(page_hands, 8, STORY)
    assert told(page_hands.service, reference(page_hands)) == STORY


def test_past_its_hour_with_the_page_open(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 4, STORY)
    page_hands.service.clock.now += REPORT_DRAFT + REPORT_DRAFT_OPEN - 1
    page_hands.press({"people": "somebody"})
    assert at(page_hands) == 5
    to(page_hands, 8, {})
    found = told(page_hands.service, reference(page_hands))
    assert found == {**STORY, "people": "somebody"}


def test_past_its_hour_without_the_page(page_hands: Hands) -> None:
    begin(page_hands)
    page_hands.service.clock.now += REPORT_DRAFT - 1
    turn(page_hands, 1)
    page_hands.service.clock.now += 1
    turn(page_hands, 1, 401)
    assert "Nothing was done for an hour" in page_hands.text


def test_past_a_day_even_the_open_page_is_over(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 4, STORY)
    page_hands.service.clock.now += REPORT_DRAFT + REPORT_DRAFT_OPEN
    page_hands.press({"people": "somebody"})
    assert "Too much time went by" in page_hands.text
    assert page_hands.fields()["people"] == "somebody"


def test_each_page_begins_the_hour_anew(page_hands: Hands) -> None:
    begin(page_hands)
    for number in range(2, 8):
        page_hands.service.clock.now += REPORT_DRAFT - 1
        to(page_hands, number, STORY)
    to(page_hands, 8, {})
    assert told(page_hands.service, reference(page_hands)) == STORY


def test_the_cookie_is_gone_and_the_page_is_open(page_hands: Hands) -> None:
    visit = begin(page_hands)
    to(page_hands, 4, STORY)
    page_hands.clear_cookies()
    page_hands.press({"people": "somebody"}, headers=SAME)
    assert at(page_hands) == 5
    assert list(page_hands.cookies()) == [f"__Host-w-{visit}"]
    to(page_hands, 8, {})
    assert told(page_hands.service, reference(page_hands)) == {**STORY, "people": "somebody"}


def test_no_cookies(page_hands: Hands) -> None:
    """The first page that needs one says so, and how to go on."""
    begin(page_hands)
    page_hands.clear_cookies()
    page_hands.go(page_hands.path, 401)
    assert page_hands.heading == "Nothing is being written here"
    assert page_hands.text.index("takes no cookies from this site. Allow them") < (
        page_hands.text.index("Nothing was done for an hour")
    )
    page_hands.go(page_hands.link("Begin again"))
    page_hands.press()
    assert at(page_hands) == 1


def test_the_page_of_what_is_gone_leads_on(page_hands: Hands) -> None:
    page_hands.go("/o/eeast/abcdef/4", 401)
    assert "go on there: it is kept for a day" in page_hands.text
    assert page_hands.link("I have eight words") == "/return"
    assert page_hands.link("Begin again") == "/o/eeast/begin"
    assert not page_hands.cookies()


# --- nobody else's -----------------------------------------------------------------------


def test_two_tabs_do_not_meet(page_hands: Hands) -> None:
    first = begin(page_hands)
    to(page_hands, 3, {"place": PLACE})
    begin(page_hands)
    turn(page_hands, 2)
    assert page_hands.fields()["place"] == ""
    page_hands.go(f"/o/eeast/{first}/2")
    assert page_hands.fields()["place"] == PLACE


def test_two_tabs_of_one_visit_keep_both_answers(page_hands: Hands) -> None:
    begin(page_hands)
    to(page_hands, 3, STORY)
    story = page_hands.filled(STORY)
    turn(page_hands, 4)
    page_hands.press({"people": "somebody"})
    page_hands.send(*story)
    turn(page_hands, 4)
    assert page_hands.fields()["people"] == "somebody"
    turn(page_hands, 3)
    assert page_hands.fields()["story"] == STORY["story"]


def meanwhile(hands: Hands, monkeypatch: pytest.MonkeyPatch, form: Form) -> None:
    """Another tab sends this form while the service is at the next one."""
    path, fields = form
    waiting = [dict(fields)]
    read = steps.sent

    def first_the_other(number: int) -> dict[str, Any]:
        typed = read(number)
        if waiting:
            answer = hands.http.post(path, data=waiting.pop(), base_url=BASE)
            assert answer.status_code == 303
        return typed

    monkeypatch.setattr(steps, "sent", first_the_other)


def test_two_tabs_at_the_same_moment(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(hands)
    to(hands, 3, STORY)
    story = hands.filled(STORY)
    turn(hands, 4)
    meanwhile(hands, monkeypatch, hands.filled({"people": "somebody"}))
    hands.send(*story)
    turn(hands, 7)
    turn(hands, 4)
    assert hands.fields()["people"] == "somebody"
    turn(hands, 3)
    assert hands.fields()["story"] == STORY["story"]


def test_typed_at_the_moment_of_sending(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(hands)
    to(hands, 7, STORY)
    send = hands.filled()
    turn(hands, 4)
    late = hands.filled({"people": "An invented afterthought"})
    meanwhile(hands, monkeypatch, send)
    hands.send(*late)
    assert at(hands) == 8
    assert "This was not sent" in hands.text
    assert "An invented afterthought" in hands.text
    assert told(hands.service, reference(hands)) == STORY


@pytest.mark.parametrize(
    "kind", ["another visit", "a handler", "a reporter", "none", "nonsense", "a form's"]
)
def test_other_cookies_open_nothing(page_hands: Hands, kind: str) -> None:
    service = page_hands.service
    _, words = service.open_case()
    mine = begin(page_hands)
    to(page_hands, 3, {"place": PLACE})
    theirs = service.database.write(lambda db: report_drafts.begin(db, "eeast")).bearer
    value = {
        "another visit": theirs,
        "a handler": service.handler(),
        "a reporter": service.reporter(words),
        "none": "wd_",
        "nonsense": "wd_" + "a" * 43,
        "a form's": page_hands.fields()["key"],
    }[kind]
    cookie(page_hands, mine, value)
    if kind == "another visit":
        # It opens what it is the key of: an empty one, and nothing of mine.
        turn(page_hands, 2)
        assert PLACE not in page_hands.page.text
    else:
        turn(page_hands, 2, 401)
        assert PLACE not in page_hands.page.text


def test_another_organisations_draft(page_hands: Hands) -> None:
    visit = begin(page_hands, "elsewhere")
    to(page_hands, 3, {"place": PLACE})
    key = page_hands.fields()["key"]
    page_hands.go(f"/o/eeast/{visit}/2", 401)
    other = report_drafts.FORM + "a" * 43
    for sent in (key, other):
        with nothing_stored(page_hands.service):
            form = [("key", sent), ("story", "An invented story")]
            page_hands.send(f"/o/eeast/{visit}/3", form, 403, headers=SAME)
        assert not page_hands.page.headers.getlist("Set-Cookie")
    # And it is still open where it belongs.
    page_hands.go(f"/o/elsewhere/{visit}/2")
    assert page_hands.fields()["place"] == PLACE


@pytest.mark.parametrize(
    "key",
    ["", "wr_" + "a" * 43, "wa_" + "a" * 43, "x", "wd_"],
    ids=["none", "a reporter's", "a handler's", "another", "the cookie's"],
)
def test_a_form_without_its_key(page_hands: Hands, key: str) -> None:
    begin(page_hands)
    to(page_hands, 3, {})
    if key == "wd_":
        (key,) = page_hands.cookies().values()
    with nothing_stored(page_hands.service):
        page_hands.send(page_hands.path, [("key", key), ("story", "An invented story")], 403)


def test_a_form_of_another_report(page_hands: Hands) -> None:
    """It is kept where it belongs, and nowhere else."""
    begin(page_hands)
    first = page_hands.fields()["key"]
    second = begin(page_hands)
    page_hands.send(f"/o/eeast/{second}/2", [("key", first), ("place", PLACE)], headers=SAME)
    assert page_hands.cookies()[f"__Host-w-{second}"] == report_drafts.bearer_of(first)
    with page_hands.service.database.read() as db:
        kept = report_drafts.find(db, first)
    assert kept.answers["place"] == PLACE


def test_an_organisation_that_is_not_there(page_hands: Hands) -> None:
    key = "wf_" + "a" * 43
    page_hands.send("/o/nothing/abcdef/3", [("key", key), ("story", "An invented story")], 404)
    page_hands.go("/o/nothing/abcdef/3", 401)
    assert not drafts(page_hands.service)


# --- what a cookie is worth, and what a form ----------------------------------------------


def test_the_cookie_alone_opens_it_for_its_hour_only(page_hands: Hands) -> None:
    """Browsers keep cookies, and copies of them, for longer than a page is open."""
    visit = begin(page_hands)
    to(page_hands, 4, {"story": "An invented story"})
    (held,) = page_hands.cookies().values()
    page_hands.service.clock.now += REPORT_DRAFT
    thief = Hands(page_hands.service)
    cookie(thief, visit, held)
    thief.go(page_hands.path, 401)
    for key in (held, report_drafts.FORM + held.removeprefix(report_drafts.PREFIX)):
        fields = [("key", key), ("back", "yes")]
        answer = thief.http.post(page_hands.path, data=dict(fields), headers=SAME, base_url=BASE)
        assert answer.status_code in (200, 403)
        assert "An invented story" not in answer.text
    # The page that is open still has it.
    page_hands.press({"people": "somebody"}, headers=SAME)
    turn(page_hands, 3)
    assert page_hands.fields()["story"] == "An invented story"


@pytest.mark.parametrize("site", [None, "none"], ids=["says nothing", "typed in"])
@pytest.mark.parametrize("has_cookie", [True, False], ids=["another cookie", "no cookie"])
def test_a_draft_that_somebody_else_made(
    page_hands: Hands, site: str | None, has_cookie: bool
) -> None:
    """A form that another site may have sent is not taken in place of what the cookie opens."""
    theirs = Hands(page_hands.service)
    visit = begin(theirs)
    key = theirs.fields()["key"]
    mine = begin(page_hands) if has_cookie else visit
    if has_cookie:
        to(page_hands, 3, {"place": PLACE})
    else:
        page_hands.clear_cookies()
    before = page_hands.cookies()
    headers = {"Origin": "null"} | ({"Sec-Fetch-Site": site} if site else {})
    form = [("key", key), ("story", "An invented story")]
    page_hands.send(f"/o/eeast/{mine}/3", form, headers=headers)
    # Nothing that was typed is lost, and nothing of it is kept yet.
    assert page_hands.fields()["story"] == "An invented story"
    assert page_hands.fields()["key"] != key
    assert "othing was sent" in page_hands.text
    assert (page_hands.cookies() == before) is has_cookie
    page_hands.press()
    assert at(page_hands) == 4
    theirs.go(f"/o/eeast/{visit}/3")
    assert theirs.fields()["story"] == ""
    if has_cookie:
        turn(page_hands, 2)
        assert page_hands.fields()["place"] == PLACE


@pytest.mark.parametrize("number", range(6, 11), ids=str)
def test_nothing_is_sent_or_ended_by_a_form_of_another(page_hands: Hands, number: int) -> None:
    theirs = Hands(page_hands.service)
    begin(theirs)
    key = theirs.fields()["key"]
    begin(page_hands)
    to(page_hands, 7, STORY)
    shown = page_hands.fields()["shown"]
    if number > 7:
        to(page_hands, 8, {})
    form = [("key", key), ("shown", shown), ("finish", "yes"), ("desk", "guardian")]
    path = f"{page_hands.path.rsplit('/', 1)[0]}/{number}"
    with nothing_stored(page_hands.service):
        page_hands.send(path, form, 422 if number == 6 else 200)
    turn(page_hands, 7)
    assert at(page_hands) == (7 if number <= 7 else 8)


@pytest.mark.parametrize("number", range(1, 7), ids=str)
def test_left_between_reading_and_keeping(
    page_hands: Hands, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    names = {1: "immediate_danger", 2: "place", 3: "story", 4: "people", 5: "wanted", 6: ""}
    typed = {names[number]: PLACE} if names[number] else {"desk": "senior-manager"}
    begin(page_hands)
    to(page_hands, number, STORY)
    keep_over = report_drafts.keep_over

    def first_it_is_left(db: Any, writing: Any) -> Any:
        report_drafts.drop(db, writing.bearer)
        return keep_over(db, writing)

    with monkeypatch.context() as patched:
        patched.setattr(report_drafts, "keep_over", first_it_is_left)
        page_hands.press(typed)
    name, value = next(iter(typed.items()))
    assert page_hands.fields()[name] == value
    assert "Nothing was sent." in page_hands.text
    page_hands.press()
    assert at(page_hands) == number + 1
