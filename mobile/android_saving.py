"""Android's own dialog for where a file is saved. No Kivy here.

The app has no permission for storage and needs none: the dialog (`ACTION_CREATE_DOCUMENT`)
belongs to the system, makes the file where its user says, and hands over that one. Written after
Android's documentation; docs/phone.md says that it was not run on a phone.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mobile.android import ACTIVITY, on_window, there

REQUEST = 6204
"""Tells our question from those of others, in the answer."""
OK = -1
"""`Activity.RESULT_OK`."""


class Documents:
    """Lives as long as the app: Android tells one listener of every answer."""

    def __init__(self) -> None:
        self._told: Callable[[Any], None] | None = None
        self._listens = False

    @staticmethod
    def there() -> bool:
        """Whether this is Android."""
        return there()

    def ask(self, name: str, media_type: str, told: Callable[[Any], None]) -> bool:
        """Shows the dialog, with this name suggested. Returns whether it did.

        `told` gets the address (a Java `Uri`) of the new file, or None, on a thread of Java's.
        """
        from jnius import JavaException

        if not self._listens:
            from android import activity as bridge  # p4a's own module

            bridge.bind(on_activity_result=self._answered)
            self._listens = True
        self._told, asked = told, []

        def work(activity: Any, autoclass: Callable[[str], Any]) -> None:
            kind = autoclass("android.content.Intent")
            intent = kind(kind.ACTION_CREATE_DOCUMENT)
            intent.addCategory(kind.CATEGORY_OPENABLE)
            intent.putExtra(kind.EXTRA_LOCAL_ONLY, True)
            intent.setType(media_type)
            intent.putExtra(kind.EXTRA_TITLE, name)
            with suppress(JavaException):  # a phone may have no such dialog
                activity.startActivityForResult(intent, REQUEST)
                asked.append(REQUEST)

        return on_window(work) and bool(asked)

    def _answered(self, request: int, result: int, intent: Any) -> None:
        if request != REQUEST:
            return
        told, self._told = self._told, None
        if told is not None:
            told(intent.getData() if result == OK and intent is not None else None)

    def drop(self) -> None:
        """Wherever it would be saved now is wanted by nobody."""
        self._told = None

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
