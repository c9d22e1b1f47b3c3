"""A hook of python-for-android: the window is secret before anything is drawn in it.

`mobile/android.py` asks for the same once Python runs; before that, Android could take the
picture for the task switcher from the screen that is shown while the app loads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

ACTIVITY = Path("src/main/java/org/kivy/android/PythonActivity.java")
BEFORE = 'Log.v(TAG, "About to do super onCreate");'
AFTER = 'Log.v(TAG, "Did super onCreate");'
SECRET = """getWindow().setFlags(
                android.view.WindowManager.LayoutParams.FLAG_SECURE,
                android.view.WindowManager.LayoutParams.FLAG_SECURE);"""
UNCOVERED = "getWindow().getDecorView().setFilterTouchesWhenObscured(true);"


def secured(java: str) -> str:
    """The activity's source with both: no picture of the window, no touch through another's.

    Raises `ValueError` if this python-for-android has another activity: no package is better
    than one that can be looked into.
    """
    if SECRET in java:
        return java
    for anchor in (BEFORE, AFTER):
        if java.count(anchor) != 1:
            raise ValueError(f"PythonActivity.java has not once: {anchor}")
    java = java.replace(BEFORE, f"{SECRET}\n        {BEFORE}")
    return java.replace(AFTER, f"{AFTER}\n        {UNCOVERED}")


def before_apk_build(toolchain: Any) -> None:
    """Called by python-for-android in the folder that it is about to build."""
    path = Path(toolchain._dist.dist_dir) / ACTIVITY
    path.write_text(secured(path.read_text("utf-8")), "utf-8")
