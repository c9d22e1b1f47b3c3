"""What a message of WhatsApp is beside text, by its words in several languages. No Kivy here.

Pictures that were left out, what was deleted, calls, and what WhatsApp tells itself. The words
are those of its exports; a word that is not known here leaves a line as text.
"""

from __future__ import annotations

import re

from mobile.whatsapp_shapes import UNMARKED

TEXT, MEDIA, SYSTEM, DELETED, CALL = "text", "media", "system", "deleted", "call"

BEGINS = frozenset({"", "\u200e", "\u200f", "<"})
ENDS = frozenset({")", ">"})
_EDITED = re.compile(
    "[ \n]?[\u200e\u200f]?<(?:This message was edited|Diese Nachricht wurde bearbeitet\\.?"
    "|Edytowano t\u0119 wiadomo\u015b\u0107|Se edit\u00f3 este mensaje\\.?"
    "|Ce message a \u00e9t\u00e9 modifi\u00e9)>$"
)
FIXED = frozenset(
    f"{one}{dot}"
    for one in (
        "This message was deleted", "You deleted this message",
        "Usuni\u0119to t\u0119 wiadomo\u015b\u0107", "Dil\u00ebwyd y neges hon",
        "Ta wiadomo\u015b\u0107 zosta\u0142a usuni\u0119ta",
        "Diese Nachricht wurde gel\u00f6scht", "Se elimin\u00f3 este mensaje",
        "Ce message a \u00e9t\u00e9 supprim\u00e9",
        "Questo messaggio \u00e8 stato eliminato",
    )
    for dot in ("", ".")
)  # fmt: skip
BY_ADMIN = (
    "This message was deleted by ", "Message deleted by ", "You deleted this message as admin",
)  # fmt: skip
_CALL = re.compile(
    r"(?:Missed |Silenced )?(?:group )?(?:voice|video) call\b|Nieodebrane po\u0142\u0105czenie",
    re.IGNORECASE,
)
_FILE = re.compile(r"[^\n/]{1,200}\.\w{2,5} \([^()\n]{3,60}\)$")
_LEFT_OUT = re.compile(r"<[^<>]{3,200}>$")
_UNDER = re.compile("[ \n]\u200e<[^<>\n]{3,200}>$")
_MEDIA = re.compile(
    r"(?:image|video|audio|sticker|gif|document|contact card|file|media) (?:note )?omitted$"
    r"|[^\n]{1,60} (?:weggelassen|omitid[ao]s?|omess[oa]|omise?s?|pomini\u0119t[oaey]|absente?"
    r"|udeladt|utelatt|utel\u00e4mna[dt]s?|weggelaten|hepgorwyd)$",
    re.IGNORECASE,
)
_SPOKEN = re.compile(r"(?:Location|POLL|live location shared)\b", re.IGNORECASE)


def kind_of(said: str) -> tuple[str, str, bool]:
    """What a message is, its text (the caption of a picture), and whether it was edited."""
    whole = _EDITED.sub("", said) if said[-1:] == ">" else said
    edited = whole is not said and whole != said
    first, _cut, rest = whole.partition("\n")
    plain = (first if first.isascii() else first.translate(UNMARKED)).strip()
    if not plain and not rest:
        return (TEXT, whole, True) if edited else (CALL, "", False)
    if not plain:
        return TEXT, whole, edited
    marked = first[0] in "\u200e\u200f"
    if plain in FIXED or plain.startswith(BY_ADMIN):
        return DELETED, "", edited
    if _FILE.match(plain) or _LEFT_OUT.match(plain):
        return MEDIA, rest, edited
    last = _UNDER.search(whole) if whole[-1:] == ">" else None
    if last is not None:  # iOS: what was written under a picture stands before it
        return MEDIA, whole[: last.start()], edited
    if marked and _CALL.match(plain):
        return CALL, "", edited
    if marked and _MEDIA.match(plain):
        return MEDIA, rest, edited
    if marked and first[0] == "\u200e" and not _SPOKEN.match(plain):
        return SYSTEM, whole, edited
    return TEXT, whole, edited


_TELLS = re.compile(
    r" (?:created (?:this |the )?group|changed (?:the|this|their|to) |added |removed "
    r"|joined using|left and |pinned a message|turned (?:on|off) )"
    r"|end-to-end encrypted|security code"
)


def tells(name: str) -> bool:
    """Whether what stands before the colon is the beginning of what WhatsApp tells itself."""
    quotes = name.count('"') % 2 == 1
    opened = any(
        one in name and not any(end in name[name.index(one) + 1 :] for end in ends)
        for one, ends in (("\u201c", "\u201d"), ("\u201e", "\u201c\u201d"), ("\u00ab", "\u00bb"))
    )
    return quotes or opened or _TELLS.search(f" {name}") is not None
