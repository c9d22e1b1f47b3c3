"""The way through the app on the served demo: report, words, practice, conversation, back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kivy.clock import Clock

from mobile.clipboard import Clipboard
from mobile.notebook_file import NotKept
from shared.errors import Unreachable
from tests.mobile.conftest import Board, Hand, Inline, texts
from tests.mobile.test_reporter import inbox
from tests.mobile.walk import Phone, held

__all__ = ["Phone", "held"]

Served = dict[str, Any]


@pytest.fixture
def phone(hand: Hand, served: Served, inline: Inline, board: Board) -> Iterator[Phone]:
    phone = Phone(hand, served["address"], inline, board)
    phone.app.connect()
    hand.settle()
    yield phone
    phone.app.on_stop()


def test_it_works(phone: Phone, guardian: Any, hand: Hand, served: Served) -> None:
    assert phone.sees("Speak up without saying who you are")
    assert phone.sees("Use your own phone and data")
    phone.press("Report something")
    phone.press("Bullying")
    phone.press("Sexual harassment")
    phone.to_step(1)
    phone.type("place", "An invented group")
    phone.to_step(2)
    phone.type("story", "An invented story, from the app.")
    phone.to_step(3)
    phone.type("who_knows", "About ten people")
    phone.to_step(5)
    assert phone.sees("handler-1")
    assert phone.sees("handler-2")
    phone.to_step(6)
    assert phone.sees("An invented story, from the app.")
    assert phone.sees("Bullying, Sexual harassment")
    phone.press("Send now")
    assert phone.sees("Keep these eight words")
    words, reference = phone.words(), phone.screen.reference
    assert len(words) == 8
    phone.practise()
    assert phone.sees("All done")
    phone.press("Finish")
    assert phone.sees("Report something")

    case = inbox(guardian, reference)
    report = case.thread()[0].content
    assert report["story"] == "An invented story, from the app."
    assert report["concerns"] == ["bullying", "sexual-harassment"]
    case.send(case.prepare("Thank you. Are you safe?"))

    phone.press("I have my words")
    for word in words:
        phone.screen.ids.typed.ids.box.insert_text(word[:4] + " ")
        hand.settle(2)
    phone.press("Open my case")
    assert phone.sees("Thank you. Are you safe?")
    assert phone.sees("handler-1")
    phone.screen.ids.box.insert_text("I am.")
    hand.tap(phone.screen.ids.send)
    assert phone.sees("I am.")
    assert phone.sees("Sent")
    case.refresh()
    assert case.thread()[-1].content["text"] == "I am."


def test_going_back_and_forth_loses_no_letter(phone: Phone) -> None:
    phone.press("Report something")
    phone.to_step(2)
    phone.type("story", "Every letter, \u00e9 and \U0001f426 too.")
    phone.to_step(4)
    for _ in range(4):
        phone.screen.go_back()
    phone.press("Bullying")
    phone.screen.go_back()
    phone.press("Go on with your report")
    phone.to_step(6)
    assert phone.sees("Every letter, \u00e9 and \U0001f426 too.")
    assert phone.sees("Bullying")


def test_only_the_story_is_asked_for(phone: Phone) -> None:
    phone.press("Report something")
    phone.to_step(2)
    phone.press("Continue")
    assert phone.screen.step == 2
    assert phone.sees("Write what happened. A few words are enough.")


def test_danger_shows_999_and_what_urgent_means(phone: Phone, guardian: Any) -> None:
    phone.press("Report something")
    assert not phone.sees("Call 999 first")
    phone.press("Somebody is in danger now")
    assert phone.sees("Call 999 first")
    phone.press("Mark my report as urgent")
    phone.to_step(2)
    phone.type("story", "Urgent and invented.")
    phone.to_step(6)
    assert phone.sees("Yes: goes to the guardian at once")
    phone.press("Send now")
    assert phone.line.bodies("open")[-1]["urgent"] is True


def test_not_this_person(phone: Phone) -> None:
    phone.press("Report something")
    phone.to_step(2)
    phone.type("story", "Not for everybody.")
    phone.to_step(5)
    phone.press("Not this person")
    assert phone.sees("Shut out: has no key to open it")
    phone.press("Not this person")
    assert phone.sees("Nobody would be left to read it")
    phone.press("Continue")
    assert phone.screen.step == 5
    phone.press("Let this person read it")
    phone.to_step(6)
    phone.press("Send now")
    assert phone.sees("Keep these eight words")
    assert len(phone.line.bodies("open")[-1]["excluded"]) == 1


def test_an_unreachable_service_loses_nothing(phone: Phone) -> None:
    phone.write_report("Kept while there is no signal.")
    phone.line.refuse = [("open", Unreachable())]
    phone.press("Send now")
    assert phone.sees("Not sent yet")
    assert phone.sees("Wren tries again in a moment.")
    phone.press("Try again now")
    assert phone.sees("Keep these eight words")
    first, second = phone.line.bodies("open")
    assert first == second


def test_it_is_tried_again_by_itself(phone: Phone) -> None:
    phone.write_report()
    phone.line.refuse = [("open", Unreachable())]
    phone.press("Send now")
    assert phone.sees("Not sent yet")
    phone.try_again()
    assert phone.sees("Keep these eight words")


def test_what_waits_is_seen_from_the_first_page(phone: Phone) -> None:
    phone.write_report("An invented story that waits.")
    phone.line.refuse = [("open", Unreachable())]
    phone.press("Send now")
    phone.back()
    assert phone.sees("1 thing is not sent yet.")
    phone.press("My cases")
    assert phone.sees("Reports on their way")
    assert phone.sees("Waiting to be sent")
    phone.press("A report")
    assert phone.sees("Not sent yet")
    phone.back()
    phone.try_again()
    assert not phone.sees("1 thing is not sent yet.")
    phone.press("My cases")
    assert phone.sees("It has arrived. Keep its eight words.")
    reference = phone.app.outbox.reports()[0].case  # type: ignore[union-attr]
    phone.press(reference)
    assert phone.sees("Keep these eight words")


def test_another_report_while_one_waits(phone: Phone) -> None:
    phone.write_report("The first.")
    phone.line.refuse = [("open", Unreachable())]
    phone.press("Send now")
    phone.back()
    phone.write_report("The second.")
    phone.press("Send now")
    assert phone.sees("Your report is on its way")  # not at the same moment as the first
    assert len({one["case_id"] for one in phone.line.bodies("open")}) == 1
    phone.try_again()
    assert phone.sees("Keep these eight words")
    stories = [one.content["report"]["story"] for one in phone.app.outbox.items()]  # type: ignore[union-attr]
    assert stories == ["The first.", "The second."]


def test_later_at_a_random_time(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobile.pace.SystemRandom.uniform", lambda _self, low, high: high)
    phone.write_report("Not while I am on shift.")
    phone.press("At a random time within 6 hours")
    assert phone.sees("Without a PIN it is lost when you close Wren")
    phone.press("Send later")
    assert phone.sees("It goes at a random time")
    assert phone.sees("Within 6 hours. Nobody knows the moment beforehand.")
    phone.app.sending.look()
    assert not phone.line.bodies("open")
    phone.back()
    assert phone.sees("1 thing is not sent yet.")
    phone.press("My cases")
    phone.press("A report")
    phone.press("Send now")
    assert phone.sees("Keep these eight words")
    assert len(phone.line.bodies("open")) == 1


def test_a_chosen_time_is_not_forgotten_with_the_page(phone: Phone) -> None:
    phone.write_report()
    phone.press("At a random time within 2 hours")
    for _ in range(7):
        phone.back()
    phone.app.reporting = None  # as after a lock
    phone.press("Go on with your report")
    phone.to_step(6)
    assert phone.sees("Send later")


def full(*_: Any) -> None:
    raise NotKept


def test_what_can_not_be_kept_is_told_and_nothing_is_lost(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it waits: neither taken back, nor sent at another time."""
    phone.write_report("Waits.")
    phone.press("At a random time within 6 hours")
    phone.press("Send later")
    with monkeypatch.context() as disk:
        disk.setattr(phone.app.store, "put", full)
        phone.press("Send now")
        assert phone.sees(NotKept.default)
        phone.press("Take it back and change it")
        assert phone.sees(NotKept.default)
        assert phone.sees("It goes at a random time")
    phone.press("Take it back and change it")
    assert phone.sees("Waits.")


