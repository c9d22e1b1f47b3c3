"""Picking a file on this device: Android's own dialog, or a page of ours on a computer.

On a computer no dialog of the desktop's is asked: those write what was opened into a list of
recent files (freedesktop.org, "recently-used.xbel"), need a program beside the app, and have no
quick exit. Nothing of a file is copied: it is read into memory, once it is known to be small
enough, and what it is, is told by its bytes (`shared.filetypes`), not by its name.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from kivy.clock import Clock

from mobile.android_files import Documents
from mobile.language import _, later
from shared.errors import WrenError

if TYPE_CHECKING:
    from mobile.app import WrenApp

LARGEST = 50 * 1024 * 1024
"""Bytes of one file."""
PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")

TOO_LARGE = later(
    "This file is larger than 50 MB. Cut it into parts, or send a picture of what matters in it."
)
NOT_READ = later("This file could not be read. If it is on another device, copy it here first.")
NO_DIALOG = later("This phone has no dialog to choose a file. Paste the text instead.")
NO_PICTURE = later("This is not a picture. Choose a screenshot or a photo.")


class NotTaken(WrenError):
    """Why a file was not taken, and what to do instead."""

    code = "not_taken"
    title = "Not taken"


@dataclass(frozen=True)
class Picked:
    """A file that was chosen. `name` is what it was called: a screenshot's often tells the
    minute, so it is for showing and is not to be sent. `group` as in `shared.filetypes`."""

    name: str = field(repr=False)
    media_type: str
    group: str
    data: bytes = field(repr=False)
    ending: str = ""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)

    def open(self) -> BinaryIO:
        """It, to be read from its beginning; no copy is made."""
        return io.BytesIO(self.data)


Look = Callable[[str, bytes], Picked]
"""Says what a file is that was read, or why it is not taken."""


class Picking:
    """Lives as long as the app, as `app.picking`. `forget` drops what is under way."""

    def __init__(self, app: WrenApp, documents: Documents | None = None) -> None:
        self._app = app
        self._documents = documents or Documents()
        self._asked = 0

    def pick(
        self,
        done: Callable[[Picked], None],
        *,
        pictures: bool = False,
        look: Look | None = None,
    ) -> None:
        """Lets somebody choose a file (or a picture); `done` is called on the main thread.

        Before that the page that was shown is shown again, which is also what stays if nothing
        is chosen. Refusals are told where the file was chosen. `look(name, data)` decides off
        the main thread what is taken, if not `looked_at`; it raises `WrenError`s.
        """
        before, look = self._app.stage.screen, look or partial(looked_at, pictures=pictures)
        self._asked += 1

        def taken(picked: Picked) -> None:
            if before is not None and self._app.stage.screen is not before:
                self._app.show(before)
            done(picked)

        if self._documents.there():
            self._ask_android(taken, look, pictures)
        else:
            from mobile import pictures as folders

            self._folder(folders.begin(), _Asked(before, taken, look, pictures))

    def forget(self) -> None:
        """What is chosen from now on is wanted by nobody."""
        self._asked += 1
        self._documents.drop()

    def _read(
        self,
        work: Callable[[], tuple[str, bytes]],
        look: Look,
        taken: Callable[[Picked], None],
        failed: Callable[[str], None],
    ) -> None:
        from mobile.app import plain

        asked = self._asked

        def done(picked: Picked) -> None:
            if asked == self._asked:
                taken(picked)

        def not_done(error: BaseException) -> None:
            if asked == self._asked:
                failed(plain(error))

        self._app.jobs.run(lambda: look(*_within(work)), done, not_done)

    # --- on Android ---

    def _ask_android(self, taken: Callable[[Picked], None], look: Look, pictures: bool) -> None:
        app, asked = self._app, self._asked

        def chosen(address: Any) -> None:
            if address is None or asked != self._asked:
                return
            work = partial(self._documents.read, address, LARGEST)
            self._read(work, look, taken, app.stage.tell)

        def told(address: Any) -> None:  # on a thread of Java's
            Clock.schedule_once(lambda _dt: chosen(address), 0)

        if self._documents.ask(told, PICTURE_TYPES if pictures else ()):
            app.locking.choosing()
        else:
            app.stage.tell(_(NO_DIALOG))

    # --- on a computer ---

    def _folder(self, where: Path, asked: _Asked) -> None:
        from mobile import pictures as folders
        from mobile.screens.pictures import Pictures

        page = Pictures(any_file=not asked.pictures, back=lambda: self._app.show(asked.before))
        page.enter = lambda path: self._folder(path, asked)
        page.chosen = lambda path: self._read(
            partial(read_path, path, LARGEST), asked.look, asked.taken, page.tell
        )
        if where.parent != where:
            page.up = lambda: self._folder(where.parent, asked)
        kinds = folders.KINDS | {".gif"} if asked.pictures else None
        page.show(where.name or str(where), folders.look(where, kinds))
        self._app.show(page)


@dataclass(frozen=True)
class _Asked:
    """What is wanted of the pages of folders: where they lead back to, and who is waiting."""

    before: Any
    taken: Callable[[Picked], None]
    look: Look
    pictures: bool


def _within(work: Callable[[], tuple[str, bytes]]) -> tuple[str, bytes]:
    try:
        name, data = work()
    except OSError:
        raise NotTaken(_(NOT_READ)) from None
    if len(data) > LARGEST:
        raise NotTaken(_(TOO_LARGE))
    return name, data


def read_path(path: Path, most: int) -> tuple[str, bytes]:
    """The name and at most `most + 1` bytes of a file. Raises `OSError`, also for a pipe."""
    if not path.is_file():  # a pipe would never end
        raise OSError("no file")
    with path.open("rb") as file:
        return path.name, file.read(most + 1)


def looked_at(name: str, data: bytes, *, pictures: bool = False) -> Picked:
    """A file that was read, once it is one that can be taken.

    Raises `NotTaken`, and the refusals of `shared.filetypes`.
    """
    from shared import filetypes

    kind = filetypes.kind_of(data, name)
    if pictures and kind.group != "picture":
        raise NotTaken(_(NO_PICTURE))
    return Picked(name, kind.media_type, kind.group, data, kind.ending)
