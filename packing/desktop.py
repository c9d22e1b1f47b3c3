"""`make desktop`: the app for this kind of computer, as a folder that needs no Python.

Made by PyInstaller from what `build/phone/` holds, so nothing of the server is in it either.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from packing import stage

NAME = "wren-app"
DATA = ("mobile", "fonticon_mdi7", "mnemonic", "certifi", "tzdata")
"""Packages whose files that are no code are needed."""
WINDOW = "--console" if sys.platform == "linux" else "--windowed"
"""On Linux a console is where a fault is told; elsewhere it would be a second window."""
NEVER = ("api", "tests", "packing", "flask", "sqlalchemy", "argon2", "granian", "tkinter", "numpy")


def build(build_in: Path = stage.ROOT / "build") -> Path:
    """Builds `build/desktop/wren-app/`, starts it, and tells its size. Raises `SystemExit`."""
    staged = stage.stage(build_in)
    work = build_in / "pyinstaller"
    code = [f"--collect-submodules={package}" for package in stage.PACKAGES]
    data = [f"--collect-data={package}" for package in DATA]
    # Named in kv or found by its path, which PyInstaller can not see.
    code.append("--hidden-import=fonticon_mdi7")
    never = [f"--exclude-module={name}" for name in NEVER]
    command = [
        sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--onedir", WINDOW,
        "--log-level=WARN", f"--name={NAME}", f"--paths={staged.phone}", *code, *data, *never,
        f"--icon={staged.spec.parent / 'packing' / 'icon.png'}",
        f"--distpath={build_in / 'desktop'}", f"--workpath={work}", f"--specpath={work}",
        str(staged.phone / "main.py"),
    ]  # fmt: skip
    environ = {name: value for name, value in os.environ.items() if not name.startswith("KIVY_")}
    # Found first: the checkout is installed in .venv, and would be packed in its place.
    environ |= {"PYTHONPATH": str(staged.phone), "KIVY_NO_ARGS": "1", "KIVY_NO_CONFIG": "1",
                "KIVY_NO_CONSOLELOG": "1", "KIVY_NO_FILELOG": "1",
                "SDL_VIDEODRIVER": "offscreen"}  # fmt: skip
    began = time.monotonic()
    subprocess.run(command, check=True, env=environ, cwd=build_in)
    folder = build_in / "desktop" / NAME
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    took = time.monotonic() - began
    starts(folder / NAME)
    sys.stdout.write(f"{folder}: {size / 1e6:.0f} MB, built in {took:.0f} s. It starts.\n")
    return folder


def starts(program: Path, seconds: float = 20) -> None:
    """Starts it until its first frame. Raises `SystemExit` with what was said if there is none."""
    with tempfile.TemporaryDirectory(prefix="wren-desktop-") as place:
        environ = {"HOME": place, "PATH": os.environ.get("PATH", ""),
                   "SDL_VIDEODRIVER": "offscreen", "WREN_TELL_FRAME": "1",
                   "KIVY_LOG_MODE": "PYTHON"}  # fmt: skip
        try:
            ran = subprocess.run(
                [str(program)], cwd=place, env=environ, capture_output=True, text=True,
                check=False, timeout=seconds,
            )  # fmt: skip
            told = f"{ran.stdout}{ran.stderr}"
        except subprocess.TimeoutExpired as late:
            told = f"{late.stdout!r}{late.stderr!r}"
    if "drawn" not in told:
        raise SystemExit(f"{program} does not start:\n{told}")
