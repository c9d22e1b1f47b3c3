"""The thread on the screen: states, what does not check, long threads, what is asked."""

from __future__ import annotations

from typing import Any

import pytest
from kivy.metrics import dp

from mobile.screens.conversation import DOUBT, GAP_BEFORE, PAGE, Conversation
from mobile.theme import theme
from mobile.view import Item
from mobile.widgets.bubble import Speech
from tests.mobile import samples
from tests.mobile.conftest import Hand, texts


def show(hand: Hand, items: tuple[Item, ...] | None = None, **changes: Any) -> Any:
    page = hand.show(Conversation())
    page.show(samples.view(items, **changes))
    hand.settle()
    return page


def bubbles(page: Any) -> list[Any]:
    found = [w for w in page.walk(restrict=True) if isinstance(w, Speech)]
    return sorted(found, key=lambda one: -one.y)


def mine(text: str, **more: Any) -> Item:
    return Item(more.pop("key", "k"), True, "You", "2026-11-23", text, **more)


def test_it_works(hand: Hand) -> None:
    page = show(hand)
    shown = texts(page)
    assert "I am. Only the chat worries me." in shown
    assert "They are working on it." in shown
    assert "EEA-7F3K2QX9ZB" in shown


def test_own_messages_are_right_and_others_left(hand: Hand) -> None:
    items = (mine("Mine.", key="1"), Item("2", False, "handler-1", "2026-11-23", "Theirs."))
    own, other = bubbles(show(hand, items))
    assert own.box_x + own.box_width == pytest.approx(390 - dp(16))
    assert other.box_x == pytest.approx(dp(16))
    assert other.author == "handler-1"


@pytest.mark.parametrize(
    ("state", "why", "foot"),
    [
        ("sent", "", "Sent"),
        ("waiting", "", "Waiting to be sent"),
        ("refused", "This is too long.", "Not sent: This is too long."),
    ],
)
def test_each_message_has_its_state(hand: Hand, state: str, why: str, foot: str) -> None:
    page = show(hand, (mine("A message.", state=state, why=why),))
    assert bubbles(page)[0].foot == foot


def test_days_only_and_each_day_once(hand: Hand) -> None:
    items = tuple(
        Item(str(at), False, "handler-1", day, "Text.")
        for at, day in enumerate(["2026-11-20", "2026-11-20", "2026-11-22"])
    )
    shown = texts(show(hand, items))
    assert shown.count("20 November 2026") == 1
    assert shown.count("22 November 2026") == 1
    assert ":" not in shown


def test_what_does_not_check_is_never_shown_as_good(hand: Hand) -> None:
    why = "This was not signed by the person it claims to be from."
    bad = Item("1", False, "handler-1", "2026-11-23", "", warning=why)
    bubble = bubbles(show(hand, (bad,)))[0]
    assert bubble.warning == DOUBT
    assert bubble.foot == why
    assert bubble.text == ""
    colours = [tuple(one.rgba) for one in bubble.canvas.before.children if hasattr(one, "rgba")]
    assert tuple(theme.danger) in colours
    assert tuple(theme.card) not in colours


def test_own_messages_that_do_not_check_are_told_too(hand: Hand) -> None:
    bubble = bubbles(show(hand, (mine("", warning="It was altered."),)))[0]
    assert bubble.warning == DOUBT
    assert "Sent" not in bubble.foot


def test_a_gap_before_a_message_is_told(hand: Hand) -> None:
    item = Item("1", False, "handler-1", "2026-11-23", "Text.", warning="One is missing.")
    bubble = bubbles(show(hand, (item,)))[0]
    assert (bubble.warning, bubble.text) == (GAP_BEFORE, "Text.")


def test_text_is_shown_as_it_is_written(hand: Hand) -> None:
    """No markup: brackets of an attacker's message stay brackets."""
    text = "[color=ffffff]hidden[/color] &amp; <b>"
    page = show(hand, (Item("1", False, "handler-1", "2026-11-23", text),))
    assert text in texts(page)


def test_sending_hands_over_the_text_and_empties_the_box(hand: Hand) -> None:
    page, sent = show(hand), []
    page.write = sent.append
    assert page.ids.send.disabled
    page.ids.box.insert_text("  Hello.\n")
    hand.tap(page.ids.send)
    assert sent == ["Hello."]
    assert page.ids.box.text == ""


