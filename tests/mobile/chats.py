"""Invented chats in the shapes that WhatsApp gives them, for tests and the bench."""

from __future__ import annotations

import io
import zipfile

NNBSP, LRM, RLM = "\u202f", "\u200e", "\u200f"
ANDROID_UK = (
    "13/03/2024, 10:18 - Messages and calls are end-to-end encrypted. Tap to learn more.\n"
    '13/03/2024, 10:18 - Kim Invented created group "Nights: all of us"\n'
    "13/03/2024, 10:19 - Kim Invented: Morning\nall of you\n"
    "13/03/2024, 10:20 - Baz Quillmore: IMG-20240313-WA0010.jpg (file attached)\nLook at this\n"
    "13/03/2024, 10:21 - Kim Invented: That is not right, Baz <This message was edited>\n"
    "14/03/2024, 00:02 - Baz Quillmore: This message was deleted\n"
    "14/03/2024, 00:05 - Baz Quillmore: <Media omitted>\n"
    "14/03/2024, 00:06 - Jo Madeup: 10:30: we all saw it\n"
    "14/03/2024, 00:07 - Jo Madeup: \n"
)
IOS_UK = (
    f"\ufeff[13/03/2024, 10:18:01] Nights: {LRM}Messages and calls are end-to-end encrypted.\n"
    f"{LRM}[13/03/2024, 10:18:02] Nights: {LRM}You created group \u201cNights: all of us\u201d\n"
    "[13/03/2024, 10:19:00] ~\u202fKim Invented: Morning\nall of you\n"
    f"{LRM}[13/03/2024, 10:20:00] Baz Quillmore: Look at this {LRM}<attached: 00000009-PHOTO-"
    "2024-03-13-10-20-00.jpg>\n"
    f"[13/03/2024, 10:21:00] ~\u202fKim Invented: That is not right {LRM}"
    f"<This message was edited>\n{LRM}[14/03/2024, 00:02:00] Baz Quillmore: {LRM}"
    "This message was deleted.\n"
    f"{LRM}[14/03/2024, 00:05:00] Baz Quillmore: {LRM}image omitted\n"
    f"{LRM}[14/03/2024, 00:07:00] Jo Madeup: {LRM}Missed voice call\n"
)
PASTE = (
    "[13/03, 10:18] Baz Quillmore: Did you hear?\n[13/03, 10:19] You: No\n"
    "[13/03, 10:21] Baz Quillmore: Two lines\nof it\n"
)
LINES = 40_000


def android(lines: int = LINES) -> str:
    """An export of so many messages, over two years; every tenth has a picture."""
    people = ("Kim Invented", "Baz Quillmore", "Jo Madeup", "+44 7700 900123")
    said = "An invented message that goes on for a while, as people write them at night."
    found = []
    for at in range(lines):
        minute = at * 25
        day, clock = minute // 1440, minute % 1440
        text = f"IMG-{at:08}-WA0001.jpg (file attached)" if at % 10 == 0 else f"{at} {said}"
        found.append(
            f"{day % 28 + 1:02}/{day // 28 % 12 + 1:02}/{2022 + day // 336}, "
            f"{clock // 60:02}:{clock % 60:02} - {people[at % 4]}: {text}"
        )
    return "\n".join(found) + "\n"


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP of these."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()
