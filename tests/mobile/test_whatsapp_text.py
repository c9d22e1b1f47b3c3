"""What of a chat is sent: nobody's name, no clock of one's own, nothing that was not chosen."""

from __future__ import annotations

import pytest

from mobile.whatsapp import NOBODY, read
from mobile.whatsapp_text import by_default, is_own, notes, person, sent
from tests.mobile.chats import ANDROID_UK, IOS_UK, LRM, NNBSP, PASTE


def text(chat: str, chosen: set[int], own: int = NOBODY, *, pasted: bool = False) -> str:
    return sent(read(chat, pasted=pasted), chosen, own).decode()


def test_it_works() -> None:
    """Person A, B; the reporter's own lines say so; gaps show; a second line can't pose."""
    assert text(ANDROID_UK, {2, 3, 6}, own=2) == (
        "WhatsApp. Text from an export, which anyone can edit.\n\n"
        "[\u2026]\n13 March 2024\n"
        "10:19 Person A: Morning\n    all of you\n"
        "10:20 Person B: (a picture, recording or file, which is not here) Look at this\n"
        "[\u2026]\n14 March 2024\n"
        "00:05 Person B: (a picture, recording or file, which is not here)\n[\u2026]\n"
    )
    assert "00:06 Me, who reports this: 10:30: we all saw it" in text(ANDROID_UK, {7}, own=2)


def test_it_tells_nothing_of_the_phone() -> None:
    """The same message from both kinds of phone, in 12 hours and with seconds, is the same."""
    android = f"13/03/2024, 10:18{NNBSP}pm - Kim: text\n13/03/2024, 10:19{NNBSP}pm - Jo: b\n"
    ios = f"{LRM}[13.03.24, 22:18:07] ~Kim: text\n[13.03.24, 22:19:09] Jo: b\n"
    assert text(android, {0, 1}) == text(ios, {0, 1})
    every = set(range(len(read(IOS_UK).lines)))
    assert LRM not in text(IOS_UK, every)


def test_without_a_year_or_a_head() -> None:
    assert "\n13 March\n10:18 Person A: Did you hear?\n" in text(PASTE, {0}, 1, pasted=True)
    assert "Without a day\nSomebody, without a name: hm\n" in text("hm", {0}, pasted=True)


@pytest.mark.parametrize(
    ("at", "own", "name"),
    [(0, NOBODY, "Person A"), (25, NOBODY, "Person Z"), (26, NOBODY, "Person AA"),
     (1, 0, "Person A"), (0, 1, "Person A"), (2, 1, "Person B"), (1, 1, "Me, who reports this")],
)  # fmt: skip
def test_letters(at: int, own: int, name: str) -> None:
    assert person(at, own) == name


def test_a_line_that_poses_as_another_persons_stands_further_in() -> None:
    found = text("13/03/2024, 10:18 - Kim: a\n10:19 Person B: b\n", {0})
    assert "\n10:19 Person B" not in found
    assert "\n    10:19 Person B: b" in found


def test_doubts_and_edits_are_said() -> None:
    assert "(edited)" in text(ANDROID_UK, {4})
    chat = "13/03/2024, 10:18 - Kim: a\n12/03/2024, 10:18 - Jo: b\n13/03/2024, 10:19 - Kim: c\n"
    assert "(possibly quoted: its time goes back)" in text(chat, {1})
    assert "possibly" not in text(chat, {0, 2})
    inside = "13/03/2024, 10:18 - Kim: a\n[12/03, 10:18] Jo: b\n"
    assert "(another dated message stands inside it)" in text(inside, {0})


def test_a_whole_day_is_what_others_wrote() -> None:
    """Not one's own lines, and not what WhatsApp tells, which says what one did."""
    chat = read(IOS_UK)
    own = chat.speakers.index("Jo Madeup")
    assert [by_default(one, own) for one in chat.lines] == [False] * 2 + [True] * 5 + [False]
    assert [is_own(one, own) for one in chat.lines] == [False, True] + [False] * 5 + [True]


def test_names_inside_are_pointed_at_and_not_changed() -> None:
    chat = read(ANDROID_UK)
    every = set(range(len(chat.lines)))
    found, whole = notes(chat, every, own=chat.speakers.index("Jo Madeup"))
    assert whole
    assert "Baz" in found[4]
    assert "That is not right, Baz" in sent(chat, {4}, NOBODY).decode()
    mine, _whole = notes(chat, {4}, own=chat.speakers.index("Baz Quillmore"))
    assert "own name" in mine[4]


def test_numbers_inside_are_pointed_at() -> None:
    chat = read("13/03/2024, 10:18 - Kim: Ring 07700 900123\n13/03/2024, 10:19 - Kim: no\n")
    found, _whole = notes(chat, {0, 1}, NOBODY)
    assert "Phone numbers" in found[0]
    assert 1 not in found


def test_a_long_choice_is_not_looked_at_to_its_end_and_that_is_said() -> None:
    lines = "".join(f"13/03/2024, 10:18 - Kim: {'an invented word ' * 300}\n" for _ in range(60))
    chat = read(lines)
    assert notes(chat, set(range(60)), NOBODY)[1] is False


def test_half_a_character_is_sent_as_a_question_mark() -> None:
    assert b"a?" in sent(read("a\ud800", pasted=True), {0}, NOBODY)