def test_blank_is_not_sent(hand: Hand) -> None:
    page, sent = show(hand), []
    page.write = sent.append
    page.ids.box.insert_text(" \n ")
    hand.tap(page.ids.send)
    assert not sent


def test_too_long_is_told_and_kept(hand: Hand) -> None:
    page, sent = show(hand), []
    page.write = sent.append
    page.ids.box.text = "x" * 20_001
    page.send()
    hand.settle()
    assert "1 character too long to send." in texts(page)
    assert len(page.ids.box.text) == 20_001
    assert not sent


def test_a_refused_message_can_be_changed(hand: Hand) -> None:
    page = show(hand, (mine("Refused text.", key="out-1", state="refused", why="Why not."),))
    page.take_back = {"out-1": "Refused text."}.__getitem__
    assert "Why not." in texts(page)
    hand.tap_text(page, "Change it")
    assert page.ids.box.text == "Refused text."


def test_what_is_changed_takes_nothing_from_a_reply_that_was_begun(hand: Hand) -> None:
    page = show(hand, (mine("Refused text.", key="out-1", state="refused", why="Why not."),))
    page.ids.box.text = "Begun."
    page.take_back = lambda _key: ""  # the phone could not keep that it is not sent
    hand.tap_text(page, "Change it")
    assert page.ids.box.text == "Begun."
    page.take_back = lambda _key: "Refused text."
    hand.tap_text(page, "Change it")
    assert page.ids.box.text == "Refused text.\n\nBegun."


def test_somebody_new_is_asked_about(hand: Hand) -> None:
    page, agreed = show(hand, people=(samples.person("handler-9", agreed=False),)), []
    page.agree = lambda: agreed.append(True)
    assert "handler-9 can now read this case. Is that all right?" in texts(page)
    hand.tap_text(page, "Yes, go on")
    assert agreed == [True]


def test_why_it_waits_and_try_again(hand: Hand) -> None:
    page, tried = show(hand, (mine("Text.", state="waiting", why="No signal."),)), []
    page.again = lambda: tried.append(True)
    assert "No signal." in texts(page)
    hand.tap_text(page, "Try again")
    assert tried == [True]


def test_looking_for_replies(hand: Hand) -> None:
    page, looked = show(hand), []
    page.look = lambda: looked.append(True)
    hand.tap(page.ids.look)
    page.checking = True
    hand.settle()
    hand.tap(page.ids.look)
    assert looked == [True]
    assert "Looking for replies\u2026" in texts(page)


def test_a_long_thread_is_paged_and_its_earlier_part_comes_when_asked(hand: Hand) -> None:
    items = samples.long_thread(PAGE + 50)
    page = show(hand, items)
    assert len(bubbles(page)) < 40  # only what is in sight exists
    assert items[0].text not in {row["text"] for row in page.ids.thread.data}
    hand.tap_text(page, "Show earlier messages")
    assert items[0].text in {row["text"] for row in page.ids.thread.data}
    assert not page.ids.earlier.shown


@pytest.mark.parametrize("placed", [True, False])
def test_it_opens_at_the_newest_message(hand: Hand, placed: bool) -> None:
    items = samples.long_thread(PAGE)
    page: Any = Conversation()
    if placed:
        hand.show(page)
    page.show(samples.view(items))
    if not placed:
        hand.show(page)
    hand.settle()
    assert page.ids.thread.scroll_y == 0
    assert items[-1].text in texts(page)


def test_a_story_of_20_000_characters_is_shown_whole(hand: Hand) -> None:
    text = "An invented sentence. " * 909
    page = show(hand, (mine(text),))
    rows = [row["text"] for row in page.ids.thread.data if row["view"] == "Speech"]
    assert "".join(rows).replace("\n", "") == text
    assert max(w.texture_size[1] for w in page.walk() if hasattr(w, "texture_size")) < 4096


def test_forgetting_empties_it(hand: Hand) -> None:
    page = show(hand)
    page.ids.box.insert_text("Half")
    page.forget()
    hand.settle()
    shown = texts(page)
    for secret in ("Only the chat", "Half", "EEA-", "handler-1"):
        assert secret not in shown


def test_a_request_is_a_card_with_two_buttons(hand: Hand) -> None:
    page, pressed = show(hand, (samples.request(),)), []
    page.act_on = pressed.append
    assert "handler-1 asks for your consent" in texts(page)
    hand.tap_text(page, "Allow")
    hand.tap_text(page, "Don\u2019t allow")
    assert pressed == ["allow:1", "refuse:1"]


