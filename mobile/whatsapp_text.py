"""What of a chat is sent: the lines that were chosen, without names. No Kivy here.

People are Person A, B, ... in the order in which they first speak. Clocks stand without seconds
and days in words, since their form tells whose phone it was. Names inside a message are not
changed, which nobody could check: `notes` points at them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date

from mobile.language import MONTHS, _, day_of, later, listed
from mobile.pointing import KINDS, look
from mobile.whatsapp import BACK, NOBODY, Chat, Line
from mobile.whatsapp_kinds import CALL, DELETED, MEDIA, SYSTEM
from mobile.whatsapp_shapes import Day

LABEL = later("Text from an export, which anyone can edit.")
LEFT_OUT = "[\u2026]"
LOOKED_AT = 200_000
"""Characters that are looked through for what may point at somebody: about a second."""
INSTEAD = {
    MEDIA: later("(a picture, recording or file, which is not here)"),
    DELETED: later("(a message that was deleted)"),
    CALL: later("(a call)"),
}
_ABOUT_ONESELF = re.compile(r"\byou(?:r|rs|'re)?\b", re.IGNORECASE)


def person(at: int, own: int = NOBODY) -> str:
    """What a speaker is called: Person A to Z, then AA; oneself is told as such."""
    if at == own != NOBODY:
        return _("Me, who reports this")
    place, letters = at - (own != NOBODY and at > own), ""
    while place >= 0:
        letters, place = chr(ord("A") + place % 26) + letters, place // 26 - 1
    return _("Person {letter}").format(letter=letters)


def is_own(line: Line, own: int) -> bool:
    """Whether the line is the reporter's, or tells what the reporter did."""
    if line.speaker != NOBODY:
        return line.speaker == own
    return line.kind == SYSTEM and _ABOUT_ONESELF.search(line.text) is not None


def by_default(line: Line, own: int) -> bool:
    """Whether choosing a whole day chooses it: what others wrote, and nothing else."""
    return line.kind != SYSTEM and not is_own(line, own)


def day_text(day: Day | None) -> str:
    """A day in words; without its year where none was said."""
    if day is None:
        return _("Without a day")
    year, month, number = day
    if year:
        try:
            return day_of(date(year, month, number))
        except ValueError:  # 29 February of another year
            pass
    text = _("{day} {month}").format(day=number, month=_(MONTHS[month - 1]))
    return f"{text} {year}" if year else text


def head(line: Line, own: int) -> str:
    """When and by whom: `10:18 Person A`."""
    clock = "" if line.clock < 0 else f"{line.clock // 3600:02}:{line.clock // 60 % 60:02}"
    who = _("WhatsApp tells") if line.kind == SYSTEM else ""
    if line.speaker != NOBODY:
        who = person(line.speaker, own)
    elif not who:
        who = _("Somebody, without a name")
    return f"{clock} {who}".strip()


def said(line: Line) -> str:
    """What a line says, with what has to be known about it."""
    parts = [_(INSTEAD[line.kind])] if line.kind in INSTEAD else []
    parts += [line.text.strip("\n\u200e ")] if line.text else []
    if line.edited:
        parts.append(_("(edited)"))
    if line.doubt:
        parts.append(
            _("(possibly quoted: its time goes back)")
            if line.doubt == BACK
            else _("(another dated message stands inside it)")
        )
    return " ".join(parts)


def parts(chat: Chat, chosen: Collection[int], own: int) -> Iterator[tuple[str, int, str]]:
    """What is sent, in order: ("day", 0, text), ("left", 0, text), ("line", place, text)."""
    day: Day | None = None
    last, first = -1, True
    for at in sorted(chosen):
        line = chat.lines[at]
        if at != last + 1:
            yield "left", 0, LEFT_OUT
        if first or line.day != day:
            yield "day", 0, day_text(line.day)
        # What goes on in a second line stands further in: it can't look like a person's line.
        yield "line", at, f"{head(line, own)}: {said(line)}".replace("\n", "\n    ")
        day, last, first = line.day, at, False
    if last + 1 < len(chat.lines):
        yield "left", 0, LEFT_OUT


def sent(chat: Chat, chosen: Collection[int], own: int) -> bytes:
    """Exactly what is sent (UTF-8): the label, the lines chosen, and where some are missing."""
    lines = [f"WhatsApp. {_(LABEL)}", ""]
    lines += [text for _kind, _at, text in parts(chat, chosen, own)]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


# --- what may point at somebody ---


def notes(chat: Chat, chosen: Collection[int], own: int) -> tuple[dict[int, str], bool]:
    """For each line chosen what it may give away; and whether all of it was looked at."""
    names, mine = _pattern(chat, own)
    found: dict[int, str] = {}
    left = LOOKED_AT
    for at in sorted(chosen):
        text = said(chat.lines[at])
        left -= len(text)
        if left < 0:
            return found, False
        note = _note(text, names, mine)
        if note:
            found[at] = note
    return found, True


def _note(text: str, names: re.Pattern[str] | None, mine: re.Pattern[str] | None) -> str:
    if mine is not None and mine.search(text):
        return _("Your own name may stand in it.")
    words = dict.fromkeys(one[0] for one in names.finditer(text)) if names is not None else {}
    if words:
        return _("Names somebody of this chat: {names}").format(names=listed(words))
    kinds = dict.fromkeys(one.kind for one in look(text) if one.kind != "quote")
    return (
        _("Look at it again: {what}").format(what=listed(_(KINDS[one]) for one in kinds))
        if kinds
        else ""
    )


def _pattern(chat: Chat, own: int) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    mine = _words(chat.speakers[own : own + 1]) if own != NOBODY else None
    return _words([one for at, one in enumerate(chat.speakers) if at != own]), mine


def _words(names: list[str]) -> re.Pattern[str] | None:
    """Whole names and their parts, each as a word."""
    words = {part for name in names for part in (name, *name.split()) if len(part) > 2}
    if not words:
        return None
    longest = sorted(words, key=lambda one: (-len(one), one))
    whole = "|".join(re.escape(one) for one in longest)
    return re.compile(rf"(?<!\w)(?:{whole})(?!\w)", re.IGNORECASE)
