"""The environment of servers and commands that tests start."""

from __future__ import annotations

import os
from pathlib import Path

_DEPLOYED = Path(__file__).parent / "deployed"
DEPLOYED = os.pathsep.join((str(_DEPLOYED), str(_DEPLOYED / "servers")))
"""First on their path: what is there keeps them from loading more than a deployment has."""


def clean_environ(**more: str) -> dict[str, str]:
    """This process's environment without settings of Wren, and with these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WREN_")}
    made = kept | more
    others = [path for path in (made.get("PYTHONPATH"),) if path]
    return made | {"PYTHONPATH": os.pathsep.join([DEPLOYED, *others])}