def test_buttons_of_a_card_stand_under_each_other_where_they_must(hand: Hand) -> None:
    from kivy.metrics import Metrics

    from mobile.widgets.notice import Ask

    for scale, beside in ((1, True), (2, False)):
        Metrics.fontscale = scale
        page = show(hand, (samples.request(),))
        ask = next(w for w in page.walk(restrict=True) if isinstance(w, Ask))
        assert ask.beside is beside
        tall = [child.height for child in ask.children]
        assert ask.height >= (max(tall) if beside else sum(tall))


def test_a_very_long_request_is_shown_whole(hand: Hand) -> None:
    from dataclasses import replace

    item = samples.request()
    text = "An invented purpose that goes on. " * 600
    page = show(hand, (replace(item, notice=replace(item.notice, text=text)),))
    rows = [row for row in page.ids.thread.data if row["view"] == "Told"]
    assert "".join(row["text"] for row in rows).replace("\n", "") == text
    assert max(row["size"][1] for row in rows) < 4096
    assert [row["last"] for row in rows] == [False] * len(rows)  # the buttons come last


def test_a_card_after_a_gap_says_so(hand: Hand) -> None:
    from dataclasses import replace

    page = show(hand, (replace(samples.broken(), warning="One is missing."),))
    assert GAP_BEFORE in texts(page)
    assert "told somebody about your case" in texts(page)


def test_what_is_late_is_told_under_the_newest_message(hand: Hand) -> None:
    page, pressed = show(hand, (), standing=samples.LATE), []
    page.act_on = pressed.append
    assert "They have not." in texts(page)
    hand.tap_text(page, "What you can do")
    assert pressed == ["late"]


def test_a_stranger_stands_before_somebody_new(hand: Hand) -> None:
    new = samples.person("handler-7", agreed=False)
    page, asked = show(hand, people=(new, *samples.everybody())), []
    page.who = lambda: asked.append(True)
    assert "handler-9 can read this case. You did not agree to that." in texts(page)
    hand.tap_text(page, "See what you can do")
    assert asked == [True]


def test_on_a_low_window_what_is_told_is_a_card_in_the_thread(hand: Hand) -> None:
    page = hand.show(Conversation(), 320, 568)
    tried: list[bool] = []
    page.again = lambda: tried.append(True)
    page.show(samples.view((mine("Text.", state="waiting", why="No signal."),)))
    hand.settle()
    assert not page.ids.trouble.shown
    hand.tap_text(page, "Try again")
    assert tried == [True]
    page.height = 844
    hand.settle()
    assert page.ids.trouble.shown
    assert "No signal." in texts(page)
    assert not [row for row in page.ids.thread.data if row["view"] == "Ask"]


def test_what_is_not_sent_is_counted_over_the_thread(hand: Hand) -> None:
    page = show(hand, (mine("One.", key="1", state="waiting"), mine("Two.", key="2")))
    assert "1 message is not sent yet" in texts(page)
    page.show(samples.view((mine("Two.", key="2"),)))
    hand.settle()
    assert "not sent yet" not in texts(page)


def test_a_new_reply_is_told_and_not_fetched_by_itself(hand: Hand) -> None:
    page, looked = show(hand, (mine("One."),)), []
    page.look = lambda: looked.append(True)
    page.news = True
    hand.settle()
    assert not looked
    hand.tap_text(page, "Show it")
    assert looked == [True]
    page.news = False
    hand.settle()
    assert "There is a new reply" not in texts(page)


def test_who_reads_stands_before_a_new_reply(hand: Hand) -> None:
    page = show(hand, people=samples.everybody())
    page.news = True
    hand.settle()
    assert "There is a new reply" not in texts(page)


@pytest.mark.parametrize(("scale", "shown"), [(1, "Message"), (3, "")])
def test_a_hint_that_would_be_cut_is_not_shown(hand: Hand, scale: float, shown: str) -> None:
    from kivy.metrics import Metrics

    Metrics.fontscale = scale
    page = hand.show(Conversation(attach=lambda: None), 320, 568)
    assert page.ids.box.hint_text == shown
    wide = hand.show(Conversation(attach=lambda: None), 900, 568)
    assert wide.ids.box.hint_text == "Message"
