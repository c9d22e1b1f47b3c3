"""Messages of WhatsApp: every shape is read for what it is, and what is none is told."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from mobile.whatsapp import BACK, INSIDE, NOBODY, Chat, NotRead, read
from mobile.whatsapp_kinds import CALL, DELETED, MEDIA, SYSTEM, TEXT
from tests.mobile.chats import ANDROID_UK, IOS_UK, LINES, LRM, NNBSP, PASTE, RLM, android

KIM, BAZ, JO = "Kim Invented", "Baz Quillmore", "Jo Madeup"
THAT_DAY, AT = (2024, 3, 13), 10 * 3600 + 18 * 60
LATER = AT + 12 * 3600

SHAPES = {
    "pasted": ("[13/03, 10:18] Kim: text", (0, 3, 13), AT),
    "pasted, the time first": ("[10:18, 13/03/2024] Kim: text", THAT_DAY, AT),
    "pasted, 12 hours": ("[10:18 pm, 13/03/2024] Kim: text", THAT_DAY, LATER),
    "pasted, a point after the month": ("[13.03., 10:18] Kim: text", (0, 3, 13), AT),
    "Android, UK": ("13/03/2024, 10:18 - Kim: text", THAT_DAY, AT),
    "Android, 12 hours": (f"13/03/2024, 10:18{NNBSP}pm - Kim: text", THAT_DAY, LATER),
    "Android, US": (f"3/13/24, 10:18{NNBSP}PM - Kim: text", THAT_DAY, LATER),
    "Android, an older one": ("13/03/2024 10:18 - Kim: text", THAT_DAY, AT),
    "Android, Germany": ("13.03.24, 10:18 - Kim: text", THAT_DAY, AT),
    "Android, Spain": ("13/3/24, 10:18 p.\u00a0m. - Kim: text", THAT_DAY, LATER),
    "Android, France": ("13/03/2024 \u00e0 10:18 - Kim: text", THAT_DAY, AT),
    "Android, Finland": ("13.3.2024 klo 10.18 - Kim: text", THAT_DAY, AT),
    "Android, Sweden": ("2024-03-13 10:18 - Kim: text", THAT_DAY, AT),
    "Android, Netherlands": ("13-03-2024 10:18 - Kim: text", THAT_DAY, AT),
    "Android, Czechia": ("13. 3. 2024 10:18 - Kim: text", THAT_DAY, AT),
    "Android, Hungary": ("2024. 03. 13. 10:18 - Kim: text", THAT_DAY, AT),
    "Android, Korea": ("2024. 3. 13. \uc624\ud6c4 10:18 - Kim: text", THAT_DAY, LATER),
    "Android, China": ("2024/3/13 \u4e0b\u534810:18 - Kim: text", THAT_DAY, LATER),
    "Android, Egypt": (
        f"\u0661\u0663{RLM}/\u0663{RLM}/\u0662\u0660\u0662\u0664\u060c \u0661\u0660:\u0661\u0668"
        f" \u0645 - Kim: text", THAT_DAY, LATER,
    ),
    "iOS, UK": ("[13/03/2024, 10:18:22] Kim: text", THAT_DAY, AT + 22),
    "iOS, Germany": ("[13.03.24, 10:18:22] Kim: text", THAT_DAY, AT + 22),
    "iOS, US": (f"[3/13/24, 10:18:22{NNBSP}PM] Kim: text", THAT_DAY, LATER + 22),
    "iOS, marked": (f"{LRM}[13/03/2024, 10:18:22] Kim: text", THAT_DAY, AT + 22),
    "iOS, before 2018": ("13/03/2024, 10:18:22: Kim: text", THAT_DAY, AT + 22),
    "a thin space": ("13/03/2024,\u200910:18\u2009- Kim: text", THAT_DAY, AT),
    "lower case and no space": ("13/03/2024, 10:18pm - Kim: text", THAT_DAY, LATER),
}  # fmt: skip


def rows(chat: Chat) -> list[tuple[str, str, str]]:
    """(who, kind, text) of each line."""
    return [
        (chat.speakers[one.speaker] if one.speaker != NOBODY else "", one.kind, one.text)
        for one in chat.lines
    ]


@pytest.mark.parametrize("name", SHAPES)
def test_it_works(name: str) -> None:
    """Each shape, twice in a text with a message of two lines between."""
    head, day, clock = SHAPES[name]
    chat = read(f"{head}\nand more\n{head.replace('Kim', 'Jo')}\n")
    assert rows(chat) == [("Kim", TEXT, "text\nand more"), ("Jo", TEXT, "text")]
    assert [(one.day, one.clock) for one in chat.lines] == [(day, clock)] * 2


EXPECTED = [
    (KIM, TEXT, "Morning\nall of you"), (BAZ, MEDIA, "Look at this"),
    (KIM, TEXT, "That is not right"), (BAZ, DELETED, ""), (BAZ, MEDIA, ""),
]  # fmt: skip


def test_an_export_of_android() -> None:
    chat = read(ANDROID_UK)
    found = rows(chat)
    assert [one[1] for one in found[:2]] == [SYSTEM, SYSTEM]
    assert found[2:4] + found[5:7] == EXPECTED[:2] + EXPECTED[3:]
    assert found[4] == (KIM, TEXT, "That is not right, Baz")
    assert found[7:] == [(JO, TEXT, "10:30: we all saw it"), (JO, CALL, "")]
    assert [one.edited for one in chat.lines].index(True) == 4
    assert chat.speakers == [KIM, BAZ, JO]


def test_an_export_of_ios() -> None:
    """The group stands as an author before what WhatsApp tells, and is none."""
    chat = read(IOS_UK)
    assert rows(chat)[2:] == [*EXPECTED, (JO, CALL, "")]
    assert [one.kind for one in chat.lines[:2]] == [SYSTEM, SYSTEM]
    assert chat.speakers == [KIM, BAZ, JO]


def test_what_was_pasted() -> None:
    chat = read(PASTE, pasted=True)
    assert rows(chat)[2] == (BAZ, TEXT, "Two lines\nof it")
    assert chat.own == chat.speakers.index("You")


def test_one_message_alone_has_no_head() -> None:
    chat = read("Did you hear?\nAbout the night: it was bad.", pasted=True)
    assert rows(chat) == [("", TEXT, "Did you hear?\nAbout the night: it was bad.")]
    with pytest.raises(NotRead):
        read("Did you hear?\nAbout the night: it was bad.")


def test_a_dated_line_in_a_message_is_put_into_nobodys_mouth() -> None:
    """Somebody pasted it: the shape is another one than the export's."""
    text = (
        "13/03/2024, 10:18 - Kim: He wrote:\n[12/03, 09:00] Baz: something foul\n"
        "13/03/2024, 10:19 - Jo: No\n"
    )
    chat = read(text)
    assert chat.speakers == ["Kim", "Jo"]
    assert chat.lines[0].text == "He wrote:\n[12/03, 09:00] Baz: something foul"
    assert [one.doubt for one in chat.lines] == [INSIDE, ""]


