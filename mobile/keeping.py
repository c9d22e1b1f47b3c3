"""Where the app keeps what is its user's: in memory, or in a notebook under a PIN. No Kivy here.

`mobile.notebook` is imported when it is needed: the first frame doesn't wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from mobile.store import FILE, PIECE, Memory, Record, Store

if TYPE_CHECKING:
    from mobile.notebook import Notebook

OUTBOX = "outbox"
KINDS = ("draft", "case", "typed", "settings", "place", PIECE)
"""What is moved as it is; the outbox moves its own (`moved`)."""


class Dropped(Exception):
    """The app was left while a PIN was stretched: what that opened or made is closed again."""


class Keeping:
    """`store` is what is used now; without a `directory` that is always memory.

    What `later` puts down is written by the next `flush`. `without` is set where somebody goes
    on without a notebook that can't be opened. `moved(store)` is called on any thread when
    another store is about to be used: what is being sent goes on there. It may raise `NotKept`.

    `turn` counts how often all was closed or dropped. Who hands the opening of a notebook to a
    thread gives it along: what comes out of an earlier turn opens nothing.
    """

    def __init__(
        self, directory: Path | None, moved: Callable[[Store], None] = lambda _store: None
    ) -> None:
        self.directory, self._moved = directory, moved
        self.store: Store = Memory()
        self.without = False
        self.turn = 0
        self._notebook: Notebook | None = None
        self._pending: dict[tuple[str, str], Record | None] = {}
        self._written: dict[tuple[str, str], Record | None] = {}
        self._stretching, self._changing, self._writing = RLock(), RLock(), RLock()

    @property
    def exists(self) -> bool:
        """Whether there is a notebook on this device: somebody set a PIN."""
        return self.directory is not None and (self.directory / FILE).exists()

    @property
    def kept(self) -> bool:
        """Whether the notebook is open."""
        return self._notebook is not None

    @property
    def aside(self) -> bool:
        """Whether there is a notebook that is not open, locked or left aside."""
        return self.exists and not self.kept

    @property
    def locked(self) -> bool:
        """Whether a PIN has to be typed first."""
        return self.aside and not self.without

    @property
    def pending(self) -> bool:
        """Whether something waits for `flush`."""
        return bool(self._pending)

    @property
    def unreadable(self) -> int:
        """How many records of the open notebook are damaged."""
        return self._notebook.unreadable if self._notebook is not None else 0

    # --- blocking: a PIN is stretched for about a second ---

    def unlock(self, pin: str, turn: int) -> None:
        """Opens the notebook and goes on with it. Raises what `Notebook.open` does, `Dropped`."""
        with self._stretching:
            self.use(self.open(pin), turn)

    def begin(self, pin: str, tries: int, turn: int) -> None:
        """Makes a notebook and goes on with it; if that fails there is none.

        Raises `WeakPin`, `NotKept`, `FileExistsError`, `Dropped`.
        """
        from mobile.notebook import wipe

        with self._stretching:
            notebook = self.create(pin, tries)
            try:
                self.use(notebook, turn)
            except BaseException:
                wipe(self._there())
                raise

    def open(self, pin: str) -> Notebook:
        """The notebook of this PIN. Raises what `Notebook.open` raises."""
        from mobile.notebook import Notebook

        return Notebook.open(self._there(), pin)

    def create(self, pin: str, tries: int) -> Notebook:
        """A new notebook. Raises `WeakPin`, `NotKept`, `FileExistsError`."""
        from mobile.notebook import Notebook

        return Notebook.create(self._there(), pin, tries=tries)

    def confirm(self, pin: str) -> None:
        """Returns if this is the PIN of what is open. Raises `WrongPin`, and `Wiped` after the
        last wrong one: then nothing is kept any more, as after `wipe`.
        """
        from mobile.notebook import Wiped

        with self._stretching:
            try:
                self._open_one().confirm(pin)
            except Wiped:
                self.close()
                raise

    def change_pin(self, pin: str) -> None:
        """Another PIN instead of the one that opened the notebook. Raises `WeakPin`, `NotKept`."""
        self._open_one().change_pin(pin)

    def set_empty(self, pin: str) -> None:
        """A second PIN that opens an empty notebook. Raises `WeakPin`, `NotKept`."""
        self._open_one().set_empty(pin)

    def tries(self) -> tuple[int, float]:
        """How many wrong PINs there may be, and the seconds to wait before the next."""
        from mobile.notebook import tries_left, wait

        with self._stretching:  # the file is one's alone while a PIN is tried
            if self._notebook is not None:
                return self._notebook.tries()
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

    def use(self, notebook: Notebook, turn: int | None = None) -> None:
        """Goes on with a notebook, to which what was only in memory is moved: all of it, or none.

        Raises `NotKept`, and `Dropped` in another turn; then the notebook is closed.
        """
        try:
            with self._changing:
                if turn not in (None, self.turn):
                    raise Dropped
                before = self.store
                if isinstance(before, Memory):
                    _move_parts(before, notebook)
                    _move(_records(before), notebook)
                    self._moved(notebook)
                    there = notebook.all(OUTBOX)
                    own = before.all(OUTBOX).items()  # of an outbox that is not open just now
                    _move([(OUTBOX, k, v) for k, v in own if k not in there], notebook)
                _tidy(notebook)
                self._written.clear()
                self._notebook = self.store = notebook
                self.without = False
                if isinstance(before, Memory):
                    before.clear()
        except BaseException:
            notebook.close()
            raise

    def drop(self) -> None:
        """What is being opened or made just now is closed again when it is ready."""
        with self._changing:
            self.turn += 1

    def close(self, *, waiting: bool = False) -> None:
        """Forgets the key and all that is in memory; the file stays.

        `waiting`: but for what waits to be sent, where that is in memory only.
        """
        with self._changing:
            self.turn += 1
            self.without = False
            if isinstance(self.store, Memory):
                self.store.clear(but=OUTBOX if waiting else "")
                return
            notebook, self._notebook, self.store = self._notebook, None, Memory()
        with self._writing:
            if notebook is not None:
                notebook.close()
            self._pending.clear()
            self._written.clear()

    def stop(self) -> None:
        """Destroys the notebook; what was in it stays in memory until it is forgotten."""
        from mobile.notebook import wipe

        with self._changing:
            memory, notebook = Memory(), self._open_one()
            memory.put_all(_records(notebook, (*KINDS, OUTBOX)))
            _copy_parts(notebook, memory)
            for (kind, name), record in self._pending.items():
                if record is None:
                    memory.drop(kind, name)
                else:
                    memory.put(kind, name, record)
            self._moved(memory)  # before it is closed: something may be being sent
            self.close()
            self.store = memory
        wipe(self._there())

    def wipe(self) -> None:
        """Destroys the notebook for good."""
        from mobile.notebook import wipe

        self.close()
        with self._stretching:
            wipe(self._there())

    # --- what is typed ---

    def later(self, kind: str, name: str, record: Record | None) -> bool:
        """Puts a record (None: drops it) down for `flush`. Returns whether it is a new one."""
        key = kind, name
        if not self.kept or (key in self._written and self._written[key] == record):
            return False
        self._pending[key] = self._written[key] = record
        return True

    def flush(self) -> None:
        """Writes what was put down. Any thread. Raises `NotKept`; then it is tried again later."""
        with self._writing:
            while self._pending and (notebook := self._notebook) is not None:
                key, record = self._pending.popitem()
                try:
                    if record is None:
                        notebook.drop(*key)
                    else:
                        notebook.put(*key, record)
                except BaseException:
                    self._pending.setdefault(key, record)  # unless there is a newer one
                    raise


def _records(store: Store, kinds: Iterable[str] = KINDS) -> list[tuple[str, str, Record]]:
    return [(kind, name, one) for kind in kinds for name, one in store.all(kind).items()]


def _move_parts(memory: Memory, notebook: Store) -> None:
    """Before the records that name them. Raises `NotKept`; then none of them is kept."""
    names = set()
    try:
        for name, number, data in memory.parts():
            names.add(name)
            notebook.put_part(name, number, data)
    except BaseException:
        with suppress(Exception):  # the next start does it
            for name in names:
                notebook.drop_parts(name)
        raise


def _tidy(notebook: Notebook) -> None:
    from mobile.evidence import tidy

    with suppress(Exception):  # the next start does it
        tidy(notebook)


def _copy_parts(notebook: Notebook, memory: Memory) -> None:
    for name in notebook.part_names():
        number = 0
        while (data := notebook.part(name, number)) is not None:
            memory.put_part(name, number, data)
            number += 1


def _move(records: list[tuple[str, str, Record]], store: Store) -> None:
    if records:  # a full disk is no reason not to open what is there
        store.put_all(records)
