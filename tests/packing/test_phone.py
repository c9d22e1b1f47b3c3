"""What goes into the Android package: it starts alone, and Android is told what it should be."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from ctypes.util import find_library
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from buildozer.specparser import SpecParser

from packing import alone, hook, manifest
from packing.stage import ROOT, Staged, stage
from tests import need

DESKTOP = {"docutils", "pygments", "kivy-garden", "zxing-cpp"}
"""What Kivy asks for on a computer only; and the reader of QR codes, which has no recipe."""
RECIPES = {"pillow": "11", "cffi": "2", "pycparser": "2"}
"""Compiled by python-for-android in its own version; at least this one of it is needed."""
MANIFEST = "src/main/AndroidManifest.xml"


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Staged:
    return stage(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def rendered(staged: Staged, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return manifest.render(staged.spec, tmp_path_factory.mktemp("render"))


def test_it_works(staged: Staged) -> None:
    """Its first frame is drawn, every module is imported, and all comes from the phone's own."""
    need.need(find_library("EGL"), "EGL (Debian: libegl1)")
    assert not alone.starts(staged.phone)


def test_nothing_of_the_server_is_in_it(staged: Staged) -> None:
    assert {path.name for path in staged.phone.iterdir()} == {"main.py", "mobile", "shared"}
    assert not alone.foreign(staged.phone)
    assert not [path for path in staged.phone.rglob("*") if path.suffix in (".po", ".spec", ".db")]
    assert 300_000 < staged.size < 4_000_000


def test_what_the_phone_has_not_is_found(staged: Staged, tmp_path: Path) -> None:
    """An import of the server's is seen in the code, and stops the start."""
    extra = staged.phone / "mobile" / "extra.py"
    extra.write_text("def later():\n    import flask\n    return flask\n", "utf-8")
    try:
        assert alone.foreign(staged.phone) == ["mobile/extra.py: flask"]
        extra.write_text("import flask\n", "utf-8")
        with pytest.raises(SystemExit, match="No module named 'flask'"):
            alone.starts(staged.phone)
    finally:
        extra.unlink()


def test_android_is_told_what_it_should_be(rendered: Path) -> None:
    assert manifest.faults(rendered) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace('allowBackup="false"', 'allowBackup="true"'), "allowBackup"),
        (
            lambda text: text.replace(
                "<application",
                '<uses-permission android:name="android.permission.POST_NOTIFICATIONS"/>'
                "<application",
            ),
            "POST_NOTIFICATIONS",
        ),
        (
            lambda text: text.replace('android:usesCleartextTraffic="false"', ""),
            "usesCleartextTraffic",
        ),
        (lambda text: text.replace("</application>", "<service/></application>"), "service"),
        (
            lambda text: text.replace("<application", '<application android:debuggable="true"'),
            "debugger",
        ),
    ],
)
def test_a_manifest_that_gives_more_away_is_found(
    rendered: Path, change: Callable[[str], str], told: str
) -> None:
    path = rendered / MANIFEST
    before = path.read_text("utf-8")
    path.write_text(change(before), "utf-8")
    try:
        assert any(told in fault for fault in manifest.faults(rendered))
    finally:
        path.write_text(before, "utf-8")


def test_the_rules_keep_all_of_it_out_of_backups(rendered: Path) -> None:
    xml = rendered / "src/main/res/xml"
    domains = {"root", "file", "database", "sharedpref", "external"}
    rules = ET.parse(xml / "data_extraction_rules.xml").getroot()
    assert {one.tag for one in rules} == {"cloud-backup", "device-transfer"}
    for way in (*rules, ET.parse(xml / "backup_rules.xml").getroot()):
        assert domains <= {one.get("domain") for one in way if one.get("path") == "."}
        assert {one.tag for one in way} == {"exclude"}


def test_the_window_is_secret_before_the_activity_makes_it(rendered: Path) -> None:
    java = (rendered / hook.ACTIVITY).read_text("utf-8")
    secret, made = java.index(hook.SECRET), java.index("super.onCreate(savedInstanceState)")
    assert secret < made < java.index(hook.UNCOVERED)
    assert hook.secured(java) == java
    with pytest.raises(ValueError, match="not once"):
        hook.secured("another activity")


def test_the_package_holds_the_app(rendered: Path) -> None:
    import tarfile

    with tarfile.open(rendered / "src/main/assets/private.tar") as packed:
        names = packed.getnames()
    wanted = {"main.py", "mobile/app.py", "mobile/screens/welcome.kv", "shared/client.py"}
    assert wanted <= set(names)
    for picture in ("mipmap/icon.png", "mipmap/icon_foreground.png", "drawable/presplash.jpg"):
        own = (rendered / "src/main/res" / picture).read_bytes()
        assert own not in [one.read_bytes() for one in (rendered / "templates").glob("kivy-*")]


def requirements() -> dict[str, str]:
    config = SpecParser()
    config.read(str(ROOT / "mobile" / "buildozer.spec"), "utf-8")
    asked = config.getlist("app", "requirements")
    return {name: version for name, _, version in (one.partition("==") for one in asked)}


def test_the_phone_gets_the_versions_of_its_lock() -> None:
    """But for what is compiled by recipes, whose own versions then have to be new enough."""
    import pythonforandroid

    asked, locked = requirements(), alone.locked()
    assert locked.keys() - DESKTOP <= asked.keys()
    for name in locked.keys() - DESKTOP - RECIPES.keys():
        assert asked[name] == locked[name]
    recipes = Path(pythonforandroid.__file__).parent / "recipes"
    for name in asked.keys() - locked.keys():
        assert (recipes / name / "__init__.py").is_file()
    pillow = (recipes / "Pillow" / "__init__.py").read_text("utf-8")
    assert int(re.findall(r"version = '(\d+)", pillow)[0]) >= int(RECIPES["pillow"])
    openssl = (recipes / "openssl" / "__init__.py").read_text("utf-8")
    assert re.search(r"version = '3\.(\d+)", openssl)
    assert int(re.findall(r"version = '3\.(\d+)", openssl)[0]) >= 2  # Argon2id


def test_the_versions_are_the_project_s() -> None:
    config = SpecParser()
    config.read(str(ROOT / "mobile" / "buildozer.spec"), "utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert config.get("app", "version") == project["version"]
    import pythonforandroid

    assert config.get("app", "p4a.branch") == f"v{pythonforandroid.__version__}"
