"""What was written waits in a box for its writer: nobody else reads it in the page's source."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api.console import guard
from api.rules import locking
from shared.sealing.encoding import read_json, unb64
from tests.api.checks import nothing_stored
from tests.console.conftest import let_in
from tests.console.hands import FoundForm, Hands
from tests.console.keeping import DAY, PAGE, boxed, signing_in, written
from tests.service import Service

Make = Callable[..., Hands]

SECRETS = {
    "password": "zebra lantern", "code": "123456", "wren-code": "654321", "words": "old owl",
    "recovery": "cat dog", "invitation": "wi_x", "first_word": "first", "second_word": "second",
}  # fmt: skip


def test_secrets_are_not_carried(service: Service, hands: Make) -> None:
    one = hands()
    service.clock.now += 15 * 60
    asked = one.send("/console/account/password", FoundForm("", {**SECRETS, "text": "kept"}))
    carried = boxed(asked, "wren-password")
    assert opened(service, "/console/account/password", carried) == [["text", "kept"]]


def opened(service: Service, path: str, form: FoundForm) -> list[list[str]]:
    """What the box of a page holds."""
    who = service.handlers["handler-1"].id
    with service.app.test_request_context(path):
        sealed, place = unb64(form.fields["wren-kept"]), guard._place(str(who))
        found = locking.unlock(service.database.config, guard._INFO, sealed, place)
    fields: list[list[str]] = read_json(found)["fields"]
    return fields


def test_what_was_written_is_shown_to_its_writer_alone(service: Service, hands: Make) -> None:
    """A colleague signs in where somebody else's words wait."""
    one = hands()
    form = written(one)
    service.clock.now += 8 * 60 * 60
    asked = boxed(one.send(PAGE, form), "wren-username")
    shown = one.send(PAGE, asked, **signing_in(service, "handler-2"))
    assert (shown.status, shown.location) == (303, PAGE)
    seen = one.get(PAGE)
    assert "was somebody else's" in seen.words
    assert (seen.form("away_until").fields["away_until"], DAY in seen.answer.text) == ("", False)


def test_a_page_of_somebody_else_is_not_sent_on(service: Service, hands: Make) -> None:
    """The window of one is still open when another signs in beside it."""
    one = hands()
    form = written(one)
    let_in(one.http, service, "handler-2")
    with nothing_stored(service):
        shown = one.send(PAGE, form, follow=True)
    assert (shown.status, "was somebody else's" in shown.words) == (200, True)
    service.clock.now += 15 * 60
    locked = boxed(one.send(PAGE, form), "wren-password")
    password = service.handlers["handler-2"].password
    again = one.send(PAGE, locked, follow=True, **{"wren-password": password})
    assert (again.status, "was somebody else's" in again.words) == (200, True)
    assert DAY not in again.answer.text


def test_a_button_of_somebody_else_does_nothing(service: Service, hands: Make) -> None:
    one, two = hands(), hands("handler-2")
    reference, _ = service.open_case()
    page = one.get(f"/console/cases/{reference}")
    button = next(each for each in page.forms if each.action.endswith("/urgent"))
    token = two.get(PAGE).form("away_until").fields["csrf_token"]
    with nothing_stored(service):
        assert two.send("", button, csrf_token=token).status == 303
    assert "Nothing was done yet" in two.get(PAGE).words


def test_kept_for_a_day(service: Service, hands: Make) -> None:
    one = hands()
    form = written(one)
    service.clock.now += 8 * 60 * 60
    asked = boxed(one.send(PAGE, form), "wren-username")
    for hours, status in ((23, 200), (1, 303)):
        service.clock.now += hours * 60 * 60
        other = hands(None)
        stale = other.send(PAGE, asked)
        shown = other.send(PAGE, stale.form("wren-kept"), **signing_in(service))
        assert (shown.status, DAY in shown.answer.text) == (status, status == 200)


@pytest.mark.parametrize("box", ["", "x", "AAAA", "cut", "of another page"])
def test_a_box_that_is_none(service: Service, hands: Make, box: str) -> None:
    one = hands()
    form = written(one)
    service.clock.now += 15 * 60
    path = "/console/account/password" if box == "of another page" else PAGE
    asked = one.send(path, form).form("wren-kept", "wren-password")
    asked.action = PAGE
    whole = asked.fields["wren-kept"]
    given = {"cut": whole[:-4], "of another page": whole}.get(box, box)
    fields = {"wren-kept": given, "wren-password": service.handlers["handler-1"].password}
    shown = one.send(PAGE, asked, **fields)
    assert (shown.status, shown.location, DAY in shown.answer.text) == (303, PAGE, False)


def test_the_eight_words_wait_boxed(service: Service, hands: Make) -> None:
    """Recording a case carries the words of the person who rang."""
    one = hands()
    form = one.get("/console/record").form("story", "token")
    words, service.clock.now = form.fields["token"], service.clock.now + 15 * 60
    asked = one.send("/console/record", form, story="An invented call.")
    assert (asked.status, words in asked.answer.text) == (401, False)
    assert "An invented call." not in asked.answer.text
    password = service.handlers["handler-1"].password
    again = one.send(
        "/console/record", asked.form("wren-kept"), **{"wren-password": password}
    ).form("story", "token")
    assert (again.fields["token"], again.fields["story"]) == (words, "An invented call.")
