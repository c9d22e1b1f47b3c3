"""The hint before a reply goes: what asks for something that identifies, and what does not."""

from __future__ import annotations

import pytest

from api.console.naming import ASKS
from api.rules import identifying
from api.setup import defaults


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("What is your name?", "name"),
        ("Please give your full name and role.", "name"),
        ("Who are you?", "who"),
        ("Could you tell me your job title?", "who"),
        ("Which shift were you on?", "shift"),
        ("I need to know which rota this was on", "shift"),
        ("Which station is this about?", "place"),
        ("Where do you work?", "place"),
        ("Who was the crew?", "crew"),
        ("What's the call sign", "crew"),
        ("Which vehicle was it?", "crew"),
        ("Please give me your staff number.", "number"),
        ("What is your HCPC number?", "number"),
        ("Can I call you?", "contact"),
        ("Could you send your email address?", "contact"),
        ("Would you meet me?", "contact"),
        ("When exactly did that happen?", "time"),
        ("What time was it?", "time"),
        ("Were you on that job?", "there"),
        ("Did you see it yourself?", "there"),
        ("Would only you know this?", "only"),
        ("Was it only sent to you?", "only"),
        ("You need not say who you are, but which station is it?", "place"),
        ("Thank you for this.\nwhat\N{RIGHT SINGLE QUOTATION MARK}s your name", "name"),
        ("WHICH SHIFT?", "shift"),
    ],
)
def test_it_works(text: str, about: str) -> None:
    found = identifying.asked_for(text)
    assert about in [one.about for one in found]
    assert all(one.sentence.strip("?") in text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
               for one in found)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thank you. I have read it, and I will write again on Monday.",
        "Please don't tell me your name.",
        "You need not give your name or anything else that would say who you are.",
        "I spoke to the station manager; nobody was named.",
        "What would you like to happen?",
        "Are you safe now?",
        "About how many people know of this?",
        "Nobody will know which shift this came from.",
        "Call 999 if you are in danger.",
        "I am on shift on Tuesday.",
        "How are you?",
        "Is there anything else that you want to say?",
        "?" * 30_000,
        "a" * 30_000,
    ],
)
def test_what_asks_for_nothing(text: str) -> None:
    assert identifying.asked_for(text) == []


def test_the_common_replies_ask_for_nothing() -> None:
    for one in defaults()["replies"]:
        assert identifying.asked_for(one["text"]) == [], one["name"]


def test_each_is_told_once_and_has_a_name() -> None:
    found = identifying.asked_for("Which shift? Which shift was it? And whose shift?")
    assert [one.about for one in found] == ["shift"]
    assert set(identifying.codes()) == set(ASKS)


def test_it_says_nothing_of_the_text() -> None:
    assert "shift" not in repr(identifying.asked_for("Which shift?")[0]).replace("'shift'", "")