def test_words_that_can_not_be_forgotten_stay_in_the_list(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.write_report()
    phone.press("Send now")
    phone.practise()
    with monkeypatch.context() as disk:
        disk.setattr(phone.app.store, "drop", full)
        phone.press("Finish")
        assert phone.sees(NotKept.default)
    phone.press("My cases")
    assert phone.sees("It has arrived. Keep its eight words.")


def test_it_is_taken_back_and_changed(phone: Phone) -> None:
    phone.write_report("The first version.")
    phone.line.refuse = [("open", Unreachable())]
    phone.press("Send now")
    phone.press("Take it back and change it")
    assert phone.screen.step == 6
    assert phone.sees("The first version.")
    phone.app.draft.story = "The second version."
    phone.app.sending.look()
    assert len(phone.line.bodies("open")) == 1  # nothing goes meanwhile
    phone.press("Send now")
    phone.practise()
    phone.press("Open the conversation")
    assert phone.sees("The second version.")


def test_a_report_that_waits_can_be_deleted(phone: Phone) -> None:
    phone.write_report("To be deleted.")
    phone.line.cut = ["open"]
    phone.press("Send now")
    phone.press("Don\u2019t send it, delete it")
    assert phone.sees("It may have arrived all the same")
    phone.press("Go back")
    phone.press("Don\u2019t send it, delete it")
    phone.press("Yes, delete it")
    assert phone.sees("Report something")
    assert "To be deleted." not in held(phone)


def test_the_words_can_be_seen_while_it_waits(phone: Phone) -> None:
    phone.write_report()
    phone.line.refuse = [("open", Unreachable())] * 2
    phone.press("Send now")
    phone.press("Look at your eight words now")
    early = phone.words()
    assert phone.sees("Your report has not arrived yet")
    phone.press("Back")
    assert phone.sees("Not sent yet")
    phone.press("Look at your eight words now")
    phone.try_again()
    assert phone.sees("Your report has not arrived yet")
    phone.try_again()
    assert phone.sees("Your report has arrived")
    assert phone.words() == early


def test_a_report_that_may_have_arrived_says_so_when_it_is_changed(phone: Phone) -> None:
    phone.write_report()
    phone.line.cut = ["open"]
    phone.press("Send now")
    phone.press("Take it back and change it")
    assert phone.sees("An earlier version may have arrived.")


def test_interrupted_is_told_on_the_first_step(phone: Phone) -> None:
    phone.press("Report something")
    assert phone.sees("May you be interrupted?")
    phone.to_step(1)
    assert not phone.sees("May you be interrupted?")


def test_new_readers_are_shown_and_asked_about(phone: Phone) -> None:
    phone.write_report()
    phone.app.draft.agreed = phone.app.draft.agreed[:1]  # the other one came since
    phone.press("Send now")
    assert phone.screen.step == 5
    assert phone.sees("Nothing was sent")
    assert phone.sees("New. Can read it.")
    phone.press("Continue")
    assert phone.screen.step == 5
    phone.press("Yes, they may read it")
    phone.to_step(6)
    phone.press("Send now")
    assert phone.sees("Keep these eight words")


def test_a_fault_is_told_at_its_field(phone: Phone) -> None:
    phone.write_report()
    phone.app.draft.place = "\x00"
    phone.press("Send now")
    assert phone.screen.step == 1
    assert phone.sees("Take out control characters: only line breaks and tabs are allowed.")


def test_a_story_that_is_too_long_is_told_and_not_cut(phone: Phone) -> None:
    phone.press("Report something")
    phone.to_step(2)
    phone.type("story", "x" * 20_005)
    assert phone.sees("5 characters too many. Shorten it before you send.")
    phone.press("Continue")
    assert phone.screen.step == 2
    assert len(phone.app.draft.story) == 20_005


def test_the_words_are_practised(phone: Phone) -> None:
    phone.write_report()
    phone.press("Send now")
    phone.press("I have kept them")
    phone.press("Check")
    assert not phone.sees("All done")
    phone.screen.ids.first.ids.box.insert_text("wrong")
    phone.press("Check")
    place = phone.screen._asked[0] + 1
    assert phone.sees(f"That is not word {place}. Go back to look at it.")
    asked = phone.screen._asked
    phone.press("Show me the words again")
    phone.practise()
    assert phone.sees("All done"), asked


def test_the_clipboard_is_cleared_after_a_minute(phone: Phone, hand: Hand) -> None:
    phone.write_report()
    phone.press("Send now")
    phone.press("Copy the words")
    assert phone.board.text == " ".join(phone.words())
    event = phone.app.clipboard._clear
    assert event.timeout == 60
    assert event.is_triggered
    event.get_callback()(0)
    assert not phone.board.text.strip()


def test_what_was_copied_since_stays_on_the_clipboard(board: Board) -> None:
    clipboard = Clipboard(board)
    clipboard.put("eight words")
    board.text = "something else"
    clipboard.clear()
    assert board.text == "something else"


def test_from_the_words_straight_to_the_conversation(phone: Phone) -> None:
    phone.write_report("Straight on.")
    phone.press("Send now")
    phone.practise()
    phone.press("Open the conversation")
    assert phone.sees("Straight on.")
    assert phone.app.reporting is None


def test_an_earlier_version_that_arrived_is_told(phone: Phone) -> None:
    phone.write_report("First version.")
    phone.line.cut = ["open"]
    phone.press("Send now")
    assert phone.sees("Not sent yet")
    phone.press("Take it back and change it")
    phone.app.draft.story = "Second version."
    phone.press("Send now")
    assert phone.sees("An earlier version had already arrived")
    phone.practise()
    phone.press("Open the conversation")
    assert phone.sees("First version.")
    assert phone.screen.ids.box.text == "Second version."


def test_a_lost_answer_to_a_message(phone: Phone, hand: Hand) -> None:
    phone.write_report()
    phone.press("Send now")
    phone.practise()
    phone.press("Open the conversation")
    phone.line.cut = ["say"]
    phone.screen.ids.box.insert_text("Once only.")
    hand.tap(phone.screen.ids.send)
    assert phone.sees("Waiting to be sent")
    assert phone.sees("Not sent yet")
    phone.press("Try again")
    assert not phone.sees("Waiting to be sent")
    assert texts(phone.screen).count("Once only.") == 1


def test_leaving_with_something_unsent_is_asked_about(phone: Phone, hand: Hand) -> None:
    phone.write_report()
    phone.press("Send now")
    phone.practise()
    phone.press("Open the conversation")
    phone.line.refuse = [("say", Unreachable())]
    phone.screen.ids.box.insert_text("Not gone yet.")
    hand.tap(phone.screen.ids.send)
    phone.screen.go_back()
    assert phone.sees("1 message is not sent yet. Press back again to leave without it.")
    phone.screen.go_back()
    assert phone.sees("I have my words")


def test_quick_exit_leaves_nothing(phone: Phone) -> None:
    phone.write_report("Nobody may see this.")
    phone.press("Send now")
    words = phone.words()
    phone.press("Copy the words")
    phone.exit()
    assert phone.sees("Staff guidance")
    assert not phone.sees("Report something")
    found = held(phone)
    assert "Nobody may see this." not in found
    assert not any(f"'{word}'" in found for word in words)
    assert not phone.board.text.strip()
    assert phone.app.outbox is None or not phone.app.outbox.items()
    phone.app.start_page()
    assert phone.sees("Report something")


def test_quick_exit_in_the_middle_of_typing(phone: Phone) -> None:
    phone.press("Report something")
    phone.to_step(2)
    phone.type("story", "Half a sentence")
    box = next(phone.screen.part(2).fields()).ids.box.__self__
    phone.exit()
    assert "Half a sentence" not in held(phone)
    assert box.text == ""
    assert not box._undo
    phone.app.start_page()
    phone.press("Report something")
    assert phone.screen.step == 0
    assert not phone.app.draft.report()


def test_quick_exit_drops_what_is_under_way(phone: Phone) -> None:
    phone.write_report()
    phone.sender.held = True
    phone.press("Send now")
    assert phone.sees("Your report is on its way")
    phone.exit()
    phone.sender.go()
    assert phone.sees("Staff guidance")


def test_quick_exit_twice_closes(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[bool] = []
    monkeypatch.setattr(phone.app, "stop", lambda: stopped.append(True))
    phone.exit()
    phone.exit()
    assert stopped == [True]


def test_sending_twice_in_a_row_is_one_send(phone: Phone) -> None:
    phone.write_report()
    phone.sender.held = True
    page = phone.screen
    phone.press("Send now")
    page.go_on()
    phone.app.sending.look()
    assert len(phone.sender.waiting) == 1
    phone.sender.go()
    assert phone.sees("Keep these eight words")
    assert len(phone.line.bodies("open")) == 1


def test_no_service_at_the_start_then_there_is(
    hand: Hand, inline: Inline, board: Board, served: Served
) -> None:
    phone = Phone(hand, served["address"], inline, board)
    phone.line.refuse = [("directory", Unreachable())]
    phone.press("Report something")
    assert phone.sees("The service can't be reached.")
    phone.press("Try again")
    phone.press("Report something")
    assert phone.sees("What is it about?")


def test_a_report_is_written_without_a_line_and_goes_when_there_is_one(
    hand: Hand, inline: Inline, board: Board, served: Served, tmp_path: Path
) -> None:
    """By what is kept of the organisation since the last time."""
    phone = Phone(hand, served["address"], inline, board, tmp_path / "phone")
    phone.app.connect()
    phone.restart()
    phone.line.refuse = [("directory", Unreachable())] * 2
    phone.write_report("Written without a line.")
    assert phone.sees("Written without a line.")
    phone.press("Send now")
    assert phone.sees("Not sent yet")
    phone.try_again()
    assert phone.sees("Keep these eight words")
    phone.app.on_stop()


def test_a_bad_address_in_the_settings_is_asked_for_again(
    hand: Hand, inline: Inline, board: Board
) -> None:
    phone = Phone(hand, "eeast", inline, board)
    phone.app.connect()
    assert phone.sees("Which organisation?")


def test_the_phones_back_button_goes_back(phone: Phone, paper: Any) -> None:
    phone.press("Report something")
    phone.to_step(1)
    paper.dispatch("on_keyboard", 27, 0, None, [])
    assert phone.screen.step == 0
    Clock.tick()
