"""Starts the app. python-for-android looks for this file at the root of the app's folder."""

from __future__ import annotations

import os

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


def start(address: str = "") -> None:
    """Runs the app until it is closed."""
    configure()
    from mobile.app import WrenApp

    WrenApp(address).run()


if __name__ == "__main__":
    start(os.environ.get("WREN_ADDRESS", ""))
