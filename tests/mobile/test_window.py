"""The main way in, in a real window with real GL, mouse and keyboard, against the served demo.

In a process of its own: Kivy can't have a window and be without one in the same process.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shared import consents
from shared.errors import NotFound, UnknownToken
from shared.thread import today
from tests import need
from tests.mobile.cutting import cutting
from tests.mobile.evident import got
from tests.online import Online

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "var" / "pictures"


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A display of its own, on a number that was free."""
    xvfb = need.program("Xvfb", "Xvfb (Debian: xvfb)")
    read, write = os.pipe()
    process = subprocess.Popen(
        [xvfb, "-displayfd", str(write), "-screen", "0", "390x844x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    need.need(number, "a display that starts")
    yield f":{number}"
    process.terminate()
    process.wait(10)


def environment(display: str) -> dict[str, str]:
    """This process's environment without what would be told to the app."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KIVY_", "WREN_", "SDL_"))
    }
    return {**environ, "DISPLAY": display}


def in_window(display: str, *command: str, told: str = "") -> Any:
    return subprocess.run(
        [sys.executable, "-m", *command],
        input=told,
        capture_output=True,
        text=True,
        env=environment(display),
        cwd=ROOT,
        timeout=150,
        check=False,
    )


class Desk:
    """The other side of a case: what the driver asks for, one word a line."""

    def __init__(self, online: Online) -> None:
        self.online = online
        self.reference, self.words = online.report()
        self.request: Any = None

    def ask(self) -> None:
        case, until = self.online.case(self.reference), today(self.online.directory)
        who = [self.online.id("handler-3")]
        asked = case.ask_consent(who, "Helper", "To look into it", until + timedelta(days=30))
        self.request = asked.id
        case.send(asked)

    def grant(self) -> None:
        case = self.online.case(self.reference)
        consent = consents.given(case.thread())[self.request]
        case.send_epoch(case.let_in(self.online.id("handler-3"), consent.id))
        case.refresh()
        case.send(case.prepare("Thank you, handler-3 reads it now."))

    def later(self) -> None:
        self.online.move(7)

    def close(self) -> None:
        self.online.case(self.reference, "handler-3").change(status="closed")


def test_it_works(display: str, served: dict[str, Any], tmp_path: Path) -> None:
    """A PIN set, a report interrupted and sent, its words kept, a new reply seen, an answer."""
    need.program("xdotool")
    line = json.dumps({**served, "data": str(tmp_path / "phone")}) + "\n"
    found = in_window(display, "tests.mobile.drive", str(PICTURES), told=line)
    assert found.returncode == 0, found.stderr[-3000:]
    told = json.loads(found.stdout.splitlines()[-1])
    assert told["seen"][-1] == "Staff guidance"
    assert "Thank you for telling me." in told["seen"]
    assert told["left"] != " ".join(told["words"])  # the clipboard was cleared
    # Nothing of the reporter's in what the app writes to its output.
    assert not set(told["words"]) & set(found.stderr.split())
    written = b"".join(one.read_bytes() for one in (tmp_path / "phone").rglob("*"))
    assert b"typed in a window" not in written
    pairs = [f"{one} {two}" for one, two in pairwise(told["words"])]  # one alone may be anywhere
    assert not [pair for pair in pairs if pair.encode() in written]
    for name in ("1-welcome", "5-check", "6-words", "7-cases", "8-conversation"):
        assert (PICTURES / f"window-{name}.png").stat().st_size > 5_000


@pytest.mark.ordeal
def test_what_counts_in_a_case(display: str, online: Online, tmp_path: Path) -> None:
    """Consent asked, answered and taken back; another desk; the last question; withdrawing."""
    need.program("xdotool")
    desk = Desk(online)
    told = {"url": online.url, "organisation": "eeast", "words": desk.words}
    lines, errors = [], tmp_path / "errors"
    with (
        errors.open("w") as kept,
        subprocess.Popen(
            [sys.executable, "-m", "tests.mobile.drive_case", str(PICTURES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=kept,
            text=True,
            env=environment(display),
            cwd=ROOT,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(told) + "\n")
        process.stdin.close()
        for line in process.stdout:
            lines.append(line.strip())
            if lines[-1] in ("ask", "grant", "later", "close"):
                getattr(desk, lines[-1])()
    error = errors.read_text()
    assert process.returncode == 0, error[-3000:]
    found = json.loads(lines[-1])
    assert found["seen"][-2:] == ["You withdrew your report", "Report something"]
    assert not set(found["words"]) & set(error.split())
    with pytest.raises(NotFound):
        online.case(desk.reference, "handler-3")
    with pytest.raises(UnknownToken):
        online.reporter(desk.words)
    for name in ("10-consent", "13-late", "16-withdraw", "17-withdrawn"):
        assert (PICTURES / f"window-{name}.png").stat().st_size > 5_000


def screenshot(where: Path) -> None:
    """A picture with a place, a maker and a time in it, of which two megabytes are sent."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "An invented maker", "2026:03:13 10:18:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 12.0, 0.0), 3: "E", 4: (0.0, 7.0, 0.0)})
    where.parent.mkdir(parents=True)
    noise = [Image.effect_noise((720, 960), 80) for _ in range(3)]
    Image.merge("RGB", noise).save(where, "JPEG", exif=exif, quality=95)
    with Image.open(where) as picture:
        assert picture.getexif().get_ifd(0x8825)


