"""What a disk spoilt does not keep a backup from being made, nor all else from being restored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from api import cli, config
from api.archive import BadBackup
from api.rules import upkeep
from tests.api import clients
from tests.api.attaching import send, some
from tests.backup import places
from tests.conftest import BOTH
from tests.service import Service


def spoil(service: Service, reference: str, statement: str) -> None:
    """Changes rows as no program of Wren's does."""
    with service.database.engine.begin() as connection:
        case_id = connection.execute(
            text("SELECT id FROM cases WHERE reference = :one"), {"one": reference}
        ).scalar_one()
        connection.execute(text(statement), {"case": case_id})


def wren(service: Service, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    """How the command ended, and all that it said."""
    settings = replace(service.database.config, backup_to=(places.RECIPIENT,), backup_days=30)
    monkeypatch.setattr(config, "from_env", lambda: settings)
    done = CliRunner().invoke(cli.main, words)
    return done.exit_code, done.output


SPOILT = """UPDATE {} SET envelope = (SELECT envelope FROM attachments) WHERE case_id = :case"""


def two_cases(service: Service) -> tuple[str, str, str]:
    """A case whose envelope is damaged; another with a file: its reference and its words."""
    spoilt, _ = service.open_case()
    good, token = service.open_case()
    send(clients.reporter(service, token), some(70_000))
    spoil(service, spoilt, SPOILT.format("messages"))
    return spoilt, good, token


@pytest.mark.parametrize("kind", BOTH)
def test_a_damaged_envelope(
    service: Service, request: pytest.FixtureRequest, kind: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    spoilt, good, token = two_cases(service)
    secret, file = places.secret_file(tmp_path), tmp_path / "made.age"
    monkeypatch.setattr(config, "secret_file", lambda: secret)
    code, said = wren(service, monkeypatch, "backup", "--out", str(file))
    assert (code, "1 rows are damaged" in said) == (1, True), said
    # It is written all the same, and of all else nothing is lost.
    with pytest.raises(BadBackup, match=r"A row of messages was damaged.*--damaged"):
        places.looked_at(file.read_bytes(), places.KEY, tmp_path)
    look = ("restore", str(file), "--identity", str(places.key_file(tmp_path)), "--check")
    code, said = wren(service, monkeypatch, *look)
    assert (code, "damaged before" in said) == (1, True)
    code, said = wren(service, monkeypatch, *look, "--damaged")
    assert (code, "Damaged before it was made: 1 rows." in said) == (0, True)
    url = places.nowhere(request, kind, tmp_path)
    told = places.restored(file, url, tmp_path, damaged=True)
    assert (told.damaged, told.rows["cases"]) == (1, 2)
    made = places.service_at(url, tmp_path, service.handlers)
    assert made.reporter(token)
    items = made.get("/cases", made.handler()).get_json()["items"]
    assert {one["reference"] for one in items} == {spoilt, good}
    assert [one.problem for one in clients.handler(made, good).thread()] == [None, None]
    made.close()


def test_without_damage_nothing_is_said(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.open_case()
    secret = places.secret_file(tmp_path)
    monkeypatch.setattr(config, "secret_file", lambda: secret)
    code, said = wren(service, monkeypatch, "backup", "--out", str(tmp_path / "made.age"))
    assert code == 0, said
    assert "amaged" not in said
    with service.database.read(in_batches=True) as db:
        assert upkeep.envelopes(db) == (True, "Each envelope is as it was stored.")


def test_doctor_finds_it(service: Service) -> None:
    two_cases(service)
    with service.database.read(in_batches=True) as db:
        good, said = upkeep.envelopes(db)
    assert (good, said[:24]) == (False, "1 envelopes are damaged:")