def test_going_back_in_time_may_be_a_quotation() -> None:
    text = (
        "13/03/2024, 10:18 - Kim: He wrote:\n12/03/2024, 09:00 - Baz: something foul\n"
        "13/03/2024, 10:19 - Jo: No\n13/03/2024, 10:18 - Kim: A late one\n"
    )
    assert [one.doubt for one in read(text).lines] == ["", BACK, "", ""]


def test_a_clock_that_was_put_back_is_not_told_for_ever() -> None:
    lines = [f"01/02/2024, 10:{at % 60:02} - Kim: {at}" for at in range(60)]
    chat = read("\n".join(["13/03/2024, 10:18 - Kim: before", *lines]))
    assert [one.doubt for one in chat.lines[1:51]] == [BACK] * 50
    assert {one.doubt for one in chat.lines[51:]} == {""}


def test_without_years_january_follows_december() -> None:
    chat = read("[31/12, 23:59] Kim: a\n[01/01, 00:01] Kim: b\n", pasted=True)
    assert [one.doubt for one in chat.lines] == ["", ""]


ORDERS = {
    "a day above 12": ("13/03/24 01/04/24", "dmy", True),
    "a month above 12 can't be": ("03/13/24 04/01/24", "mdy", True),
    "both can be, one goes back": ("01/02/24 05/02/24 01/03/24", "dmy", True),
    "both can be, the other goes back": ("02/01/24 02/05/24 03/01/24", "mdy", True),
    "nobody knows": ("01/02/24 02/03/24", "dmy", False),
    "a day that is its month": ("05/05/24", "dmy", True),
    "one day": ("05/04/24", "dmy", False),
    "year first": ("2024/03/04", "ymd", True),
    "a short year first": ("99/03/04", "ymd", True),
}


