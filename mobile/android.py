"""The window on Android: hidden from capture, and deaf to touches through something else.

This, `mobile.android_files` and `mobile.keystore` are the only modules
that use pyjnius; on other systems every function here does nothing. Written after Android's
documentation of FLAG_SECURE (`WindowManager.LayoutParams`), `View.setFilterTouchesWhenObscured`
and `Activity.finishAndRemoveTask`; docs/phone.md says that it was not run on a phone. No Kivy.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from threading import Event
from typing import Any

ACTIVITY = "org.kivy.android.PythonActivity"
PATIENCE = 5.0
"""Seconds to wait for the thread that may touch the window."""


def there() -> bool:
    """Whether this is Android."""
    return find_spec("jnius") is not None


def guard() -> bool:
    """Hides the window from screenshots, recordings and the task switcher.

    Touches that come through another app's window are refused too. Returns whether that is
    done, which is before the first frame: it waits for the thread of the window.
    """
    return there() and on_window(_guard)


def step_aside() -> None:
    """Shows what was there before the app, as the phone's back button does."""
    if there():
        on_window(lambda activity, _class: activity.moveTaskToBack(True))


def finish() -> None:
    """Closes the app, and takes it out of the list of recent ones."""
    if there():
        on_window(lambda activity, _class: activity.finishAndRemoveTask())


def still() -> bool:
    """Whether the phone's settings ask that nothing moves by itself ("remove animations")."""
    if not there():
        return False
    from jnius import autoclass

    settings = autoclass("android.provider.Settings$Global")
    resolver = autoclass(ACTIVITY).mActivity.getContentResolver()
    return bool(settings.getFloat(resolver, settings.ANIMATOR_DURATION_SCALE, 1.0) == 0)


def open_elsewhere(address: str) -> bool:
    """Hands `tel:` to the dialler, which calls nobody by itself, and a page to the browser."""
    if not there():
        return False
    from jnius import JavaException

    opened = []

    def work(activity: Any, autoclass: Callable[[str], Any]) -> None:
        intent = autoclass("android.content.Intent")
        action = intent.ACTION_DIAL if address.startswith("tel:") else intent.ACTION_VIEW
        where = autoclass("android.net.Uri").parse(address)
        with suppress(JavaException):  # there may be no app for it
            activity.startActivity(intent(action, where))
            opened.append(address)

    return on_window(work) and bool(opened)


def _guard(activity: Any, autoclass: Callable[[str], Any]) -> None:
    secure = autoclass("android.view.WindowManager$LayoutParams").FLAG_SECURE
    window = activity.getWindow()
    window.setFlags(secure, secure)
    window.getDecorView().setFilterTouchesWhenObscured(True)


def on_window(work: Callable[[Any, Callable[[str], Any]], object]) -> bool:
    """Does something on the thread of the window. Returns whether it was done."""
    from jnius import PythonJavaClass, autoclass, java_method

    activity, done, ended = autoclass(ACTIVITY).mActivity, [], Event()

    class Once(PythonJavaClass):
        __javainterfaces__ = ["java/lang/Runnable"]  # noqa: RUF012 - as pyjnius wants it
        __javacontext__ = "app"

        @java_method("()V")  # type: ignore[untyped-decorator]
        def run(self) -> None:
            try:
                work(activity, autoclass)
                done.append(True)
            finally:
                ended.set()

    once = Once()  # kept until it ran: Java does not hold it
    activity.runOnUiThread(once)
    ended.wait(PATIENCE)
    return bool(done)
