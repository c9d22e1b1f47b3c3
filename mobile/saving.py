"""Saving a file where its user says: Android's own dialog, or a page of ours on a computer.

Only after a warning, which whoever calls this has shown: a file that lies there is found by
everybody who looks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kivy.clock import Clock

from mobile.android_files import NewDocuments
from mobile.language import _, later
from shared.errors import WrenError

if TYPE_CHECKING:
    from mobile.app import WrenApp
    from mobile.screens.save_to import SaveTo

NOT_SAVED = later("It could not be saved there. Choose another place.")
NO_DIALOG = later("This phone has no dialog to save a file.")
MOST_NAMES = 100


class NotSaved(WrenError):
    """Why a file was not saved."""

    code = "not_saved"
    title = "Not saved"
    default = NOT_SAVED


class Saving:
    """Lives as long as the app, as `app.saving`. `forget` drops what is under way."""

    def __init__(self, app: WrenApp, documents: NewDocuments | None = None) -> None:
        self._app = app
        self._documents = documents or NewDocuments()
        self._asked = 0

    def save(self, name: str, media_type: str, data: bytes, done: Callable[[str], None]) -> None:
        """Asks where, and writes it; `done` gets what it is called, on the main thread.

        Before that the page that was shown is shown again, which is also what stays if nothing
        is chosen.
        """
        self._asked += 1
        before = self._app.stage.screen

        def saved(where: str) -> None:
            if before is not None and self._app.stage.screen is not before:
                self._app.show(before)
            done(where)

        if self._documents.there():
            self._ask_android(name, media_type, data, saved)
        else:
            from mobile import pictures as folders

            self._folder(folders.begin(), name, data, saved, before)

    def forget(self) -> None:
        """What is under way is wanted by nobody."""
        self._asked += 1
        self._documents.drop()

    # --- on Android ---

    def _ask_android(
        self, name: str, media_type: str, data: bytes, saved: Callable[[str], None]
    ) -> None:
        app, asked = self._app, self._asked

        def chosen(address: Any) -> None:
            if address is not None and asked == self._asked:
                work = partial(self._documents.write, address, data)
                app.jobs.run(partial(_kept, work), lambda _done: saved(name), app.tell)

        def told(address: Any) -> None:  # on a thread of Java's
            Clock.schedule_once(lambda _dt: chosen(address), 0)

        if self._documents.ask(name, media_type, told):
            app.locking.choosing()
        else:
            app.stage.tell(_(NO_DIALOG))

    # --- on a computer ---

    def _folder(
        self, where: Path, name: str, data: bytes, saved: Callable[[str], None], before: Any
    ) -> None:
        from mobile import pictures as folders
        from mobile.screens.save_to import SaveTo

        page = SaveTo(back=lambda: self._app.show(before))
        page.enter = lambda path: self._folder(path, name, data, saved, before)
        page.here = lambda: self._write(page, where / name, data, saved)
        if where.parent != where:
            page.up = lambda: self._folder(where.parent, name, data, saved, before)
        page.show(where.name or str(where), folders.look(where, frozenset()), name)
        self._app.show(page)

    def _write(self, page: SaveTo, path: Path, data: bytes, saved: Callable[[str], None]) -> None:
        from mobile.app import plain

        asked = self._asked

        def done(written: Path) -> None:
            if asked == self._asked:
                saved(written.name)

        def failed(error: BaseException) -> None:
            if asked == self._asked:
                page.tell(plain(error))

        self._app.jobs.run(partial(_kept, partial(write_new, path, data)), done, failed)


def _kept(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except OSError:
        raise NotSaved(_(NOT_SAVED)) from None


def write_new(path: Path, data: bytes) -> Path:
    """Writes a file that was not there, under this name or the next that is free.

    Nothing half written is left. Raises `OSError`.
    """
    for at in range(1, MOST_NAMES):
        free = path if at == 1 else path.with_stem(f"{path.stem}-{at}")
        try:
            file = free.open("xb")
        except FileExistsError:
            continue
        try:
            with file:
                file.write(data)
        except OSError:
            free.unlink(missing_ok=True)
            raise
        return free
    raise FileExistsError(path)
