"""The drill: backed up while people report, write and attach, and restored elsewhere.

Everything that was acknowledged before the backup began opens in what was restored.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.client import Client
from tests.api import clients
from tests.backup import places
from tests.backup.load import Load, check
from tests.environ import clean_environ
from tests.journeys.served import serving
from tests.ordeal import tell
from tests.service import Service

OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}
ROOT = str(Path(__file__).parents[2])


def wren(*words: str, **settings: str) -> str:
    """What the command printed, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "api", *words],
        check=False,
        env=clean_environ(PYTHONPATH=ROOT, **settings),
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def kind_of(url: str) -> str:
    """`sqlite` or `postgresql`."""
    return url.partition(":")[0]


def test_it_works(service: Service, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """By the commands, from one database to the other."""
    secret, out = places.secret_file(tmp_path), tmp_path / "backups"
    out.mkdir()
    settings = {
        "WREN_DATABASE_URL": service.database_url,
        "WREN_SECRET_FILE": str(secret),
        "WREN_BACKUP_TO": places.RECIPIENT,
    }
    if service.vault:
        settings["WREN_VAULT"] = service.vault
    load = Load(lambda: clients.client(service), 2)
    load.wait_for(12)
    began = time.monotonic()
    wren("backup", "--out", str(out), **settings)
    load.wait_for(1)
    load.end()
    (file,) = out.glob("*.age")
    url = places.nowhere(request, OTHER[kind_of(service.database_url)], tmp_path)
    told = wren(
        "restore", str(file), "--identity", str(places.key_file(tmp_path)),
        WREN_DATABASE_URL=url, WREN_SECRET_FILE=str(tmp_path / "restored" / "secret"),
        WREN_VAULT=str(tmp_path / "restored" / "vault"),
    )  # fmt: skip
    assert "Restored." in told
    made = places.service_at(url, tmp_path, service.handlers)
    assert check(load, began, made, clients.client) >= 9
    made.close()


@pytest.mark.ordeal
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_a_server_that_many_write_to(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path
) -> None:
    """`wren serve`, and two backups of it while 6 people write at full speed."""
    with serving(request, kind, tmp_path / "served", "--workers", "1") as served:
        data = served.place / "data"
        settings = {
            "WREN_DATA": str(data),
            "WREN_DATABASE_URL": served.database_url,
            "WREN_BACKUP_TO": places.RECIPIENT,
        }
        load = Load(lambda: Client(served.url, answer=120), 6)
        backups = []
        for number in range(2):
            load.wait_for(20)
            file = tmp_path / f"{number}.age"
            backups.append((time.monotonic(), file))
            wren("backup", "--out", str(file), **settings)
        load.wait_for(3)
        load.end()
    opened, key = 0, places.key_file(tmp_path)
    for number, (began, file) in enumerate(backups):
        target = kind if number == 0 else OTHER[kind]
        place = tmp_path / f"to-{number}"
        place.mkdir()
        url = places.nowhere(request, target, place)
        wren(
            "restore", str(file), "--identity", str(key), WREN_DATABASE_URL=url,
            WREN_SECRET_FILE=str(place / "restored" / "secret"),
            WREN_VAULT=str(place / "restored" / "vault"),
        )  # fmt: skip
        made = places.service_at(url, place, served.handlers)
        opened += check(load, began, made, clients.client)
        made.close()
    tell(
        "backup", "cases, messages and files acknowledged before a backup under load, "
        "opened after it was restored elsewhere", tried=opened, lost=0,
        note="6 people write at full speed; SQLite and PostgreSQL, also to each other",
    )  # fmt: skip
    assert opened >= 60