@pytest.mark.ordeal
def test_a_screenshot_is_redacted_and_sent_over_a_line_that_breaks(
    display: str, online: Online, tmp_path: Path
) -> None:
    """It arrives once and whole: no metadata, and black where it was covered."""
    need.program("xdotool")
    desk, home = Desk(online), tmp_path / "home"
    screenshot(home / "Pictures" / "Screenshot_20260313-101800.jpg")
    with cutting(online.url, [300_000, 900_000, 1_500_000]) as line:
        told = {"url": line.url, "organisation": "eeast", "words": desk.words,
                "picture": "Screenshot_20260313-101800.jpg"}  # fmt: skip
        found = subprocess.run(
            [sys.executable, "-m", "tests.mobile.drive_evidence", str(PICTURES)],
            input=json.dumps(told) + "\n", capture_output=True, text=True,
            env={**environment(display), "HOME": str(home)}, cwd=ROOT, timeout=150, check=False,
        )  # fmt: skip
        assert found.returncode == 0, found.stderr[-3000:]
        assert line.broken == 3
    ((name, sharing, source, _, data),) = got(online.case(desk.reference))
    assert (name, sharing, source) == ("picture-1.png", "investigation", "picture")
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size, picture.info) == ("PNG", (720, 960), {})
        assert not picture.getexif()
        middle = picture.crop((350, 470, 370, 490))
        assert middle.getcolors() == [(400, (0, 0, 0))]
    assert b"invented maker" not in data
    assert b"10:18" not in data
    files = [one for one in home.rglob("*") if one.is_file() and "icon" not in one.parts]
    assert [one.name for one in files] == ["Screenshot_20260313-101800.jpg"]


CLOSED_LATER = """
import threading, time
import mobile.main as main
from kivy.app import App

def close():
    while getattr(App.get_running_app(), "known", None) is None:  # until the service answered
        time.sleep(0.1)
    time.sleep(1)
    App.get_running_app().stop()

threading.Thread(target=close, daemon=True).start()
"""


def test_what_anybody_can_fetch_is_all_that_is_written(
    display: str, served: dict[str, Any], tmp_path: Path
) -> None:
    """The app as it is started by hand, until it is closed: no log, no traces."""
    home = tmp_path / "home"
    home.mkdir()
    code = CLOSED_LATER + f"main.start({served['address']!r})"
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(home), "DISPLAY": display, "TMPDIR": str(tmp_path),
    }  # fmt: skip
    found = subprocess.run(
        [sys.executable, "-c", code], env=environ, cwd=ROOT, capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-2000:]
    assert found.stdout == b""
    written = [one for one in home.rglob("*") if one.is_file() and "icon" not in one.parts]
    assert {one.name for one in written} <= {"guide.json"}
