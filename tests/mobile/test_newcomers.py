"""What new users stumbled over: each is told once, leads somewhere, and stays true."""

from __future__ import annotations

from typing import Any

import pytest
from kivy.effects.dampedscroll import DampedScrollEffect

from mobile.draft import NEEDED
from mobile.pace import KEPT, NOT_KEPT
from mobile.screens.welcome import Welcome
from shared.errors import Unreachable
from tests.mobile.conftest import Hand, Inline, texts
from tests.mobile.screens import screens
from tests.mobile.test_cases import keep, locked, phone, timers  # noqa: F401 - fixtures
from tests.mobile.test_news import Timers
from tests.mobile.test_pointing_page import STORY, App
from tests.mobile.walk import Phone
from tests.online import Online


@pytest.fixture
def app(hand: Hand, inline: Inline) -> App:
    return App(hand, inline)


def finished(locked: Phone) -> None:  # noqa: F811
    locked.write_report()
    locked.press("Send now")
    locked.practise()
    locked.press("Finish")


def test_finishing_without_keeping_the_words_warns_once(locked: Phone) -> None:  # noqa: F811
    finished(locked)
    assert locked.sees("The words are not kept on this phone")
    locked.back()
    assert locked.sees("All done")
    locked.press("Finish")  # once is enough
    assert locked.sees("Report something")
    assert not locked.app.kept_cases.records()


def test_the_warning_keeps_them_where_that_is_wanted(locked: Phone) -> None:  # noqa: F811
    finished(locked)
    locked.press("Keep them under my PIN")
    assert locked.sees("Report something")
    assert len(locked.app.kept_cases.records()) == 1


def test_who_has_them_elsewhere_goes_on(locked: Phone) -> None:  # noqa: F811
    finished(locked)
    locked.press("I have them elsewhere")
    assert locked.sees("Report something")
    assert not locked.app.kept_cases.records()


def test_the_signs_of_the_first_page_lead_there(hand: Hand) -> None:
    went: list[str] = []
    page = hand.show(
        Welcome(kept=1, news=1, unsent=2, cases=lambda: went.append("cases"),
                waits=lambda: went.append("waits"))
    )  # fmt: skip
    hand.tap_text(page, "There is something new in 1 case.")
    hand.tap_text(page, "2 things are not sent yet.")
    assert went == ["cases", "waits"]


def test_the_one_report_that_waits_is_shown_at_once(phone: Phone) -> None:  # noqa: F811
    phone.write_report("Waits.")
    phone.press("At a random time within 6 hours")
    phone.press("Send later")
    phone.back()
    phone.press("1 thing is not sent yet.")
    assert phone.sees("It goes at a random time")


def test_an_error_on_the_list_goes_when_the_line_is_back(
    phone: Phone,  # noqa: F811
    online: Online,
    timers: Timers,  # noqa: F811
) -> None:
    reference, words = online.report()
    keep(phone, words)
    phone.line.refuse = [("sign-in", Unreachable())]
    phone.press(reference)
    assert phone.sees("The service can't be reached.")
    timers.move(400)
    phone.hand.settle()
    assert not phone.sees("The service can't be reached.")


@pytest.mark.parametrize(("kept", "text"), [(True, KEPT), (False, NOT_KEPT)])
def test_when_it_is_sent_is_said_in_the_same_words(hand: Hand, kept: bool, text: str) -> None:
    found = dict(screens())
    for name in ("report-later", "waiting-delayed"):
        page = hand.show(found[name]())
        page.kept = kept
        hand.settle()
        assert text in texts(page), name
        assert "Keep Wren open" not in texts(page)


def test_the_times_are_not_hidden(hand: Hand) -> None:
    page = hand.show(dict(screens())["report-check"]())
    assert "At a random time within 6 hours" in texts(page)


def test_the_words_to_change_can_be_typed_over_at_once(app: App) -> None:
    report = app.report(story=STORY)
    app.press("Continue")
    assert app.screen.subtitle == "Step 6 of 7"
    app.press("Change it")
    (story, *_more) = report.part(2).fields()
    assert story.ids.box.focus
    assert story.ids.box.selection_text == "I was the only woman"


def test_what_is_missing_is_told_once(hand: Hand) -> None:
    page: Any = hand.show(dict(screens())["report-story"]())
    next(page.part(2).fields()).text = ""
    page.go_on()
    hand.settle()
    assert page.step == 2
    assert texts(page).count(NEEDED) == 1


def test_nothing_springs_back_from_its_end(hand: Hand) -> None:
    page = hand.show(dict(screens())["report-check"]())
    assert not issubclass(page.ids.scroll.effect_cls, DampedScrollEffect)
    effect = page.ids.scroll.effect_y
    for pulled in (effect.min - 300, effect.max + 300):
        effect.value = pulled
        assert min(effect.min, effect.max) <= effect.value <= max(effect.min, effect.max)
