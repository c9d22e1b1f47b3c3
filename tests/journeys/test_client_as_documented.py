"""`docs/client.md`: its program runs as it is written, and it names every method there is."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyotp
import pytest

from shared.client import Client
from shared.conversation import ReporterCase
from shared.handling import HandlerCase, HandlerSession
from shared.sealing.encoding import b64
from tests.journeys.served import serving

PAGE = (Path(__file__).parents[2] / "docs" / "client.md").read_text("utf-8")


def methods(kind: type) -> set[str]:
    """The public methods and properties of a class, with those that it inherits."""
    return {
        name
        for name, one in inspect.getmembers(kind)
        if not name.startswith("_") and (inspect.isroutine(one) or isinstance(one, property))
    }


def test_it_works(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    program = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.S))
    assert program.count("import") >= 4
    with serving(request, "sqlite", tmp_path / "server") as served:
        one = served.handlers["handler-1"]
        roster = Client(served.url).roster("eeast")
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
            env=os.environ | {
                "PYTHONPATH": str(Path(__file__).parents[2]),
                "WREN_ADDRESS": f"{served.url}/o/eeast#{b64(roster.fingerprint)}",
                "HANDLER": "handler-1",
                "PASSWORD": one.password,
                "CODE": pyotp.TOTP(one.totp_secret).now(),
            },
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Thank you. I have read it. How many people know?\n"


@pytest.mark.parametrize("kind", [Client, ReporterCase, HandlerSession, HandlerCase])
def test_every_method_is_on_the_page(kind: type[Any]) -> None:
    section = PAGE.split(f"\n## `{kind.__name__}`\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.M)) == methods(kind)
    assert all(len(inspect.getdoc(getattr(kind, one)) or "") > 10 for one in methods(kind))
