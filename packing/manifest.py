"""What Android will be told, rendered by the tools that pack: buildozer reads our spec and makes
python-for-android's command of it, and python-for-android's own packer runs with that command.

Not run is what needs Android's SDK and NDK: the compilers and gradle. The folder in which the
packer works is laid out here as python-for-android would lay it out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from packing import hook

ANDROID = "{http://schemas.android.com/apk/res/android}"
PERMISSION = "android.permission.INTERNET"
TOOLCHAIN = ("--bootstrap", "--dist_name", "--arch", "--ndk-api")
"""Options that are python-for-android's own, each with a value; the packer gets the rest."""


class _Asked(Exception):
    """Instead of a build: the command that buildozer would run."""

    def __init__(self, command: Sequence[str]) -> None:
        super().__init__()
        self.command = list(command)


def command(spec: Path) -> tuple[list[str], dict[str, str]]:
    """The packer's arguments that buildozer makes of a spec, and what p4a itself is told.

    Raises `SystemExit` if buildozer finds fault with the spec.
    """
    # buildozer makes a folder in the home of whoever runs it: here beside the spec.
    os.environ["HOME"], home = str(spec.parent / ".home"), os.environ.get("HOME", "")
    here = Path.cwd()
    os.chdir(spec.parent)
    try:
        asked, own = _ask(spec)
    finally:
        os.chdir(here)
        os.environ["HOME"] = home
    kept, at = [], 1
    while at < len(asked):
        if asked[at] in TOOLCHAIN:
            at += 1
        elif asked[at] != "--copy-libs":
            kept.append(asked[at])
        at += 1
    return kept, own


def _ask(spec: Path) -> tuple[list[str], dict[str, str]]:
    from buildozer import Buildozer
    from buildozer.targets.android import TargetAndroid

    buildozer = Buildozer(str(spec), "android")
    target = buildozer.target

    def asked(cmd: Sequence[str], **_: Any) -> None:
        raise _Asked(cmd)

    target._p4a = asked
    target.build_mode = "debug"
    distribution = Path(target.get_dist_dir(buildozer.config.get("app", "package.name")))
    distribution.mkdir(parents=True, exist_ok=True)
    (distribution / "project.properties").write_text("")
    buildozer._copy_application_sources()
    own = dict(one[2:].split("=", 1) for one in target.extra_p4a_args if "=" in one)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # buildozer leaves a file open
            TargetAndroid.build_package(target)
    except _Asked as found:
        return found.command, own
    raise SystemExit("buildozer asked python-for-android for nothing")


def render(spec: Path, work: Path) -> Path:
    """Runs python-for-android's packer under `work`; the folder that gradle would build."""
    import pythonforandroid

    arguments, own = command(spec)
    work.mkdir(parents=True, exist_ok=True)
    bootstraps = Path(pythonforandroid.__file__).parent / "bootstraps"
    dist, sdk = work / "dist", work / "sdk"
    shutil.rmtree(dist, ignore_errors=True)
    for kind in ("common", "_sdl_common", "sdl2"):
        shutil.copytree(bootstraps / kind / "build", dist, dirs_exist_ok=True)
    archs = ["arm64-v8a", "armeabi-v7a"]
    for arch in archs:
        (dist / f"_python_bundle__{arch}").mkdir()
        (dist / "libs" / arch).mkdir(parents=True)
    api = _api(spec)
    (sdk / "build-tools" / f"{api}.0.0").mkdir(parents=True, exist_ok=True)
    (dist / "project.properties").write_text(f"target=android-{api}")
    (dist / "local.properties").write_text(f"sdk.dir={sdk}")
    told = {"bootstrap": "sdl2", "hostpython": None, "archs": archs, "ndk_api": own["ndk-api"]}
    (dist / "dist_info.json").write_text(json.dumps(told))
    # Patches of SDL's own Java need that source, which is downloaded with SDL.
    shutil.rmtree(dist / "src" / "patches", ignore_errors=True)
    activity = dist / hook.ACTIVITY
    activity.write_text(hook.secured(activity.read_text("utf-8")), "utf-8")
    code = (
        "import sys, runpy; sys.argv = ['build.py', *sys.argv[1:]]; "
        "import importlib.util as u; s = u.spec_from_file_location('build', 'build.py'); "
        "m = u.module_from_spec(s); s.loader.exec_module(m); m.parse_args_and_make_package()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments, "--release", "--no-byte-compile-python"],
        cwd=dist, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    if ran.returncode:
        raise SystemExit(f"python-for-android can't pack it: {ran.stdout}{ran.stderr}")
    return dist


def _api(spec: Path) -> int:
    from buildozer.specparser import SpecParser

    config = SpecParser()
    config.read(str(spec), "utf-8")
    return int(config.get("app", "android.api"))


def faults(dist: Path) -> list[str]:
    """What in the rendered folder is not as it has to be; empty if all is well."""
    root = ET.parse(dist / "src/main/AndroidManifest.xml").getroot()
    application = root.find("application")
    if application is None:
        return ["no application"]
    found = []
    if application.get(f"{ANDROID}debuggable"):
        found.append("a debugger may look into it")
    permissions = [
        str(one.get(f"{ANDROID}name")) for one in root if one.tag.startswith("uses-permission")
    ]
    if permissions != [PERMISSION]:
        found.append(f"permissions: {permissions}")
    wanted = {
        "allowBackup": "false",
        "usesCleartextTraffic": "false",
        "dataExtractionRules": "@xml/data_extraction_rules",
        "fullBackupContent": "@xml/backup_rules",
    }
    for name, value in wanted.items():
        if application.get(f"{ANDROID}{name}") != value:
            found.append(f"{name}: {application.get(ANDROID + name)}")
    for rules in ("data_extraction_rules", "backup_rules"):
        if not (dist / f"src/main/res/xml/{rules}.xml").is_file():
            found.append(f"no {rules}.xml")
    open_ones = [one for one in application if one.get(f"{ANDROID}exported") == "true"]
    if [one.tag for one in open_ones] != ["activity"]:
        found.append(f"open to other apps: {[one.tag for one in open_ones]}")
    parts = {one.tag for one in application} - {"activity", "meta-data"}
    if parts:
        found.append(f"more than an activity: {sorted(parts)}")
    activity = application.find("activity")
    if activity is None or activity.get(f"{ANDROID}screenOrientation") != "unspecified":
        found.append("not every orientation")
    if hook.SECRET not in (dist / hook.ACTIVITY).read_text("utf-8"):
        found.append("the window can be looked into")
    return found
