"""`wren doctor`: all well, and each fault by itself, with 1 at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy
from click.testing import Result

from api import doctor_settings, setup
from api.config import Config
from api.models.base import Database
from api.rules import cleaning, workshop
from shared.sealing.encoding import b64, unb64
from tests import need
from tests.cli.conftest import Deployment


def examined(deployment: Deployment, **settings: str) -> tuple[int, list[str], list[str]]:
    """The exit code, what was found good, and what was found wrong with the deployment.

    What the machine has to clean files with is told apart: not all have it.
    """
    result = deployment.wren("doctor", "--backup-days", "0", **settings)
    code, good, wrong = read(result)
    of_machine = _of_machine()
    assert of_machine <= {*good, *wrong}
    if code and wrong and of_machine.issuperset(wrong):
        code = 0
    return code, good, [one for one in wrong if one not in of_machine]


@cache
def _of_machine() -> frozenset[str]:
    return frozenset(text for _, text in [*cleaning.check(), *doctor_settings.machine()])


def read(result: Result) -> tuple[int, list[str], list[str]]:
    """The exit code, what was found good, and what was found wrong."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    lines = result.output.splitlines()
    assert all(one.startswith(("ok    ", "FAIL  ")) for one in lines), result.output
    wrong = [one[6:] for one in lines if one.startswith("FAIL")]
    return result.exit_code, [one[6:] for one in lines if one.startswith("ok")], wrong


def change(deployment: Deployment, *statements: str) -> None:
    engine = sqlalchemy.create_engine(deployment.url)
    with engine.begin() as connection:
        for one in statements:
            connection.exec_driver_sql(one)
    engine.dispose()


ONE_READER = (
    "UPDATE desks SET slug = 'guardians' WHERE slug = 'guardian' AND organisation_id = 1",
)


def test_it_works(deployment: Deployment) -> None:
    code, good, wrong = examined(deployment)
    # Elsewhere has no second desk with readers; the deployment's other parts are as they should.
    assert "The tables are of this version." in good
    assert "The database file: ok." in good
    assert "eeast: the roster checks, version 4." in good
    assert "eeast: the desk guardian has 2 readers." in good
    assert "eeast: the audit checks, 4 entries." in good
    assert "secret is for its owner only." in good
    assert all(one.startswith("elsewhere: the desk senior-manager has 0") for one in wrong)
    assert code == bool(wrong)


def test_all_well_is_0(deployment: Deployment) -> None:
    change(deployment, "DELETE FROM desks WHERE organisation_id = 2 AND slug = 'senior-manager'")
    assert examined(deployment)[::2] == (0, [])


def loose(name: str) -> Callable[[Deployment], None]:
    def apply(deployment: Deployment) -> None:
        (deployment.place / name).chmod(0o755)

    return apply


