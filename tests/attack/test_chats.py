"""Whatever text comes as a chat of WhatsApp, it is read or refused; and a sound one is read whole.

ZIP files are in tests/attack/test_archives.py.
"""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import pytest
from hypothesis import strategies as st

from mobile.whatsapp import NOBODY, NotRead, read
from mobile.whatsapp_file import text_of
from mobile.whatsapp_text import sent
from tests.attack import zips
from tests.attack.making import FEW, made_up
from tests.mobile.chats import ANDROID_UK, IOS_UK, LRM, NNBSP, PASTE, RLM
from tests.mobile.test_whatsapp import SHAPES
from tests.ordeal import tell

MB = 1024 * 1024
DEEP = 300

PIECES = (
    "\n", "\r", "\r\n", "[", "]", ": ", " - ", "/", ".", ",", "0", "99", "\u0661", NNBSP, LRM, RLM,
    "\ufeff", "\u2028", "\0", "\ud800", "\U0001f600", "<Media omitted>", "~\u202f", '"', "\u201c",
    "Kim Invented", "13/03/2024, 10:18 - ", "\n31/02/2024, 25:61 - Kim: ", "\n[13/03, 10:18] ",
    *(head for head, _day, _clock in SHAPES.values()),
)  # fmt: skip
SOUND = (ANDROID_UK, IOS_UK, PASTE, "\n".join(head for head, *_ in SHAPES.values()))


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """A chat with pieces put in, taken out, put in again elsewhere, and cut."""
    text = draw(st.sampled_from(SOUND))
    for _ in range(draw(st.integers(1, 6))):
        at, length = draw(st.integers(0, len(text))), draw(st.integers(1, 80))
        piece = draw(st.sampled_from(PIECES) | st.text(max_size=5) | st.just(text[at:][:length]))
        how = draw(st.sampled_from(["in", "instead", "end"]))
        text = (
            text[:at] + piece + {"in": text[at:], "instead": text[at + length :], "end": ""}[how]
        )
    return text


def survives(text: str) -> None:
    """Fails unless it is refused, or made sense of: who said what, and a file that can be sent."""
    for order in ("", "dmy", "mdy"):
        try:
            chat = read(text, order, pasted=True)
        except NotRead:
            continue
        assert len(set(chat.speakers)) == len(chat.speakers)
        assert all(NOBODY <= one.speaker < len(chat.speakers) for one in chat.lines)
        assert sum(len(one.text) for one in chat.lines) <= len(text)
        sent(chat, range(len(chat.lines)), chat.own)


def opened(data: bytes) -> None:
    survives(text_of(io.BytesIO(data)))


CODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
CODED = st.builds(
    lambda text, coding: text.encode(coding, "replace"), spoiled(), st.sampled_from(CODINGS)
)
"""Spoiled chats as the bytes of a file, which may be spoiled again."""

TEXTS = spoiled() | st.text(max_size=400) | st.lists(st.sampled_from(PIECES)).map("".join)
BYTES = CODED | st.binary(max_size=400) | CODED.flatmap(lambda one: zips.spoiled(one, plain=True))


def test_it_works() -> None:
    made_up(TEXTS, survives, FEW)
    made_up(BYTES, zips.within(8 * MB, opened, NotRead), FEW)


@pytest.mark.ordeal
@pytest.mark.timeout(600)
def test_in_depth() -> None:
    made_up(TEXTS, survives, DEEP)
    made_up(BYTES, zips.within(8 * MB, opened, NotRead), DEEP)
    tell("attack", "chats that were spoiled, as text and as bytes", tried=2 * DEEP, lost=0)


# --- what is sound ------------------------------------------------------------------------------

WORDS = st.text("abc XYZ 0189:,.'?!-/\u0175\u017c\U0001f600", min_size=1, max_size=30)
SAID = st.lists(WORDS.map(lambda line: f"a{line}b"), min_size=1, max_size=3).map("\n".join)
"""Lines that begin with a letter, so that none is a head of its own."""
NAMES = st.text("abcd \u0175\u017c'-", min_size=1, max_size=12).map(lambda name: f"K{name}z")
SPOKEN = st.lists(
    st.tuples(NAMES, SAID, st.integers(0, 400_000)), min_size=1, max_size=12
)  # fmt: skip
"""Who says what, how many seconds after the one before."""

WRITTEN = {
    "Android, UK": "{0:%d/%m/%Y}, {0:%H:%M} - ",
    "Android, Germany": "{0:%d.%m.%y}, {0:%H:%M} - ",
    "Android, Sweden": "{0:%Y-%m-%d} {0:%H:%M} - ",
    "Android, 12 hours": f"{{0:%d/%m/%Y}}, {{0:%I:%M}}{NNBSP}{{0:%p}} - ",
    "iOS, UK": "[{0:%d/%m/%Y}, {0:%H:%M:%S}] ",
    "iOS, 12 hours": f"[{{0:%d/%m/%Y}}, {{0:%I:%M:%S}}{NNBSP}{{0:%p}}] ",
}


def found_whole(spoken: list[tuple[str, str, int]]) -> None:
    """Fails unless each message comes back with its speaker, its words, its day and its time."""
    for name, head in WRITTEN.items():
        at, expected, written = datetime(2024, 3, 13, 10, 18), [], ""
        for who, said, later in spoken:
            at += timedelta(seconds=later)
            written += f"{head.format(at)}{who}: {said}\n"
            seconds = at.hour * 3600 + at.minute * 60 + (at.second if "%S" in head else 0)
            expected.append((who, said, (at.year, at.month, at.day), seconds))
        for data in (written.encode(), written.encode("utf-16"),
                     zips.zipped({"1.jpg": b"x", "_chat.txt": written.encode()})):  # fmt: skip
            order = "ymd" if "%Y-" in head else "dmy"
            chat = read(text_of(io.BytesIO(data)), order)
            assert [
                (chat.speakers[one.speaker], one.text, one.day, one.clock) for one in chat.lines
            ] == expected, name


def test_every_message_is_found() -> None:
    made_up(SPOKEN, found_whole, FEW)


@pytest.mark.ordeal
def test_every_message_is_found_in_depth() -> None:
    made_up(SPOKEN, found_whole, DEEP)


@pytest.mark.timeout(90)
def test_as_many_names_as_messages() -> None:
    """A second or two; with a look through all names before each new one it would be minutes."""
    many = 100_000
    text = "".join(f"13/03/2024, 10:18 - Kim {at}: Invented.\n" for at in range(many))
    assert len(read(text).speakers) == many
