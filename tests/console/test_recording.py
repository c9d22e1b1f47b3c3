"""Recording a case that came by phone, email or in person; and handing cases over."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.checks import nothing_stored
from tests.console.cases import SCRIPT, join_elsewhere, own, page, reply
from tests.console.hands import FoundForm, Hands, Shown
from tests.service import Service

Make = Callable[..., Hands]
PAGE = "/console/record"
GIVEN: dict[str, Any] = {
    "raised": "phone",
    "confidentiality": "confidential",
    "story": "An invented call about a group chat.",
}


def record(one: Hands, form: FoundForm | None = None, **fields: Any) -> Shown:
    """Fills the form in and sends it."""
    return one.send(PAGE, form or own(one.get(PAGE)), **{**GIVEN, **fields})


def words(shown: Shown) -> str:
    """The eight words that are shown."""
    listed = re.search(r'<ol class="words">(.*?)</ol>', shown.answer.text, re.DOTALL)
    assert listed is not None, shown.words
    found = re.findall(r"<li>(\w+)</li>", listed.group(1))
    assert len(found) == 8
    return " ".join(found)


def reference(shown: Shown) -> str:
    """The reference that is shown."""
    found = re.search(r'href="/console/cases/([A-Z0-9-]+)"', shown.answer.text)
    assert found is not None
    return found.group(1)


def test_it_works(service: Service, hands: Make) -> None:
    one = hands()
    shown = record(
        one,
        concerns=["bullying"],
        raised_by="An invented name, rang at noon",
        when="Since spring",
        channel="whatsapp-group",
        professional_group="ambulance",
    )
    assert shown.status == 200
    assert "nobody can show them again" in shown.words
    case = one.get(page(reference(shown)))
    assert "Recorded by handler-1, raised by phone" in case.words
    assert "confidential" in case.words
    assert "Since spring" in case.words
    assert "An invented name, rang at noon" in one.get(page(reference(shown), "notes")).words
    bearer = service.reporter(words(shown))
    thread = service.get("/case/messages", bearer).get_json()["items"]
    assert thread[0]["content"]["story"] == GIVEN["story"]
    assert "invented name" not in str(thread)
    reply(one, reference(shown), "Hello again.")
    assert len(service.get("/case/messages", bearer).get_json()["items"]) == 2


def test_a_repeat_shows_the_same_words(service: Service, hands: Make) -> None:
    one = hands()
    form = own(one.get(PAGE))
    first = record(one, form, raised_by="A name")
    with nothing_stored(service):
        again = record(one, form, raised_by="A name")
    assert (words(first), reference(first)) == (words(again), reference(again))
    assert one.get(page(reference(first), "notes")).words.count("A name") == 1
    other = record(one)
    assert words(other) != words(first)


def test_something_else_from_the_same_page(service: Service, hands: Make) -> None:
    one = hands()
    form = own(one.get(PAGE))
    record(one, form)
    with nothing_stored(service):
        told = record(one, form, story="Another story.")
    assert (told.status, "A case was recorded from this page before" in told.words) == (409, True)
    kept = own(told)
    assert kept.fields["story"] == "Another story."
    assert record(one, kept, story="Another story.").status == 200


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"raised": None}, "How it was raised: Fill this in."),
        ({"raised": "pigeon"}, "How it was raised:"),
        ({"confidentiality": None}, "Confidentiality: Fill this in."),
        ({"confidentiality": "secret"}, "Confidentiality:"),
        ({"story": ""}, "What happened: "),
        ({"story": "  "}, "What happened: Write something here."),
        ({"story": "x" * 20_001}, "What happened: This is too long"),
        ({"when": "x" * 2001}, "When: This is too long"),
        ({"concerns": ["unknown"]}, "What it is about: Choose from the directory."),
        ({"channel": SCRIPT}, "Where it happened: "),
        ({"desk": ""}, "Desk: Fill this in."),
        ({"desk": "senior-manager"}, "Desk: Record cases for a desk that you are at yourself."),
        ({"desk": "nowhere"}, "Desk: There is no such desk."),
        ({"excluded": ["x"]}, "Who must not read it: "),
        (
            {"confidentiality": "anonymous", "raised_by": "A name"},
            "Who raised it: Leave this empty",
        ),
        ({"raised_by": "x" * 2001}, "Who raised it: This is too long"),
        ({"token": "only seven words are in this one"}, "eight words"),
        ({"case_id": "x"}, "version 4 UUID"),
    ],
)
def test_bad_input(service: Service, hands: Make, change: dict[str, Any], told: str) -> None:
    one = hands()
    form = own(one.get(PAGE))
    with nothing_stored(service):
        shown = record(one, form, **change)
    assert (shown.status, told in shown.words) == (422, True), shown.words
    kept = own(shown).fields
    assert kept["story"] == change.get("story", GIVEN["story"])
    assert form.fields["token"] not in "".join(shown.words.split("There is a problem")[1:])


def test_rich_text_and_script(service: Service, hands: Make) -> None:
    one = hands()
    shown = record(one, story=SCRIPT, wanted="\u201cStop\u201d \U0001f600\r\n\tnow")
    case = one.get(page(reference(shown)))
    assert SCRIPT in case.words
    assert "\u201cStop\u201d" in case.words


def test_who_is_left_out_does_not_see_it(service: Service, hands: Make) -> None:
    shown = record(hands(), excluded=[str(service.handlers["handler-2"].id)])
    two = hands("handler-2")
    assert reference(shown) not in two.get("/console/inbox").words
    assert two.get(page(reference(shown))).status == 404


def test_from_an_old_page_the_text_and_the_words_stay(service: Service, hands: Make) -> None:
    one = hands()
    form = own(one.get(PAGE))
    with nothing_stored(service):
        shown = record(one, form, csrf_token=None)
    kept = own(shown)
    assert (kept.fields["story"], kept.fields["token"]) == (GIVEN["story"], form.fields["token"])
    done = one.send(PAGE, kept)
    assert words(done) == form.fields["token"]


def test_the_words_are_in_no_address_or_cookie(service: Service, hands: Make) -> None:
    one = hands()
    shown = record(one)
    told = words(shown)
    for text in [*one.cookies().values(), *(value for _, value in shown.answer.headers)]:
        assert told not in text
    for link in re.findall(r'(?:href|action)="([^"]*)"', shown.answer.text):
        assert sum(one in link for one in told.split()) < 4  # some may be there by chance
    assert shown.answer.headers["Cache-Control"] == "no-store"


def test_with_two_organisations_the_form_says_which(service: Service, hands: Make) -> None:
    join_elsewhere(service)
    one = hands()
    path = f"{PAGE}?organisation=elsewhere"
    form = own(one.get(path))
    assert form.fields["organisation"] == "elsewhere"
    shown = one.send(PAGE, form, **GIVEN)
    assert reference(shown).startswith("ELS-")
    assert one.get(f"{PAGE}?organisation=nowhere").status == 404
    form.fields["organisation"] = "nowhere"
    with nothing_stored(service):
        assert one.send(PAGE, form, **GIVEN).status == 404


# --- handing over -------------------------------------------------------------------------------

OVER = "/console/handover"


def hand_over(one: Hands, service: Service, leaver: str, taker: str, **more: Any) -> Shown:
    given = {"leaver": str(service.handlers[leaver].id), "taker": str(service.handlers[taker].id),
             "sure": "y"}  # fmt: skip
    return one.send(OVER, own(one.get(OVER)), follow=True, **{**given, **more})


def test_handing_over(service: Service, hands: Make) -> None:
    one = hands()
    kept, given = service.open_case()[0], service.open_case()[0]
    two = str(service.handlers["handler-2"].id)
    for each in (kept, given):
        body = {"assigned_to": two}
        service.call("PATCH", f"/cases/{each}", body, service.handler())
    shown = hand_over(one, service, "handler-2", "handler-1")
    assert "2 cases were handed over." in shown.words
    assert "Mine 2" in shown.words
    assert "0 cases were handed over. 2 stay" in hand_over(
        one, service, "handler-1", "handler-3").words  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told", "status"),
    [
        ({"leaver": ""}, "Cases of: Choose somebody.", 422),
        ({"taker": ""}, "Go to: Choose somebody.", 422),
        ({"sure": None}, "Confirm this, or go back.", 422),
        ({"taker": "x"}, "Go to: ", 422),
        ({"leaver": SCRIPT}, "Cases of: ", 422),
    ],
)
def test_bad_handovers(
    service: Service, hands: Make, change: dict[str, Any], told: str, status: int
) -> None:
    service.open_case()
    with_nobody = hands()
    with nothing_stored(service):
        form = own(with_nobody.get(OVER))
        given = {"leaver": str(service.handlers["handler-2"].id), "sure": "y",
                 "taker": str(service.handlers["handler-1"].id)}  # fmt: skip
        shown = with_nobody.send(OVER, form, **{**given, **change})
    assert (shown.status, told in shown.words) == (status, True), shown.words


def test_to_oneself_and_to_an_administrator(service: Service, hands: Make) -> None:
    one = hands()
    with nothing_stored(service):
        same = hand_over(one, service, "handler-2", "handler-2")
        admin = hand_over(one, service, "handler-2", "administrator-1")
    assert (same.status, admin.status) == (409, 422)
