"""Where the app keeps what is its user's: in memory, or in a notebook under a PIN. No Kivy here.

`mobile.notebook` is imported when it is needed: the first frame doesn't wait for it.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from mobile.store import Memory, Record, Store

if TYPE_CHECKING:
    from mobile.notebook import Notebook

FILE = "notebook.db"
KINDS = ("draft", "case", "outbox", "typed", "settings", "place")


class Keeping:
    """`store` is what is used now; without a `directory` that is always memory.

    What `later` puts down is written by the next `flush`. `without` is set where somebody goes
    on without a notebook that can't be opened.
    """

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self.store: Store = Memory()
        self.without = False
        self._notebook: Notebook | None = None
        self._pending: dict[tuple[str, str], Record | None] = {}
        self._written: dict[tuple[str, str], Record | None] = {}
        self._writing = Lock()

    @property
    def exists(self) -> bool:
        """Whether there is a notebook on this device: somebody set a PIN."""
        return self.directory is not None and (self.directory / FILE).exists()

    @property
    def kept(self) -> bool:
        """Whether the notebook is open."""
        return self._notebook is not None

    @property
    def locked(self) -> bool:
        """Whether a PIN has to be typed first."""
        return self.exists and not self.kept and not self.without

    @property
    def pending(self) -> bool:
        """Whether something waits for `flush`."""
        return bool(self._pending)

    @property
    def unreadable(self) -> int:
        """How many records of the open notebook are damaged."""
        return self._notebook.unreadable if self._notebook is not None else 0

    # --- blocking: a PIN is stretched for about a second ---

    def open(self, pin: str) -> Notebook:
        """The notebook of this PIN. Raises what `Notebook.open` raises."""
        from mobile.notebook import Notebook

        return Notebook.open(self._there(), pin)

    def create(self, pin: str, tries: int) -> Notebook:
        """A new notebook. Raises `WeakPin`, `NotKept`, `FileExistsError`."""
        from mobile.notebook import Notebook

        return Notebook.create(self._there(), pin, tries=tries)

    def change_pin(self, pin: str) -> None:
        """Another PIN instead of the one that opened the notebook. Raises `WeakPin`, `NotKept`."""
        self._open_one().change_pin(pin)

    def set_empty(self, pin: str) -> None:
        """A second PIN that opens an empty notebook. Raises `WeakPin`, `NotKept`."""
        self._open_one().set_empty(pin)

    def tries(self) -> tuple[int, float]:
        """How many wrong PINs there may be, and the seconds to wait before the next."""
        from mobile.notebook import tries_left, wait

        return tries_left(self._there()), wait(self._there())

    def _there(self) -> Path:
        from mobile.notebook import NotKept

        if self.directory is None:
            raise NotKept
        return self.directory

    def _open_one(self) -> Notebook:
        if self._notebook is None:
            raise RuntimeError("only an open notebook has PINs to change")
        return self._notebook

    # --- what is used ---

    def use(self, notebook: Notebook) -> None:
        """Goes on with a notebook; what was only in memory is moved into it."""
        before = self.store
        if isinstance(before, Memory):
            for kind in KINDS:
                for name, record in before.all(kind).items():
                    notebook.put(kind, name, record)
            before.clear()
        self._notebook = self.store = notebook
        self.without = False
        self._written.clear()

    def close(self) -> None:
        """Forgets the key and all that is in memory; the file stays."""
        self._pending.clear()
        self._written.clear()
        if isinstance(self.store, Memory):
            self.store.clear()
        if self._notebook is not None:
            with self._writing:
                self._notebook.close()
        self._notebook, self.store = None, Memory()

    def stop(self) -> None:
        """Destroys the notebook; what was in it stays in memory until it is forgotten."""
        from mobile.notebook import wipe

        memory = Memory()
        for kind in KINDS:
            for name, record in self.store.all(kind).items():
                memory.put(kind, name, record)
        self.close()
        self.store = memory
        wipe(self._there())

    def wipe(self) -> None:
        """Destroys the notebook for good."""
        from mobile.notebook import wipe

        self.close()
        wipe(self._there())
        self.without = False

    # --- what is typed ---

    def later(self, kind: str, name: str, record: Record | None) -> bool:
        """Puts a record (None: drops it) down for `flush`. Returns whether it is a new one."""
        if not self.kept or self._written.get((kind, name)) == record:
            return False
        self._pending[kind, name] = self._written[kind, name] = record
        return True

    def flush(self) -> None:
        """Writes what was put down. Any thread. Raises `NotKept`; then it is tried again later."""
        with self._writing:
            while self._pending and self._notebook is not None:
                (kind, name), record = self._pending.popitem()
                try:
                    if record is None:
                        self._notebook.drop(kind, name)
                    else:
                        self._notebook.put(kind, name, record)
                except BaseException:
                    self._written.pop((kind, name), None)
                    raise
