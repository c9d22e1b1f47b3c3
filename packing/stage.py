"""`build/phone/`: all that goes into the Android package, and nothing else.

build/phone/main.py, mobile/, shared/    the app, as it is packed
build/buildozer.spec                     how it is packed: run `buildozer` in build/
build/packing/                           icons, manifest parts and hook that the spec names
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from packing import drawing

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
PACKAGES = ("mobile", "shared")
KINDS = {".py", ".kv", ".mo", ".json", ".toml", ".typed", ".txt", ".png", ".ttf"}
"""What an installed app reads. Catalogues' sources (.po) and the like stay at home."""
AT_HOME = {"babel.toml"}
PARTS = ("application.xml", "backup_rules.xml", "data_extraction_rules.xml", "hook.py")


@dataclass(frozen=True, slots=True)
class Staged:
    """What was staged: the folder `phone`, the spec, and how much it is."""

    phone: Path
    spec: Path
    files: int
    size: int
    """Bytes."""


def stage(build: Path = ROOT / "build") -> Staged:
    """Lays everything out anew under `build`; what was there of an earlier time goes."""
    phone, parts = build / "phone", build / "packing"
    for old in (phone, parts):
        shutil.rmtree(old, ignore_errors=True)
        old.mkdir(parents=True)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in KINDS and path.name not in AT_HOME and path.is_file():
                to = phone / path.relative_to(ROOT)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to)
    shutil.copyfile(HERE / "main.py", phone / "main.py")
    for name in PARTS:
        shutil.copyfile(HERE / name, parts / name)
    drawing.icons(parts)
    spec = build / "buildozer.spec"
    shutil.copyfile(ROOT / "mobile" / "buildozer.spec", spec)
    files = [path for path in phone.rglob("*") if path.is_file()]
    return Staged(phone, spec, len(files), sum(path.stat().st_size for path in files))
