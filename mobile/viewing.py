"""Looking at a piece of evidence of a message: fetched, checked, and shown in the app alone.

Pictures are read by Pillow and shown as pixels, texts as text; anything else is only saved, after
a warning. Nothing is written anywhere before that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from mobile import questions
from mobile.app import plain
from mobile.evidence import EDITABLE, size_of
from mobile.language import _, later
from mobile.screens.decide import Decide
from mobile.screens.viewed import ViewedPage
from shared import evidence, filetypes, pictures
from shared.errors import Damaged, NotFound, Refused, WrenError
from shared.evidence import MESSAGES

if TYPE_CHECKING:
    from PIL import Image

    from mobile.app import WrenApp
    from mobile.talk import Talk
    from shared.sealing.message import Attached
    from shared.sealing.stream import Description

LONGEST = 2_000
"""Pixels of a side of what is shown."""
LONGEST_TEXT = 200_000
UNKNOWN = "file.bin"
DAMAGED = later(
    "It was changed, cut short, or is not what its writer attached. Don\u2019t trust it, and ask "
    "for it again."
)
NOT_SHOWN = later("Wren does not show files of this kind.")
CUT = later("Only its beginning is shown.")


@dataclass(frozen=True, repr=False)
class Opened:
    """A piece that was fetched and checked: a picture, a text, or only bytes."""

    name: str
    size: int
    media_type: str
    data: bytes
    picture: Image.Image | None = None
    text: str = ""
    cut: bool = field(default=False)


class Viewing:
    """Lives as long as the conversation. `back()` shows it again."""

    def __init__(self, app: WrenApp, talk: Talk, back: Callable[[], None]) -> None:
        self._app, self._talk, self._back = app, talk, back
        self._page: ViewedPage | None = None
        self._opened: Opened | None = None

    def open(self, key: str) -> None:
        """Fetches and shows a piece; `key` is `<message>:<attachment>`."""
        message_id, _colon, attachment_id = key.partition(":")
        message = self._talk.message(UUID(message_id))
        wanted = UUID(attachment_id)
        attached = {one.id: one for one in (message.attached if message is not None else ())}
        if message is None or wanted not in attached:
            return
        pieces = evidence.pieces(message.content or {})
        said = next(one for one in pieces if one.attachment_id == wanted)
        self.forget()
        page = self._page = ViewedPage(back=self._leave)
        page.show(_("A file"), "", _(EDITABLE) if said.source == MESSAGES else "")
        self._app.show(page)
        self._app.jobs.run(
            partial(fetched, self._talk, attached[wanted]),
            partial(self._fetched, page),
            partial(self._failed, page),
        )

    def _fetched(self, page: ViewedPage, opened: Opened) -> None:
        if page is not self._page:
            return
        self._opened = opened
        page.show(opened.name, size_of(opened.size), page.label)
        page.save, page.can_save = self._ask_save, True
        if opened.picture is not None:
            page.show_picture(opened.picture)
        elif opened.text:
            page.show_text(opened.text)
            if opened.cut:
                page.tell(_(CUT), kind="info")
        else:
            page.tell(_(NOT_SHOWN), kind="info")

    def _failed(self, page: ViewedPage, error: BaseException) -> None:
        if page is self._page:
            wrong = isinstance(error, (Damaged, NotFound))
            title = _("This file did not check") if wrong else ""
            page.tell(_(DAMAGED) if wrong else plain(error), title=title)

    # --- saving ---

    def _ask_save(self) -> None:
        page = Decide(back=self._again)
        page.show(questions.save_file())
        page.yes, page.other = self._save, self._again
        self._app.show(page)

    def _save(self) -> None:
        opened = self._opened
        if opened is not None:
            self._app.saving.save(opened.name, opened.media_type, opened.data, self._saved)

    def _saved(self, name: str) -> None:
        self._again()
        self._app.stage.tell(_("Saved as {name}.").format(name=name))

    def _again(self) -> None:
        if self._page is not None:
            self._app.show(self._page)

    def _leave(self) -> None:
        self.forget()
        self._back()

    def forget(self) -> None:
        """Drops what was fetched, and its page."""
        self._opened = None
        if self._page is not None:
            self._page.forget()
        self._page = None


def fetched(talk: Talk, named: Attached) -> Opened:
    """A piece, once all of it was checked. Blocks. Raises what `OpenCase.fetch` does."""
    about, data = talk.fetch(named)
    return looked_at(about, data)


def looked_at(about: Description, data: bytes) -> Opened:
    """What is shown of it: told by its bytes, whatever it is called."""
    try:
        kind = filetypes.kind_of(data, about.name)
    except Refused:
        return Opened(UNKNOWN, len(data), "application/octet-stream", data)
    name = filetypes.clean_name(about.name, kind)
    opened = partial(Opened, name, len(data), kind.media_type, data)
    try:
        if kind.group == "picture":
            picture = pictures.open_picture(data)
            picture.thumbnail((LONGEST, LONGEST))
            return opened(picture=picture)
        if kind.group == "text":
            text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
            return opened(text=text[:LONGEST_TEXT], cut=len(text) > LONGEST_TEXT)
    except (WrenError, UnicodeDecodeError):
        return opened()
    return opened()
