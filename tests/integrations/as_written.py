"""Runs what the pages of docs/integrations say, line by line, with values of a test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PAGES = Path(__file__).parents[2] / "docs" / "integrations"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[str]:
    """The shell lines of a page, block by block."""
    return _BLOCK.findall((PAGES / page).read_text("utf-8"))


def filled_in(block: str, values: Mapping[str, str]) -> str:
    """A block with these values in the place of the page's examples; each must be there.

    What it installs is installed already.
    """
    named = set()

    def filled(line: str) -> str:
        setting = re.fullmatch(r"export (\w+)=(.+)", line)
        if setting:
            named.add(setting[1])
            return f"export {setting[1]}={values.get(setting[1], setting[2])}"
        return "" if line.startswith("python -m pip install ") else line

    lines = [filled(line) for line in block.splitlines()]
    assert set(values) <= named, "the page names all settings"
    return "\n".join(lines)


def environ() -> dict[str, str]:
    """A plain environment, in which `python` is this one."""
    kept = {name: one for name, one in os.environ.items() if name in ("LANG", "TMPDIR")}
    return kept | {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "NO_PROXY": "*"}


def run(script: str) -> str:
    """Runs shell lines where the scripts are, to their end; what they wrote."""
    done = subprocess.run(
        ["/bin/bash", "-e", "-c", script], cwd=PAGES, env=environ(), capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def running(script: str) -> Iterator[subprocess.Popen[str]]:
    """Runs shell lines whose last goes on, until the test is done with it."""
    *before, last = script.strip().splitlines()
    lines = "\n".join([*before, f"exec {last}"])
    process = subprocess.Popen(
        ["/bin/bash", "-e", "-c", lines], cwd=PAGES, env=environ(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        out, err = process.communicate(timeout=20)
        assert out == err == "", "nothing is logged"
