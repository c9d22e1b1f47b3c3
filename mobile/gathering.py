"""Evidence is put together: which page, and from a picked file to a piece that can be sent.

A picture becomes a piece only after things could be hidden in it; messages only by their lines;
what this phone can't clean only after its user was told.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from mobile.app import plain
from mobile.evidence import Piece, Pieces, preview
from mobile.language import _, count
from mobile.looking_over import LookingOver
from mobile.questions import Point, Question
from mobile.screens.evidence import EvidencePage
from mobile.widgets.field_cache import forget_typing
from shared.errors import WrenError
from shared.evidence import FILE, MESSAGES, PICTURE

if TYPE_CHECKING:
    from PIL import Image

    from mobile.app import WrenApp
    from mobile.picking import Picked
    from mobile.screens.piece import PiecePage


def not_cleaned() -> Question:
    """Before a file is added that this phone can't clean."""
    return Question(
        _("A file"), _("This phone can\u2019t clean this file"),
        _("It goes as it is. Could you send a screenshot of it instead?"),
        (
            Point("warning", "eye", _("It may say who made it"),
                  _("A file can hold a name, a place, a time or the name of a device, where you "
                    "don\u2019t see it.")),
            Point("info", "information", _("What the people who read it see"),
                  _("The service takes that out of the copy that they open. But the file as you "
                    "send it is kept with your case, with all that it holds.")),
        ),
        _("Add it all the same"), "primary", _("Go back"),
    )  # fmt: skip


def text_for(pieces: int) -> str:
    """The words of the message that names them."""
    return count("I add {n} piece of evidence.", "I add {n} pieces of evidence.", pieces)


class Gathering:
    """Lives while a report is written, or a conversation is open.

    `back()` shows what was there before. In a case `send(pieces, text)` puts them into the
    outbox, and may raise `NotKept`; in a report they are sent with it.
    """

    def __init__(
        self,
        app: WrenApp,
        pieces: Pieces,
        back: Callable[[], None],
        send: Callable[[tuple[Piece, ...], str], None] | None = None,
    ) -> None:
        self._app, self.pieces, self._back, self._send = app, pieces, back, send
        self._page: EvidencePage | None = None
        self._piece: PiecePage | None = None
        self._looking = LookingOver(app)

    def show(self) -> None:
        """Shows what there is, and how more is added."""
        page = self._page
        if page is None:
            page = self._page = EvidencePage(in_case=self._send is not None)
            page.add, page.open = self._add, self._open
            page.done, page.back = self._done, self._leave
        page.kept = self._app.keeping.kept
        page.busy = False
        page.show(self.pieces.all())
        if self._app.stage.screen is not page:
            self._app.show(page)

    def _leave(self) -> None:
        self.forget()
        self._back()

    def _done(self) -> None:
        page, there = self._page, self.pieces.all()
        if page is None or (self._send is not None and not there):
            return
        if self._send is not None:
            try:
                self._send(there, text_for(len(there)))
            except WrenError as error:
                page.tell(plain(error))
                return
        self._leave()

    # --- adding ---

    def _add(self, way: str) -> None:
        app = self._app
        if way == "messages":
            app.bring_messages(self._messages, self.show)
        else:
            app.picking.pick(self._picked, pictures=way == "picture")

    def _messages(self, text: bytes) -> None:
        self.show()
        self._keep(text, ("text", "text/plain", "txt", MESSAGES))

    def _picked(self, picked: Picked) -> None:
        page = self._page
        if page is None:
            return
        try:
            self.pieces.check(picked.size if picked.group != "picture" else 1, picked.group)
        except WrenError as error:
            page.tell(plain(error))
            return
        if picked.group == "picture":
            label = picked.name
            self._app.redacting.open(picked.data, lambda png: self._picture(png, label))
        elif picked.group == "text":
            self._file(picked)
        else:
            self._ask(picked)

    def _picture(self, png: bytes, label: str) -> None:
        self._keep(png, ("picture", "image/png", "png", PICTURE), label)

    def _ask(self, picked: Picked) -> None:
        from mobile.screens.decide import Decide

        page = Decide(back=self.show)
        page.show(not_cleaned())
        page.yes, page.other = partial(self._file, picked), self.show
        self._app.show(page)

    def _file(self, picked: Picked) -> None:
        self.show()
        ending = picked.ending
        self._keep(picked.data, (picked.group, picked.media_type, ending, FILE), picked.name)

    def _keep(self, data: bytes, what: tuple[str, str, str, str], label: str = "") -> None:
        """Keeps a piece off the main thread, and asks how it may be used."""
        page, pieces = self._page, self.pieces
        if page is None:
            return
        page.busy = True

        def work() -> tuple[Piece, Image.Image | None]:
            group, media_type, ending, source = what
            piece = pieces.add(data, group, media_type, ending, source, label)
            return piece, preview(data) if source == PICTURE else None

        def failed(error: BaseException) -> None:
            page.tell(plain(error))

        self._app.jobs.run(work, lambda found: self._added(page, *found), failed)

    def _added(self, page: EvidencePage, piece: Piece, picture: Image.Image | None) -> None:
        if page is not self._page:  # left meanwhile: it is not wanted any more
            self.pieces.remove(piece.name)
            return
        page.busy = False
        self._use(piece, picture)

    # --- one piece ---

    def _open(self, name: str) -> None:
        piece, page = self.pieces.get(name), self._page
        if piece is None or page is None:
            return
        if piece.source != PICTURE:
            self._use(piece, None)
            return
        page.busy = True
        work = partial(self.pieces.preview, piece)
        self._app.jobs.run(work, lambda found: self._added_or_left(page, piece, found),
                           lambda error: page.tell(plain(error)))  # fmt: skip

    def _added_or_left(
        self, page: EvidencePage, piece: Piece, picture: Image.Image | None
    ) -> None:
        if page is self._page and self._app.stage.screen is page:
            page.busy = False
            self._use(piece, picture)

    def _use(self, piece: Piece, picture: Image.Image | None) -> None:
        from mobile.screens.piece import PiecePage

        self._drop_piece()
        page = self._piece = PiecePage(back=self._shown)
        page.show(piece.title, piece.about_size, sharing=piece.sharing,
                  transcript=piece.transcript, picture=picture)  # fmt: skip
        page.done = partial(self._change, piece.name)
        page.remove = partial(self._remove, piece.name)
        self._app.show(page)

    def _shown(self) -> None:
        self._drop_piece()
        self.show()

    def _change(self, name: str, sharing: str, transcript: str) -> None:
        page, keep = self._piece, partial(self._said, name, sharing, transcript)
        if page is None or not transcript:
            keep()
        else:  # sent like all that is written, so it is looked at like that
            self._looking.retyped(page, transcript, keep)

    def _said(self, name: str, sharing: str, transcript: str) -> None:
        self._try(lambda: self.pieces.change(name, sharing, transcript))

    def _remove(self, name: str) -> None:
        self._try(lambda: self.pieces.remove(name))

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except WrenError as error:
            self._app.tell(error)
            return
        self._shown()

    def _drop_piece(self) -> None:
        piece, self._piece = self._piece, None
        if piece is not None:
            piece.forget()

    def forget(self) -> None:
        """Empties its pages; the pieces stay where they are."""
        self._drop_piece()
        self._looking.forget()
        if self._page is not None:
            self._page.forget()
        self._page = None
        forget_typing()
