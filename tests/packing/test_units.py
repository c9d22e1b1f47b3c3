"""The units of systemd in `deploy/`: systemd reads them, and finds nothing odd."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests import need

UNITS = Path(__file__).parents[2] / "deploy/systemd"


def said_of(place: Path) -> list[str]:
    """What systemd has to say of the units in a directory."""
    analyze = need.program("systemd-analyze", "systemd")
    units = sorted(map(str, place.iterdir()))
    done = subprocess.run(
        [analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    return [line for line in (done.stdout + done.stderr).splitlines() if "wren-" in line]


def copied(place: Path) -> Path:
    """The units, where what they start is another program: `wren` is not installed here."""
    place.mkdir()
    for one in UNITS.iterdir():
        text = one.read_text().replace("/opt/wren/bin/wren", str(shutil.which("true")))
        (place / one.name).write_text(text)
    return place


def test_it_works(tmp_path: Path) -> None:
    place = copied(tmp_path / "units")
    assert said_of(place) == []
    odd = place / "wren-doctor.service"
    odd.write_text(odd.read_text().replace("UMask=", "Umasque="))
    assert any("Umasque" in line for line in said_of(place)), "it would be seen"


def test_each_timer_starts_a_unit_and_each_command_exists() -> None:
    from api.cli import main

    for timer in UNITS.glob("*.timer"):
        assert timer.with_suffix(".service").exists()
    started = [
        found[1]
        for one in UNITS.glob("*.service")
        for found in re.finditer(r"^ExecStart=/opt/wren/bin/wren (\S+)", one.read_text(), re.M)
    ]
    assert sorted(started) == ["backup", "doctor", "serve", "worker"]
    assert set(started) <= set(main.commands)
