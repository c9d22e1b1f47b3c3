"""Android's own dialog for a file, and the file that was chosen in it. No Kivy here.

The app has no permission for storage and needs none: the dialog belongs to the system, and hands
over the one file that its user chose (Android's documentation of `ACTION_OPEN_DOCUMENT`). It is
read through the descriptor that the system opens, into memory: no copy of it is made.
`EXTRA_LOCAL_ONLY` leaves out what lies with a cloud service, which would learn of it. Written
after that documentation; docs/phone.md says that it was not run on a phone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

from mobile.android import ACTIVITY, on_window, there

REQUEST = 6203
"""Tells our question from those of others, in the answer."""
OK = -1
"""`Activity.RESULT_OK`."""
NAME = "_display_name"
"""`OpenableColumns.DISPLAY_NAME`."""

Chosen = Callable[[Any], None]


class Documents:
    """Lives as long as the app: Android tells one listener of every answer."""

    def __init__(self) -> None:
        self._told: Chosen | None = None
        self._listens = False

    @staticmethod
    def there() -> bool:
        """Whether this is Android."""
        return there()

    def ask(self, told: Chosen, kinds: Collection[str] = ()) -> bool:
        """Shows the dialog, for files of these media types or for any. Returns whether it did.

        `told` gets the address (a Java `Uri`) of what was chosen, or None. It is called on a
        thread of Java's.
        """
        from jnius import JavaException

        if not self._listens:
            # p4a's own module. Never unbound: Java walks through the listeners as it tells them.
            from android import activity as bridge

            bridge.bind(on_activity_result=self._answered)
            self._listens = True
        self._told, asked = told, []

        def work(activity: Any, autoclass: Callable[[str], Any]) -> None:
            with suppress(JavaException):  # a phone may have no such dialog
                activity.startActivityForResult(_intent(autoclass, kinds), REQUEST)
                asked.append(REQUEST)

        return on_window(work) and bool(asked)

    def _answered(self, request: int, result: int, intent: Any) -> None:
        if request != REQUEST:
            return
        told, self._told = self._told, None
        if told is not None:
            told(intent.getData() if result == OK and intent is not None else None)

    def drop(self) -> None:
        """Whatever is chosen now is wanted by nobody."""
        self._told = None

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


def _intent(autoclass: Callable[[str], Any], kinds: Collection[str]) -> Any:
    kind = autoclass("android.content.Intent")
    intent = kind(kind.ACTION_OPEN_DOCUMENT)
    intent.addCategory(kind.CATEGORY_OPENABLE)
    intent.putExtra(kind.EXTRA_LOCAL_ONLY, True)
    intent.setType("*/*")
    if kinds:
        intent.putExtra(kind.EXTRA_MIME_TYPES, list(kinds))
    return intent
