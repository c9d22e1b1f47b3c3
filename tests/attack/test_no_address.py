"""No address is read: what is never read is kept in no form, under no key.

Hashes of the marked address are looked for by the canary; one under a key could not be.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READ = re.compile(
    r"remote_(addr|host|port|user)|x[-_]forwarded|\bforwarded\b|x[-_]real[-_]ip|access_route"
    r"|proxyfix|connecting[-_]ip|peername\(\)\s*\[|= *[\w.]*getpeername",
    re.IGNORECASE,
)
"""How a program would come by the address of who asks, or by what a proxy says of it."""


@pytest.mark.parametrize("package", ["api", "shared"])
def test_it_works(package: str) -> None:
    sources = sorted((ROOT / package).rglob("*.py"))
    assert len(sources) > 20
    found = [
        f"{source.relative_to(ROOT)}:{number}"
        for source in sources
        for number, line in enumerate(source.read_text("utf-8").splitlines(), 1)
        if READ.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("line", [
    "who = request.remote_addr", 'environ["REMOTE_ADDR"]', 'headers.get("X-Forwarded-For")',
    'environ["HTTP_X_FORWARDED_FOR"]', 'headers["Forwarded"]', "request.access_route[0]",
    'headers["X-Real-IP"]', "ProxyFix(app)", "host, port = line.getpeername()",
])  # fmt: skip
def test_each_way_is_found(line: str) -> None:
    assert READ.search(line)
