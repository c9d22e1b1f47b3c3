"""The reply box: sent once, kept as a draft, never lost, with a hint before it asks too much."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.api.checks import nothing_stored
from tests.console.cases import SCRIPT, page, reply, reply_form, say, thread
from tests.console.hands import Hands, Shown
from tests.service import Service

Make = Callable[..., Hands]
WORDS = "Thank you. I have read it."


def test_it_works(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    shown = reply(one, reference, WORDS, follow=True)
    assert "The reply is sent." in shown.words
    assert WORDS in shown.words
    assert [said["text"] for said in thread(service, token)[1:]] == [WORDS]


def test_it_acknowledges_and_can_be_the_feedback(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one, bearer = hands(), service.handler()
    form = reply_form(one, reference)
    assert (form.fields["acknowledge"], "feedback" in form.fields) == ("y", False)
    one.send(page(reference), form, text=WORDS, feedback="y")
    case = service.get(f"/cases/{reference}", bearer).get_json()
    assert case["status"] == "acknowledged"
    assert case["feedback_on"] == case["acknowledged_on"] == case["opened_on"]
    assert not {"feedback", "acknowledge"} & set(reply_form(one, reference).fields)
    other, _ = service.open_case()
    one.send(page(other), reply_form(one, other), text=WORDS, acknowledge=None)
    assert service.get(f"/cases/{other}", bearer).get_json()["status"] == "new"


def test_a_double_click_sends_one(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    form = reply_form(one, reference)
    assert [one.send(page(reference), form, text=WORDS).status for _ in range(2)] == [303, 303]
    assert len(thread(service, token)) == 2


def test_two_clicks_at_once_send_one(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    form, barrier, seen = reply_form(one, reference), threading.Barrier(2), list[Shown]()

    def click() -> None:
        mine = hands()
        for name, value in one.cookies().items():
            mine.http.set_cookie(name, value, secure=True)
        barrier.wait()
        seen.append(mine.send(page(reference), form, text=WORDS))

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert [shown.status for shown in seen] == [303, 303]
    assert len(thread(service, token)) == 2


def test_the_back_button_keeps_what_is_new(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    form = reply_form(one, reference)
    one.send(page(reference), form, text=WORDS)
    with nothing_stored(service):
        again = one.send(page(reference), form, text="Something else.")
    kept = again.form("text", "epoch")
    assert (again.status, kept.fields["text"]) == (409, "Something else.")
    assert "A reply was sent from this page before" in again.words
    assert one.send(page(reference), kept).status == 303
    assert [said["text"] for said in thread(service, token)[1:]] == [WORDS, "Something else."]


def test_two_handlers_at_once_both_land(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    first, second = hands(), hands("handler-2")
    forms = [reply_form(one, reference) for one in (first, second)]
    for one, form, words in zip((first, second), forms, ("From one.", "From two."), strict=True):
        assert one.send(page(reference), form, text=words).status == 303
    assert [said["text"] for said in thread(service, token)[1:]] == ["From one.", "From two."]


def test_readers_who_changed_meanwhile_are_told(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    form = reply_form(one, reference)
    gone = service.handlers["handler-2"].id
    service.call("DELETE", f"/cases/{reference}/readers/{gone}", bearer=service.handler())
    with nothing_stored(service):
        told = one.send(page(reference), form, text=WORDS)
    kept = told.form("text", "epoch")
    assert (told.status, kept.fields["text"]) == (409, WORDS)
    assert "The readers of this case changed" in told.words
    assert one.send(page(reference), kept).status == 303
    assert len(thread(service, token)) == 2


def test_a_hint_before_it_asks_too_much(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    asks = "Thank you. Which shift were you on?"
    form = reply_form(one, reference)
    with nothing_stored(service):
        hinted = one.send(page(reference), form, text=asks)
    kept = hinted.form("text", "epoch")
    assert (hinted.status, kept.fields["text"]) == (200, asks)
    assert "a shift or rota" in hinted.words
    assert "Send it all the same" in hinted.words
    with nothing_stored(service):
        assert "a shift or rota" in one.send(page(reference), kept, act="send").words
    assert one.send(page(reference), kept, act="sure").status == 303
    assert thread(service, token)[-1]["text"] == asks


def test_what_was_put_better_goes_at_once(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one = hands()
    kept = reply(one, reference, "Who are you?").form("text", "epoch")
    assert one.send(page(reference), kept, text="Are you safe?").status == 303


def test_a_draft_is_kept_and_goes_when_it_is_sent(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    saved = reply(one, reference, "Thank you, I", act="draft")
    assert (saved.status, saved.location.endswith("#reply")) == (303, True)
    shown = one.get(page(reference))
    assert shown.form("text", "epoch").fields["text"] == "Thank you, I"
    assert "your draft" in shown.words
    assert "your draft" in one.get("/console/inbox").words
    other = hands("handler-2")
    assert reply_form(other, reference).fields["text"] == ""
    assert "your draft" not in other.get("/console/inbox").words
    with service.database.read() as db:
        assert b"Thank you" not in db.connection().exec_driver_sql(
            "SELECT sealed FROM drafts").scalar_one()  # fmt: skip
    reply(one, reference, "Thank you, I have read it.")
    assert reply_form(one, reference).fields["text"] == ""
    assert len(thread(service, token)) == 2


def test_a_common_reply_without_script(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one = hands()
    form = reply_form(one, reference)
    with nothing_stored(service):
        shown = one.send(page(reference), form, text="Hello.", act="template", template="0")
    text = shown.form("text", "epoch").fields["text"]
    assert (shown.status, text.startswith("Hello.\n\nThank you for telling us.")) == (200, True)
    for odd in ("", "99", "-1", "x", "9" * 5000):
        again = reply(one, reference, "Hello.", act="template", template=odd)
        assert again.form("text", "epoch").fields["text"] == "Hello."


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "Your reply: Write something here."),
        ("  \n ", "Your reply: Write something here."),
        ("x" * 20_001, "too long"),
        ("a\x00b", "control characters"),
    ],
)
def test_bad_input(service: Service, hands: Make, words: str, told: str) -> None:
    reference, _ = service.open_case()
    one = hands()
    form = reply_form(one, reference)
    with nothing_stored(service):
        shown = one.send(page(reference), form, text=words)
    assert (shown.status, told in shown.words) == (422, True), shown.words
    assert shown.answer.text.index("There is a problem") < shown.answer.text.index("<h1")


def test_odd_hidden_fields(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    for field, value in (("id", "x"), ("id", ""), ("epoch", "-1"), ("epoch", "9" * 4000),
                         ("epoch", "\u0663")):  # fmt: skip
        form = reply_form(one, reference)
        with nothing_stored(service):
            shown = one.send(page(reference), form,
                             text=WORDS, **{field: value})  # fmt: skip
        assert shown.status in (409, 422), (field, value)
        assert shown.form("text", "epoch").fields["text"] == WORDS
    assert len(thread(service, token)) == 1


def test_rich_text_and_script_stay_text(service: Service, hands: Make) -> None:
    reference, token = service.open_case(content={"story": SCRIPT, "when": SCRIPT})
    one = hands()
    say(service, token, SCRIPT)
    pasted = "\u201cQuoted\u201d \u2014 a\u00a0list:\r\n\u2022\tone\r\n\u2022\ttwo \U0001f600"
    reply(one, reference, pasted)
    reply(one, reference, SCRIPT)
    shown = one.get(page(reference))
    assert shown.words.count(SCRIPT) == 4
    assert "<script>alert" not in shown.answer.text
    assert thread(service, token)[2]["text"] == pasted.replace("\r\n", "\n")
    assert one.get(page(reference, "print")).words.count(SCRIPT) == 4


def test_a_form_from_before_signing_out(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    form = reply_form(one, reference)
    out = next(
        each for each in one.get("/console/account").forms if each.action.endswith("/sign-out")
    )
    one.send("", out)
    with nothing_stored(service):
        asked = one.send(page(reference), form, text=WORDS)
    assert asked.status == 401
    kept = asked.form("wren-username", "wren-kept")
    assert WORDS not in asked.answer.text
    who = service.handlers["handler-1"]
    back = one.send(page(reference), kept, **{
        "wren-username": "handler-1", "wren-password": who.password, "wren-code": service.code(),
    })  # fmt: skip
    again = back.form("text", "epoch")
    assert (again.fields["text"], len(thread(service, token))) == (WORDS, 1)
    assert one.send(page(reference), again).status == 303
    assert thread(service, token)[-1]["text"] == WORDS


@pytest.mark.parametrize("csrf", [None, "", "nonsense"])
def test_a_token_that_is_missing_or_old(service: Service, hands: Make, csrf: str | None) -> None:
    reference, _ = service.open_case()
    one = hands()
    form = reply_form(one, reference)
    with nothing_stored(service):
        shown = one.send(page(reference), form, text=WORDS, csrf_token=csrf)
    assert shown.form("text", "epoch").fields["text"] == WORDS
    assert "Your text is still here" in shown.words


def test_another_site_sends_nothing(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one = hands()
    form = reply_form(one, reference)
    with nothing_stored(service):
        assert one.send(page(reference), form, text=WORDS, site="cross-site").status == 403


def test_a_withdrawn_case_takes_none(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    one = hands()
    form = reply_form(one, reference)
    service.call("PATCH", f"/cases/{reference}", {"legal_hold": {"reason": "A claim"}},
                 service.handler())  # fmt: skip
    assert service.call("DELETE", "/case", bearer=service.reporter(token)).get_json()["held"]
    shown = one.get(page(reference))
    assert "The reporter withdrew this case" in shown.words
    assert not [each for each in shown.forms if "epoch" in each.fields]
    with nothing_stored(service):
        refused = one.send(page(reference), form, text=WORDS, id=str(uuid4()))
        draft = one.send(page(reference), form, text=WORDS, act="draft")
    assert (refused.status, draft.status) == (403, 403)
    assert refused.form("text", "epoch").fields["text"] == WORDS