@pytest.mark.parametrize("name", ORDERS)
def test_the_order_of_day_and_month_is_of_the_whole_file_or_asked(name: str) -> None:
    dates, order, sure = ORDERS[name]
    chat = read("".join(f"{date}, 10:18 - Kim: text\n" for date in dates.split()))
    assert (chat.order, chat.sure) == (order, sure)
    if not sure:
        answered = read("".join(f"{one}, 10:18 - Kim: text\n" for one in dates.split()), "mdy")
        assert (answered.order, answered.sure) == ("mdy", True)
        assert answered.lines[0].day != chat.lines[0].day


@pytest.mark.parametrize(
    "said",
    [
        'X created group "Nights: all of us"', "X changed the subject from \"a\" to \"b: c\"",
        "X hat die Gruppe \u201eNachts: wir\u201c erstellt", "X added Y: Z",
        "Your security code: 1",
    ],
)  # fmt: skip
def test_what_whatsapp_tells_has_no_sender(said: str) -> None:
    chat = read(f"13/03/2024, 10:18 - {said}\n13/03/2024, 10:19 - Kim: text\n")
    assert rows(chat) == [("", SYSTEM, said), ("Kim", TEXT, "text")]


KINDS = {
    "IMG-20211115-WA0010.jpg (file attached)": (MEDIA, ""),
    f"{LRM}IMG-20211115-WA0010.jpg (file attached)\nunder it": (MEDIA, "under it"),
    "PTT-20211115-WA0010.opus (plik w za\u0142\u0105czniku)": (MEDIA, ""),
    "<Media omitted>": (MEDIA, ""), "<Pomini\u0119to media>": (MEDIA, ""),
    f"{LRM}<attached: 00000009-PHOTO-2023-10-28-10-23-01.jpg>": (MEDIA, ""),
    f"over it {LRM}<attached: 00000009-PHOTO.jpg>": (MEDIA, "over it"),
    f"{LRM}image omitted": (MEDIA, ""), f"{LRM}Bild weggelassen": (MEDIA, ""),
    "This message was deleted": (DELETED, ""), f"{LRM}You deleted this message.": (DELETED, ""),
    "This message was deleted by admin Kim.": (DELETED, ""),
    "": (CALL, ""), f"{LRM}Missed video call": (CALL, ""),
    f"{LRM}Location: https://maps.example/?q=1": (TEXT, f"{LRM}Location: https://maps.example/?q=1"),
    "image omitted": (TEXT, "image omitted"), "I <3 this": (TEXT, "I <3 this"),
    "as he said (twice)": (TEXT, "as he said (twice)"), "\n": (CALL, ""),
    "<3": (TEXT, "<3"), "10:30: we saw": (TEXT, "10:30: we saw"),
}  # fmt: skip


@pytest.mark.parametrize("said", KINDS)
def test_kinds(said: str) -> None:
    lines = read(f"13/03/2024, 10:18 - Jo: before\n13/03/2024, 10:18 - Kim: {said}").lines
    assert (lines[1].kind, lines[1].text.strip("\n")) == KINDS[said]


