"""The page between a report's last step and its check, and before a reply: shows, stops nobody."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from mobile.draft import Draft
from mobile.language import language
from mobile.looking_over import LookingOver
from mobile.screens.conversation import Conversation
from mobile.screens.pointing import LINES, MOST, ONLY_ENGLISH, Pointing
from mobile.screens.report import CHECK, READERS, Report
from mobile.theme import theme
from mobile.widgets.finding import FindingCard
from tests.mobile import pointed, samples
from tests.mobile.conftest import Hand, Inline, find, texts


class App:
    """What `LookingOver` needs of the app."""

    def __init__(self, hand: Hand, jobs: Inline) -> None:
        self.hand, self.jobs = hand, jobs
        self.known = {**samples.DIRECTORY, "handlers": [{"id": "1", "name": "handler-1"}]}
        self.screen: Any = None
        self.looking = LookingOver(self)  # type: ignore[arg-type]

    def show(self, screen: Any) -> None:
        self.screen = self.hand.show(screen)

    def press(self, text: str) -> None:
        button = find(self.screen, text)
        self.hand.see(button)
        self.hand.tap(button)
        self.hand.settle()

    def sees(self, text: str) -> bool:
        return text in texts(self.screen)

    def report(self, **fields: Any) -> Report:
        """A report at its last step."""
        readers = samples.READERS
        page = Report(Draft(**fields), samples.DIRECTORY, readers=lambda desk: readers[desk])
        page.look_over = lambda then: self.looking.report(page, then)
        page.step = READERS
        self.show(page)
        return page

    def conversation(self, height: int = 844) -> Conversation:
        """A case in which a reply can be written; what goes is in `sent`."""
        page, self.sent = Conversation(), []
        page.write = self.sent.append
        page.look_over = lambda text: self.looking.reply(page, text)
        page.show(samples.view(samples.thread()[:2]))
        self.screen = self.hand.show(page, 390, height)
        return page

    def say(self, text: str) -> None:
        self.screen.ids.box.insert_text(text)
        self.hand.tap(self.screen.ids.send)
        self.hand.settle()


@pytest.fixture
def app(hand: Hand, inline: Inline) -> Iterator[App]:
    theme.motion = False  # what glides is not where it is tapped
    yield App(hand, inline)
    theme.motion = True


def cards(page: Any) -> list[FindingCard]:
    return [one for one in reversed(page.ids.cards.children) if isinstance(one, FindingCard)]


STORY = "I was the only woman there. Dave laughed, and handler-1 knows of it."


def test_it_works(app: App) -> None:
    report = app.report(story=STORY, when="12/04/2025")
    app.press("Continue")
    assert isinstance(app.screen, Pointing)
    assert app.sees("Could this point at you?")
    shown = [(card.title, card.why) for card in cards(app.screen)]
    assert [title for title, _ in shown] == [
        "Only a few were there", "Somebody who reads reports", "Names", "Exact days",
    ]  # fmt: skip
    assert app.sees("What happened")
    assert app.sees("If you were the only one, this tells who you are.")
    assert app.sees("[b]")
    app.press("Continue")
    assert app.screen is report
    assert report.step == CHECK


def test_nothing_found_is_said_honestly(app: App) -> None:
    app.report(story="People share jokes in a group.")
    app.press("Continue")
    assert app.sees("Nothing that we look for. A story can still point at you")
    assert not cards(app.screen)


def test_the_words_are_marked_and_nothing_written_is_markup(app: App) -> None:
    app.report(story="[b]my crewmate[/b] & co")
    app.press("Continue")
    line = cards(app.screen)[0].ids.lines.children[0]
    assert "&bl;b&br;[b][color=" in line.text
    assert ">my crewmate<" not in line.text
    before = line.text
    theme.night = True
    assert line.text != before


def test_change_it_goes_to_the_words_and_comes_back(app: App) -> None:
    report = app.report(story=STORY)
    app.press("Continue")
    app.press("Change it")
    assert app.screen is report
    assert report.step == 2
    (story, *_) = report.part(2).fields()
    assert story.ids.box.selection_text == "I was the only woman"
    story.text = "Somebody laughed."
    app.press("Continue")
    assert app.sees("Nothing that we look for")
    app.press("Continue")
    assert report.step == CHECK


def test_a_step_further_back_forgets_the_way_back(app: App) -> None:
    report = app.report(story=STORY)
    app.press("Continue")
    app.press("Change it")
    report.go_back()
    app.press("Continue")
    assert app.screen is report
    assert report.step == 2


def test_what_is_left_stays_left(app: App) -> None:
    app.report(story=STORY)
    app.press("Continue")
    app.press("Leave it")
    assert [card.left for card in cards(app.screen)] == [True, False, False]
    assert app.sees("You leave it as it is.")
    app.screen.go_back()
    app.press("Continue")
    assert [card.left for card in cards(app.screen)] == [True, False, False]


def test_few_people_is_said_and_not_sent(app: App) -> None:
    report = app.report(story=STORY)
    app.press("Continue")
    app.press("Three to five")
    assert app.sees("Three to five people could have written this.")
    assert set(report.draft.report()) == {"story"}
    app.screen.go_back()
    app.press("Continue")
    assert app.screen.ids.many.chosen == ["3-5"]
    app.press("Three to five")
    assert not app.sees("could have written this")


def test_the_answer_is_written_in_when_asked_for(app: App) -> None:
    report = app.report(story=STORY, who_knows="My union.")
    app.press("Continue")
    app.press("One or two")
    app.press("Write it into my report")
    assert app.sees("It is in your report now")
    assert report.draft.who_knows == "My union.\nOne or two people know what this tells."
    report.add_who_knows("One or two people know what this tells.")
    assert report.draft.who_knows.count("One or two") == 1


def test_danger_that_is_not_ticked_is_not_looked_at(app: App) -> None:
    app.report(story="An invented story.", immediate_danger="Dave", in_danger=False)
    app.press("Continue")
    assert not cards(app.screen)


def test_a_check_that_fails_stops_nobody(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    from shared.errors import WrenError

    def fail(*_: Any) -> None:
        raise WrenError

    monkeypatch.setattr("mobile.pointing.of_fields", fail)
    report = app.report(story=STORY)
    app.press("Continue")
    assert app.sees("This check did not work.")
    assert not app.sees("Nothing that we look for")
    app.press("Continue")
    assert report.step == CHECK
    app.conversation()
    app.say(STORY)
    assert app.sent == [STORY]


def test_nothing_comes_back_into_a_page_that_was_left(app: App) -> None:
    app.jobs.held = True
    app.report(story=STORY)
    app.press("Continue")
    page = app.screen
    assert app.sees("Looking\u2026")
    app.looking.forget()
    app.jobs.go()
    assert not cards(page)
    assert "Dave" not in texts(page)


def test_forgetting_takes_all_away(app: App) -> None:
    app.report(story=STORY)
    app.press("Continue")
    page = app.screen
    app.press("Leave it")
    app.press("One or two")
    app.looking.forget()
    assert "Dave" not in texts(page)
    assert not page._texts
    assert not app.looking._left
    assert not app.looking._many


def test_nothing_that_was_written_is_kept_alive(app: App) -> None:
    app.report(story=STORY)
    app.press("Continue")
    lines = [weakref.ref(card.ids.lines.children[0]) for card in cards(app.screen)]
    app.looking.forget()
    app.hand.settle()
    gc.collect()
    assert [line() for line in lines] == [None] * 3


def test_other_languages_are_told_what_it_knows(hand: Hand) -> None:
    page = hand.show(pointed.page())
    assert not page.foreign
    try:
        language.use("pl")
        hand.settle()
        assert page.foreign == language.text(ONLY_ENGLISH)
    finally:
        language.use("en")


def test_a_pasted_chat_does_not_fill_the_page(hand: Hand) -> None:
    lines = "\n".join(f"[13/03, 10:{at % 60:02d}] Kev: ok" for at in range(400))
    page = hand.show(pointed.page(texts={"story": lines}))
    assert len(cards(page)) <= MOST
    assert max(len(card.ids.lines.children) for card in cards(page)) == LINES
    assert f"And {400 - LINES} more places." in texts(page)


# --- a reply ---


def test_a_reply_without_anything_goes_at_once(app: App) -> None:
    page = app.conversation()
    app.say("Thank you, I will.")
    assert app.sent == ["Thank you, I will."]
    assert not page.ids.pointing.shown


def test_a_reply_is_told_about_once_and_goes_anyway(app: App) -> None:
    page = app.conversation()
    app.say(pointed.REPLY)
    assert app.sent == []
    assert app.sees("3 things in it could point at you")
    app.press("Send anyway")
    assert app.sent == [pointed.REPLY]
    assert not page.ids.pointing.shown
    app.say(pointed.REPLY)
    assert app.sent == [pointed.REPLY] * 2, "what was left once is not asked about again"


def test_a_reply_is_looked_at_and_changed(app: App) -> None:
    page = app.conversation()
    app.say(f"  {pointed.REPLY}")
    app.press("Show me")
    assert isinstance(app.screen, Pointing)
    assert app.sees("Your shift")
    assert not app.screen.ids.many.children
    app.press("Change it")
    assert app.screen is page
    assert page.ids.box.selection_text == "my night shift"
    page.ids.box.insert_text(" I ask you.")
    assert not page.ids.pointing.shown
    assert app.sent == []


def test_a_reply_is_sent_from_the_page(app: App) -> None:
    page = app.conversation()
    app.say(pointed.REPLY)
    app.press("Show me")
    app.press("Send anyway")
    assert app.sent == [pointed.REPLY]
    assert app.screen is page
    assert page.ids.box.text == ""


def test_a_low_window_shows_the_page_instead_of_the_banner(app: App) -> None:
    page = app.conversation(height=390)
    app.say(pointed.REPLY)
    assert isinstance(app.screen, Pointing)
    app.screen.go_back()
    assert app.screen is page
    assert page.ids.box.text == pointed.REPLY


def test_a_reply_that_was_changed_meanwhile_does_not_go(app: App) -> None:
    page = app.conversation()
    app.jobs.held = True
    app.say("Thank you.")
    page.ids.box.insert_text(" Ring me on 07700 900123.")
    app.jobs.go()
    assert app.sent == []
    assert "07700" in page.ids.box.text
