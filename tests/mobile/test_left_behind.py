"""What is left of a marked report: in memory after a quick exit, and in files without the PIN.

The app runs with real GL in a process of its own; this one reads its memory as a debugger does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mobile.notebook import Notebook
from tests import need
from tests.mobile.typing import PIN

ROOT = Path(__file__).parents[2]
MARK = "zephyr" + "anthes"
RESULT = ROOT / "var" / "left-behind.json"


@contextmanager
def app(served: dict[str, Any], where: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    """The app, with a story typed into it. Its home and its temporary files are in `where`."""
    need.need(sys.platform == "linux", "Linux, to read another process's memory")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("KIVY_", "WREN_", "SDL_"))}
    environ |= {"SDL_VIDEODRIVER": "offscreen", "HOME": str(where), "TMPDIR": str(where / "tmp")}
    environ |= {"MARK": MARK, "KIVY_LOG_MODE": "PYTHON"}
    (where / "tmp").mkdir()
    command = [sys.executable, "-m", "tests.mobile.typing", served["address"]]
    command += [str(where / "app"), how]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environ, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        if process.stdout.readline() != "typed\n":
            process.kill()
            error = process.communicate()[1]
            need.need("GL" not in error, "OpenGL (Debian: libegl1 libgl1 libgl1-mesa-dri)")
            pytest.fail(error[-3000:])
        yield process
    finally:
        process.kill()
        process.communicate()


def in_memory(process: subprocess.Popen[str], mark: str = MARK) -> int:
    """How often a mark stands in a process's memory, however Python or SDL wrote it."""
    forms = [mark.encode(code) for code in ("utf-8", "utf-16-le", "utf-32-le")]
    return sum(part.count(form) for part in memory_of(process) for form in forms)


def memory_of(process: subprocess.Popen[str]) -> Iterator[bytes]:
    """What a process may write to, part by part."""
    with Path(f"/proc/{process.pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{process.pid}/maps").read_text().splitlines():
            bounds, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue  # what nobody writes to holds nothing that was typed
            start, end = (int(one, 16) for one in bounds.split("-"))
            try:
                memory.seek(start)
                part = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue
            yield part


def pixels_in(text: bytes, mark: str = f"pixel-{MARK}") -> int:
    """How often a marked row of pixels stands in these bytes: as RGB, RGBA, or the other way."""
    row = mark.encode()
    threes = [row[at : at + 3] for at in range(0, len(row), 3)]
    forms = (
        row,
        b"".join(one + b"\xff" for one in threes),
        b"".join(one[::-1] + b"\xff" for one in threes),
        b"".join(one[::-1] for one in threes),
    )
    return sum(text.count(form) for form in forms)


def pixels_in_memory(process: subprocess.Popen[str]) -> int:
    return sum(pixels_in(part) for part in memory_of(process))


def say(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def note(**figures: int) -> None:
    """Keeps the figures, for docs/threats.md."""
    RESULT.parent.mkdir(exist_ok=True)
    before = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    RESULT.write_text(json.dumps(before | figures))


def test_replaced_process_holds_nothing(served: dict[str, Any], tmp_path: Path) -> None:
    with app(served, tmp_path, "replaced") as process:
        assert in_memory(process) > 0  # else nothing would be shown by finding none
        say(process)
        end, status = time.monotonic() + 30, Path(f"/proc/{process.pid}/environ")
        while b"WREN_APP_PAGE=" not in status.read_bytes() and time.monotonic() < end:
            time.sleep(0.05)
        assert b"WREN_APP_PAGE=" in status.read_bytes()
        while b"libGL" not in Path(f"/proc/{process.pid}/maps").read_bytes():
            assert time.monotonic() < end, "the plain page was never drawn"
            time.sleep(0.05)
        assert process.poll() is None
        # The mark itself is in the environment that the test gave it, and there alone.
        assert in_memory(process, f"story-{MARK}") == in_memory(process, f"people-{MARK}") == 0
        assert in_memory(process, f"piece-{MARK}") == 0


def test_what_a_process_that_stays_still_holds(served: dict[str, Any], tmp_path: Path) -> None:
    """As on a phone. What is found is written down; docs/threats.md tells it."""
    with app(served, tmp_path, "stays") as process:
        before = in_memory(process, f"story-{MARK}")
        say(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "left\n"
        after = in_memory(process, f"story-{MARK}")
    note(before=before, after=after)
    assert before > 0
    assert after <= before


def files(where: Path) -> Iterator[tuple[Path, bytes]]:
    for path in where.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def test_the_original_of_a_picture_is_not_kept(served: dict[str, Any], tmp_path: Path) -> None:
    """All of it is covered: its pixels are in no file; what memory holds is written down."""
    with app(served, tmp_path, "hidden") as process:
        opened = pixels_in_memory(process)
        for step in ("hidden", "left"):
            say(process)
            assert process.stdout is not None
            assert process.stdout.readline() == f"{step}\n"
            for path, content in files(tmp_path):
                assert pixels_in(content) == 0, path
            note(**{f"pixels_{step}": pixels_in_memory(process)})
        left = pixels_in_memory(process)
    note(pixels_opened=opened)
    assert opened >= 500  # a row of each line: else nothing would be shown by finding none
    assert left < opened / 4


def test_seized_phone(served: dict[str, Any], tmp_path: Path) -> None:
    """Killed where it stands, with the PIN unknown: no file tells anything of the report."""
    with app(served, tmp_path, "kept") as process:
        process.kill()
        process.wait()
    found = dict(files(tmp_path))
    assert any(path.name == "notebook.db" for path in found)
    for path, content in found.items():
        for form in ("utf-8", "utf-16-le", "utf-32-le"):
            assert MARK.encode(form) not in content, path
        assert b"EEA-0000000000" not in content, path
        assert PIN.encode() not in content, path
    with_pin = Notebook.open(tmp_path / "app", PIN)
    draft, case = with_pin.get("draft", "report"), with_pin.get("case", "c1")
    pieces = [with_pin.part(name, 0) for name in with_pin.all("piece")]
    with_pin.close()
    assert MARK in json.dumps(draft)
    assert MARK in json.dumps(case)
    assert sum(MARK.encode() in (one or b"") for one in pieces) == 1  # the text; a PNG is packed
    assert len(pieces) == 2


def test_nothing_is_written_without_a_pin(served: dict[str, Any], tmp_path: Path) -> None:
    with app(served, tmp_path, "stays") as process:
        process.kill()
        process.wait()
    found = dict(files(tmp_path))
    assert {path.name for path in found} <= {"guide.json"}
    assert all(MARK.encode() not in content for content in found.values())
