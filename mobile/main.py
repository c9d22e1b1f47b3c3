"""Starts the app. python-for-android looks for this file at the root of the app's folder."""

from __future__ import annotations

import os
from pathlib import Path

from mobile import android, away

# Before Kivy is imported: it must not read our arguments, nor write a configuration or a log.
QUIET = ("KIVY_NO_ARGS", "KIVY_NO_CONFIG", "KIVY_NO_CONSOLELOG", "KIVY_NO_FILELOG")
for _name in QUIET:
    os.environ[_name] = "1"
# No program of the desktop's is run to copy: what it held would outlive the app.
os.environ["KIVY_CLIPBOARD"] = "android,nspaste,winctypes,sdl2,dummy"

PHONE = (390, 844)


def configure() -> None:
    """Sets up Kivy, in memory only. Has to be called before there is a window."""
    from kivy.config import Config

    Config.set("kivy", "exit_on_escape", "0")
    Config.set("input", "mouse", "mouse,disable_multitouch")
    Config.set("graphics", "width", str(PHONE[0]))
    Config.set("graphics", "height", str(PHONE[1]))
    Config.set("graphics", "minimum_width", "300")
    Config.set("graphics", "minimum_height", "400")
    # Text has soft edges without it, and it is the dearest part of a frame on a slow phone.
    Config.set("graphics", "multisamples", "0")


def own_directory() -> str:
    """Where the system lets this app keep files; made, if it was not there."""
    from kivy.app import App
    from kivy.utils import platform

    class Wren(App):
        """Named like the app: the directory is called after it."""

    if platform == "linux":  # Kivy makes the last folder only: a new user may lack this one
        settings = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
        Path(settings).expanduser().mkdir(mode=0o700, parents=True, exist_ok=True)

    return str(Wren().user_data_dir)


def start(address: str = "", data: str = "") -> None:
    """Runs the app until it is closed. Empty `data`: the system's own place for this app."""
    android.guard()  # before there is a window, so that no frame of it can be captured
    configure()
    from mobile.app import WrenApp

    def leave() -> None:
        away.replace(where, "" if app.guide.current else app.address)

    where = Path(data or own_directory()).absolute()
    app = WrenApp(address, where, away.is_plain(), away=leave)
    app.run()


if __name__ == "__main__":
    start(os.environ.get("WREN_ADDRESS", ""), os.environ.get("WREN_APP_DATA", ""))
