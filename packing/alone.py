"""Whether the staged folder starts by itself: a Python that sees it, what the phone installs
(locks/phone.txt) and the standard library, and nothing of the checkout or the server.

    python -I -S -OO packing/begin.py FOLDER SITE    what `starts` runs
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

from packing.stage import HERE, ROOT

LOCK = ROOT / "locks" / "phone.txt"
ON_ANDROID = {"jnius", "android"}
"""Modules that only the phone has; asked for where they are used."""


def locked() -> dict[str, str]:
    """Names and versions of what the phone's lock installs on this kind of machine."""
    found = {}
    for line in LOCK.read_text("utf-8").splitlines():
        if line[:1].isalnum():
            one = Requirement(line.rstrip(" \\"))
            if one.marker is None or one.marker.evaluate():
                found[one.name.lower()] = str(one.specifier).removeprefix("==")
    return found


def _top(one: Distribution) -> Iterator[tuple[str, Path]]:
    """The top names of an installed package, and where each is."""
    seen = set()
    for file in one.files or ():
        top = file.parts[0]
        if top not in seen and not top.startswith("..") and top != "__pycache__":
            seen.add(top)
            yield top, Path(str(one.locate_file(top)))


def site(where: Path) -> Path:
    """A folder with the phone's packages alone, as links to the installed ones."""
    where.mkdir(parents=True)
    for name in locked():
        for top, path in _top(distribution(name)):
            (where / top).symlink_to(path)
    return where


def foreign(phone: Path) -> list[str]:
    """Imports, anywhere in the code, of what is neither staged nor installed on the phone."""
    known = {*sys.stdlib_module_names, *ON_ANDROID, *(path.name for path in phone.iterdir())}
    for name in locked():
        known |= {top.removesuffix(".py") for top, _ in _top(distribution(name))}
    found = []
    for path in sorted(phone.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [str(node.module)]
            found += [
                f"{path.relative_to(phone)}: {name}"
                for name in names
                if name.split(".")[0] not in known
            ]
    return found


def starts(phone: Path, *, every: bool = True) -> list[str]:
    """Imports every module (unless not `every`), and starts the app until its first frame.

    Returns the files of modules that came from neither the folder, the phone's packages nor
    the standard library. Raises `SystemExit` with what was said if it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="wren-phone-") as place:
        packages = site(Path(place) / "site")
        environ = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environ |= {"HOME": place, "SDL_VIDEODRIVER": "offscreen", "WREN_APP_DATA": place}
        options = ["-I", "-S", "-B", "-OO", "-X", "utf8"]
        ran = subprocess.run(
            [sys.executable, *options, str(HERE / "begin.py"), str(phone), str(packages),
             *(["every"] if every else [])],
            cwd=place, env=environ, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    told = ran.stdout.splitlines()
    if ran.returncode or "drawn" not in told:
        raise SystemExit(f"The staged app does not start:\n{ran.stdout}{ran.stderr}")
    return told[told.index("drawn") + 1 :]
