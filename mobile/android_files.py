"""Android's own dialogs for a file: to choose one, and to say where one is saved. No Kivy here.

The app has no permission for storage and needs none: the dialogs belong to the system, and hand
over the one file that their user chose or made (Android's documentation of
`ACTION_OPEN_DOCUMENT` and `ACTION_CREATE_DOCUMENT`). A chosen one is read through the descriptor
that the system opens, into memory: no copy of it is made.
`EXTRA_LOCAL_ONLY` leaves out what lies with a cloud service, which would learn of it. Written
after that documentation; docs/phone.md says that it was not run on a phone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

from mobile.android import ACTIVITY, on_window, there

REQUEST, SAVE_REQUEST = 6203, 6204
"""Tell our questions from those of others, and from each other, in the answer."""
OK = -1
"""`Activity.RESULT_OK`."""
NAME = "_display_name"
"""`OpenableColumns.DISPLAY_NAME`."""

Chosen = Callable[[Any], None]


class _Dialog:
    """Lives as long as the app: Android tells one listener of every answer."""

    request: int

    def __init__(self) -> None:
        self._told: Chosen | None = None
        self._listens = False

    @staticmethod
    def there() -> bool:
        """Whether this is Android."""
        return there()

    def _show(self, told: Chosen, make: Callable[[Any], Any]) -> bool:
        """Shows the dialog of the intent that `make` gives, from Java's class of intents.

        Returns whether it did. `told` gets the address (a Java `Uri`) of the file, or None. It
        is called on a thread of Java's.
        """
        from jnius import JavaException

        if not self._listens:
            # p4a's own module. Never unbound: Java walks through the listeners as it tells them.
            from android import activity as bridge

            bridge.bind(on_activity_result=self._answered)
            self._listens = True
        self._told, asked = told, []

        def work(activity: Any, autoclass: Callable[[str], Any]) -> None:
            intent = make(autoclass("android.content.Intent"))
            with suppress(JavaException):  # a phone may have no such dialog
                activity.startActivityForResult(intent, self.request)
                asked.append(self.request)

        return on_window(work) and bool(asked)

    def _answered(self, request: int, result: int, intent: Any) -> None:
        if request != self.request:
            return
        told, self._told = self._told, None
        if told is not None:
            told(intent.getData() if result == OK and intent is not None else None)

    def drop(self) -> None:
        """Whatever is chosen now is wanted by nobody."""
        self._told = None


class Documents(_Dialog):
    """The dialog in which a file is chosen."""

    request = REQUEST

    def ask(self, told: Chosen, kinds: Collection[str] = ()) -> bool:
        """Shows it, for files of these media types or for any. As `_show`."""

        def make(kind: Any) -> Any:
            intent = kind(kind.ACTION_OPEN_DOCUMENT)
            intent.addCategory(kind.CATEGORY_OPENABLE)
            intent.putExtra(kind.EXTRA_LOCAL_ONLY, True)
            intent.setType("*/*")
            if kinds:
                intent.putExtra(kind.EXTRA_MIME_TYPES, list(kinds))
            return intent

        return self._show(told, make)

    @staticmethod
    def read(address: Any, most: int) -> tuple[str, bytes]:
        """The name and at most `most + 1` bytes of what was chosen. Raises `OSError`."""
        from jnius import JavaException, autoclass

        resolver = autoclass(ACTIVITY).mActivity.getContentResolver()
        try:
            handle = resolver.openFileDescriptor(address, "r").detachFd()
        except (JavaException, AttributeError):  # gone, or something that is no stream
            raise OSError("not readable") from None
        with os.fdopen(handle, "rb") as file:
            data = file.read(most + 1)
        name = ""
        with suppress(JavaException, AttributeError):
            cursor = resolver.query(address, [NAME], None, None, None)
            if cursor.moveToFirst():
                name = str(cursor.getString(0) or "")
            cursor.close()
        return name, data


class NewDocuments(_Dialog):
    """The dialog in which is said where a file is saved: the system makes it there."""

    request = SAVE_REQUEST

    def ask(self, name: str, media_type: str, told: Chosen) -> bool:
        """Shows it, with this name suggested. As `_show`."""

        def make(kind: Any) -> Any:
            intent = kind(kind.ACTION_CREATE_DOCUMENT)
            intent.addCategory(kind.CATEGORY_OPENABLE)
            intent.putExtra(kind.EXTRA_LOCAL_ONLY, True)
            intent.setType(media_type)
            intent.putExtra(kind.EXTRA_TITLE, name)
            return intent

        return self._show(told, make)

    @staticmethod
    def write(address: Any, data: bytes) -> None:
        """Writes the file that was made. Raises `OSError`."""
        from jnius import JavaException, autoclass

        resolver = autoclass(ACTIVITY).mActivity.getContentResolver()
        try:
            handle = resolver.openFileDescriptor(address, "w").detachFd()
        except (JavaException, AttributeError):
            raise OSError("not writable") from None
        with os.fdopen(handle, "wb") as file:
            file.write(data)