def test_a_day_that_is_none_is_no_head() -> None:
    text = "13/03/2024, 10:18 - Kim: a\n45/13/2024, 10:18 - Baz: b\n13/03/2024, 25:18 - Jo: c\n"
    chat = read(text)
    assert rows(chat) == [
        ("Kim", TEXT, "a\n45/13/2024, 10:18 - Baz: b\n13/03/2024, 25:18 - Jo: c")
    ]
    assert chat.lines[0].doubt == INSIDE


def test_a_file_that_was_cut_at_both_ends() -> None:
    """What stands before the first head is nobody's."""
    chat = read("nd of a message\n13/03/2024, 10:18 - Kim: text\n13/03/2024, 10:19 - Jo: hal")
    assert rows(chat) == [
        ("", TEXT, "nd of a message"), ("Kim", TEXT, "text"), ("Jo", TEXT, "hal"),
    ]  # fmt: skip


def test_line_breaks_of_every_kind_and_marks_stay() -> None:
    chat = read(
        f"\ufeff13/03/2024, 10:18 - {LRM}Kim: {RLM}a{RLM}\r\nb\r\n13/03/2024, 10:19 - Kim: c"
    )
    assert rows(chat) == [("Kim", TEXT, f"{RLM}a{RLM}\nb"), ("Kim", TEXT, "c")]


OTHERS = {
    "Telegram, copied": "Kim, [13/03/2024 10:18]\ntext\n\nJo, [13/03/2024 10:19]\nmore\n",
    "Telegram, exported": '{\n "name": "Nights",\n "messages": []\n}',
    "Messenger": '{"participants": [{"name": "Kim"}], "messages": []}',
    "a page": "<!DOCTYPE html><html><body>13/03/2024, 10:18 - Kim: text</body></html>",
    "Signal": '[{"type": "message", "body": "text"}]',
    "LINE": "[LINE] Chat history with Kim\n\n2024/03/13(Wed)\n10:18\tKim\ttext\n",
    "Viber": "[ 13 March 2024 10:18 ] Kim: text\n",
    "KakaoTalk": "[Kim] [\uc624\ud6c4 10:18] text\n[Jo] [\uc624\ud6c4 10:19] more\n",
}


@pytest.mark.parametrize("pasted", [False, True])
@pytest.mark.parametrize("name", OTHERS)
def test_another_apps_export_is_told(name: str, pasted: bool) -> None:
    with pytest.raises(NotRead, match="not from WhatsApp"):
        read(OTHERS[name], pasted=pasted)


@pytest.mark.parametrize(
    "text", ["", " \n\n", "\ufeff", "A letter: this is none.\n" * 90, "1,2,3\n4,5,6\n",
             "13/03/2024, 10:18 - a diary without a name\n", "[13/03/2024 10:18] user#1\ntext"],
)  # fmt: skip
def test_what_is_no_chat_is_told(text: str) -> None:
    with pytest.raises(NotRead):
        read(text)


def test_nothing_of_it_is_shown_by_repr() -> None:
    chat = read(ANDROID_UK)
    assert all(word not in repr(chat) + repr(chat.lines[2]) for word in ("Kim", "Morning"))


def test_40_000_lines() -> None:
    """All of them are read, none is doubted; the bench has the figure. A slow machine has 5 s."""
    text = android()
    before = time.process_time()
    chat = read(text)
    assert time.process_time() - before < 5
    assert len(chat.lines) == LINES
    assert len(chat.speakers) == 4
    assert sum(one.kind == MEDIA for one in chat.lines) == LINES // 10
    assert not any(one.doubt for one in chat.lines)
    assert chat.sure


def test_a_hostile_text_is_read_in_time_that_grows_with_it() -> None:
    """No pattern looks again and again at the same characters."""
    for piece in (
        "[",
        "[13/03, 10:18",
        "13/03/2024, 10:18 - ",
        "<",
        "\u200e",
        "\n",
        '"',
        " - a: ",
    ):
        text = "13/03/2024, 10:18 - Kim: " + piece * (400_000 // len(piece)) + " a"
        before = time.process_time()
        with suppress(NotRead):  # a sender who says nothing
            read(text)
        assert time.process_time() - before < 3, piece