FAULTS: dict[str, tuple[Callable[[Deployment], None], str]] = {
    "others can read the secret": (loose("secret"), "secret can be read by others."),
    "others can read the directory": (loose(""), "data can be read by others."),
    "others can read the database": (loose("wren.db"), "wren.db can be read by others."),
    "tables of another version": (
        lambda one: change(one, "UPDATE alembic_version SET version_num = '0000'"),
        "The tables are of another version. Run: wren init",
    ),
    "no tables": (
        lambda one: (one.place / "wren.db").write_bytes(b""),  # type: ignore[return-value]
        "The tables are of another version. Run: wren init",
    ),
    "a table is gone": (
        lambda one: change(one, "ALTER TABLE organisations RENAME TO elsewhere"),
        "The database does not answer (OperationalError).",
    ),
    "not a database": (
        lambda one: (one.place / "wren.db").write_bytes(b"x" * 9000),  # type: ignore[return-value]
        "The database does not answer (DatabaseError).",
    ),
    "another secret": (
        lambda one: (one.place / "secret").write_text(b64(bytes(32))),  # type: ignore[return-value]
        "eeast: the receipt key does not open. Is WREN_SECRET_FILE the right one?",
    ),
    "a roster's signature": (
        lambda one: change(
            one,
            "UPDATE roster_records SET signature = zeroblob(64)"
            " WHERE version = 2 AND organisation_id = 1",
        ),
        "eeast: the roster does not check (broken_chain).",
    ),
    "a roster with a gap": (
        lambda one: change(one, "DELETE FROM roster_records WHERE version = 2"),
        "eeast: the roster does not check (broken_chain).",
    ),
    "no roster": (
        lambda one: change(one, "DELETE FROM roster_records WHERE organisation_id = 1"),
        "eeast: there is no roster yet. Run: wren invite eeast",
    ),
    "an entry of the audit that was changed": (
        lambda one: change(
            one, "UPDATE audit SET act = 'nothing' WHERE number = 2 AND organisation_id = 1"
        ),
        "eeast: the audit does not check from entry 2 on",
    ),
    "an entry's detail that was changed": (
        lambda one: change(
            one, "UPDATE audit SET detail = '{}' WHERE number = 1 AND organisation_id = 2"
        ),
        "elsewhere: the audit does not check from entry 1 on",
    ),
    "an entry of the audit that was taken out": (
        lambda one: change(one, "DELETE FROM audit WHERE number = 3 AND organisation_id = 1"),
        "eeast: the audit does not check from entry 3 on",
    ),
    "something that was given up": (
        lambda one: change(
            one,
            "INSERT INTO outbox VALUES ('1', 'webhook', '2', 1, 'case.opened', NULL, '{}', 0,"
            " NULL, 24, 'dead', 'timeout')",
        ),
        "eeast: 1 deliveries were given up.",
    ),
    "the first entry taken out": (
        lambda one: change(one, "DELETE FROM audit WHERE number = 1 AND organisation_id = 1"),
        "eeast: the audit does not check from entry 1 on",
    ),
    "entries taken out, the others numbered anew": (
        lambda one: change(
            one,
            "DELETE FROM audit WHERE number = 2 AND organisation_id = 1",
            "UPDATE audit SET number = number - 1 WHERE number > 2 AND organisation_id = 1",
        ),
        "eeast: the audit does not check from entry 2 on",
    ),
    "two entries of the audit in another order": (
        lambda one: change(
            one,
            "UPDATE audit SET number = 100 WHERE number = 2 AND organisation_id = 1",
            "UPDATE audit SET number = 2 WHERE number = 3 AND organisation_id = 1",
            "UPDATE audit SET number = 3 WHERE number = 100 AND organisation_id = 1",
        ),
        "eeast: the audit does not check from entry 2 on",
    ),
    "somebody who left": (
        lambda one: change(
            one,
            "DELETE FROM positions WHERE organisation_id = 2 AND account_id = "
            "(SELECT id FROM accounts WHERE username = 'handler-6')",
        ),
        "elsewhere: the roster lists 1 who left: reports are still sealed to them.",
    ),
    "nobody at a desk": (
        lambda one: change(one, *ONE_READER),
        "eeast: the desk guardians has 0 readers. Two are needed, for cover.",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault(deployment: Deployment, name: str) -> None:
    fault, sentence = FAULTS[name]
    fault(deployment)
    code, _, wrong = examined(deployment)
    assert code == 1
    assert any(one.startswith(sentence) for one in wrong), wrong


def test_one_reader_only(empty: Deployment) -> None:
    empty.wren("init")
    empty.wren("organisation", "add", "north", "The North trust")
    database = Database(Config(empty.url, unb64((empty.place / "secret").read_text().strip())))
    database.write(lambda db: setup.add_handler(db, "north", ("guardian",), "one", "one"))
    database.engine.dispose()
    code, _, wrong = examined(empty)
    assert code == 1
    assert "north: the desk guardian has 1 reader. Two are needed, for cover." in wrong


def test_a_database_that_is_not_there(deployment: Deployment) -> None:
    code, _, wrong = examined(deployment, DATABASE_URL=f"sqlite:///{deployment.place}/no/x.db")
    assert code == 1
    assert wrong == ["The database does not answer (OperationalError)."]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Makes this a machine with only these programs of those that are here."""

    def only(*names: str) -> None:
        place = tmp_path / "programs"
        place.mkdir()
        for name in names:
            (place / name).symlink_to(need.program(name))
        monkeypatch.setenv("PATH", f"{place}")
        workshop.apartness.cache_clear()
        _of_machine.cache_clear()

    yield only
    workshop.apartness.cache_clear()
    _of_machine.cache_clear()


MISSING = {
    "mat2": "PDF and office documents can't be cleaned: mat2 is missing. apt-get install mat2",
    "ffmpeg": "Films and recordings can't be cleaned: ffmpeg is missing. apt-get install ffmpeg",
}


@pytest.mark.parametrize("name", MISSING)
def test_a_program_that_cleans(
    deployment: Deployment, machine: Callable[..., None], name: str
) -> None:
    (other,) = MISSING.keys() - {name}
    machine(other, "true")
    code, good, wrong = read(deployment.wren("doctor"))
    assert code == 1
    assert MISSING[name] in wrong
    assert f"Files can be cleaned by {other}." in good


APART = {
    (): "Nothing keeps programs that clean from the network and the service's files: ",
    ("unshare",): "Programs that clean have no network, but see the service's files: ",
    ("unshare", "bwrap"): "Programs that clean have no network and see no file of the service's.",
}


@pytest.mark.parametrize("names", APART)
def test_what_keeps_programs_apart(
    deployment: Deployment, machine: Callable[..., None], names: tuple[str, ...]
) -> None:
    if names:
        need.apart(names[-1])
    machine(*names, "true")
    code, good, wrong = read(deployment.wren("doctor"))
    assert code == 1
    told = good if "bwrap" in names else wrong
    assert any(one.startswith(APART[names]) for one in told), (good, wrong)
    if "bwrap" not in names:
        assert any(one.endswith("apt-get install bubblewrap") for one in wrong)


def test_no_memory_file_system(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workshop, "MEMORY", tmp_path / "not there")
    code, _, wrong = read(deployment.wren("doctor"))
    assert code == 1
    assert any(one.startswith("No file but text can be cleaned: ") for one in wrong)
