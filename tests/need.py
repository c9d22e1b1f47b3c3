"""What a test needs from the machine: without it the test is skipped, and says why.

Where `CI` is set everything is there, so a skip is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def need(found: object, what: str) -> None:
    """Skips (in CI: fails) unless `found` is true."""
    if found:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have {what}", pytrace=False)
    pytest.skip(f"needs {what}")


def program(name: str, what: str | None = None) -> str:
    """The path of a program."""
    found = shutil.which(name)
    need(found, what or name)
    return str(found)


def apart(name: str) -> str:
    """The path of `bwrap` or `unshare`, where the system lets it take the network away.

    In a container it may not: that is no fault of the machine's, so not in CI either.
    """
    found = program(name, {"bwrap": "bubblewrap"}.get(name, name))
    words = {"bwrap": ["--unshare-all", "--ro-bind", "/", "/"], "unshare": ["--user", "--net"]}
    if subprocess.run([found, *words[name], "true"], capture_output=True).returncode:  # noqa: PLW1510
        pytest.skip(f"the system does not let {name} make namespaces")
    return found


def postgres_bin() -> Path:
    """Where PostgreSQL's server programs are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(one) for one in [shutil.which("initdb")] if one
    ]
    need(found, "PostgreSQL (Debian: postgresql)")
    return found[-1].resolve().parent
