"""A file that is no whole backup gets one sentence, and nothing is restored, not even half."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from api import archive, restore
from api.archive import BadBackup
from api.config import ConfigError
from api.models.base import Database
from tests.api import clients
from tests.api.attaching import send, some
from tests.backup import places

KINDS = ("sqlite", "postgresql")
Entries = list[tuple[str, bytes]]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, sqlite_standing: object) -> bytes:
    """A backup with a case and a file in it."""
    place = tmp_path_factory.mktemp("good")
    with sqlite_standing.lent() as service:  # type: ignore[attr-defined]
        _, token = service.open_case()
        send(clients.reporter(service, token), some(150_000))
        return places.backed_up(service, place).read_bytes()


def there(place: Path) -> set[Path]:
    """All files under a place."""
    return {one for one in place.rglob("*") if one.is_file()}


def refused(file: Path, url: str, place: Path, sentence: str, key: str = places.KEY) -> None:
    """Restoring ends with this sentence, and leaves all as it was."""
    before = there(place / "restored")
    with pytest.raises(ConfigError, match=sentence) as found:
        places.restored(file, url, place, key)
    assert str(found.value).count("\n") == 0
    assert there(place / "restored") == before
    if url.startswith("postgresql"):
        assert places.is_empty(url)


@pytest.mark.parametrize("kind", KINDS)
def test_cut_short(good: bytes, request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> None:
    url, file = places.nowhere(request, kind, tmp_path), tmp_path / "file.age"
    head = good.index(b"\n--- ") + 50
    pieces = range(head + 16, len(good), 65_536 + 16)
    for at in (0, 10, head - 60, list(pieces)[1], len(good) // 2, len(good) - 1):
        file.write_bytes(good[:at])
        refused(file, url, tmp_path, "^This (backup is cut short, or|is not a backup)")
    file.write_bytes(good)
    assert places.restored(file, url, tmp_path).rows["cases"] == 1


def test_cut_or_altered_anywhere(good: bytes, tmp_path: Path) -> None:
    chance = random.Random(5)
    for _ in range(12):
        at = chance.randrange(len(good))
        altered = bytearray(good)
        altered[at] ^= 1 << chance.randrange(8)
        for one in (bytes(altered), good[:at], good[:at] + good[at + 1 :], good + good[: at + 1]):
            with pytest.raises(BadBackup):
                places.looked_at(one, places.KEY, tmp_path)


def test_altered_or_cut_between_two_pieces(good: bytes, tmp_path: Path) -> None:
    altered = bytearray(good)
    altered[-100_000] ^= 1
    head = good.index(b"\n--- ") + 5 + 43 + 1 + 16
    for one in (bytes(altered), good[: head + 65_552]):
        with pytest.raises(BadBackup, match=r"^This backup is cut short, or it was altered"):
            places.looked_at(one, places.KEY, tmp_path)


def test_not_a_backup(tmp_path: Path) -> None:
    for one in (b"", b"x" * 5000, b"SQLite format 3\0" + bytes(5000), b"age-encryption.org/v1\n"):
        with pytest.raises(BadBackup, match=r"^This is not a backup of Wren"):
            places.looked_at(one, places.KEY, tmp_path)
    something = tmp_path / "else.age"
    archive.write(something, [("notes", b"not ours")], [places.RECIPIENT])
    with pytest.raises(BadBackup, match=r"^This is not a backup of Wren"):
        places.looked_at(something.read_bytes(), places.KEY, tmp_path)


def test_another_key(good: bytes, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    file = tmp_path / "file.age"
    file.write_bytes(good)
    url = places.nowhere(request, "sqlite", tmp_path)
    refused(file, url, tmp_path, "^This key does not open", archive.make_key()[1])
    refused(file, url, tmp_path, "is not a key for backups", "age1" + "q" * 58)
    refused(file, url, tmp_path, "the key in it is damaged", places.KEY.replace("1", "2", 1)[:60]
            + "\nAGE-SECRET-KEY-1ABC\n")  # fmt: skip


def put(found: Entries, name: str, content: bytes) -> Entries:
    """The entries with another content of this name."""
    return [(one, content if one == name else held) for one, held in found]


def head(found: Entries, **values: object) -> Entries:
    """With another first entry."""
    told = json.loads(dict(found)[archive.BEGIN]) | values
    return put(found, archive.BEGIN, json.dumps(told).encode())


def row(found: Entries, table: str, column: str, value: object) -> Entries:
    """With another value in the first row of a table."""
    name = f"tables/{table}/0"
    columns, first, *more = (json.loads(one) for one in dict(found)[name].split(b"\n"))
    first[columns.index(column)] = value
    lines = [json.dumps(one) for one in (columns, first, *more)]
    return put(found, name, "\n".join(lines).encode())


FORGED: dict[str, tuple[Callable[[Entries], Entries], str]] = {
    "a newer version": (lambda of: head(of, tables="7001", wren="9"), "newer version of Wren .9."),
    "a newer format": (lambda of: head(of, format=2), "newer version of Wren"),
    "no end": (lambda of: of[:-1], "not a backup of Wren"),
    "no beginning": (lambda of: of[1:], "not a backup of Wren"),
    "no secret": (lambda of: [of[0], *of[2:]], "not a backup of Wren"),
    "more after the end": (lambda of: [*of, of[1]], "not a backup of Wren"),
    "a row is missing": (
        lambda of: [one for one in of if not one[0].startswith("tables/messages")],
        "not a backup of Wren",
    ),
    "a chunk is missing": (
        lambda of: [one for one in of if not one[0].startswith("vault/")], "not a backup of Wren"
    ),
    "a place outside": (
        lambda of: [*of[:-1], ("../../etc/x", b"x"), of[-1]], "not a backup of Wren"
    ),
    "no such table": (
        lambda of: [*of[:-1], ("tables/others/0", b"[]"), of[-1]], "not a backup of Wren"
    ),
    "a table that none has": (
        lambda of: [*of[:-1], ("tables/sessions/0", b"[]"), of[-1]], "not a backup of Wren"
    ),
    "no such column": (
        lambda of: put(of, "tables/cases/0", b'["colour"]\n["red"]'), "has another form"
    ),
    "no JSON": (lambda of: put(of, "tables/cases/0", b"{"), "has another form"),
    "a text for bytes": (lambda of: row(of, "cases", "verifier", "?"), "has another form"),
    "an envelope that was damaged": (
        lambda of: row(of, "messages", "envelope", "AAAA"), "A row of messages was damaged before"
    ),
    "a case of no organisation": (
        lambda of: row(of, "cases", "organisation_id", 77), "not a backup of Wren"
    ),
    "the same row twice": (
        lambda of: row(of, "organisations", "id", 2), "not a backup of Wren"
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_key_opens_but_is_not_right(
    good: bytes, request: pytest.FixtureRequest, subtests: pytest.Subtests, kind: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    """Anybody who knows the recipient can make a file that the key opens."""
    file, url = tmp_path / "good.age", places.nowhere(request, kind, tmp_path)
    file.write_bytes(good)
    found = places.entries(file)
    for what, (forge, sentence) in FORGED.items():
        with subtests.test(what):
            refused(places.written(tmp_path, forge(list(found))), url, tmp_path, sentence)
    assert places.restored(file, url, tmp_path).rows["cases"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_only_into_an_empty_place(
    good: bytes, request: pytest.FixtureRequest, kind: str, tmp_path: Path
) -> None:
    file, url = tmp_path / "good.age", places.nowhere(request, kind, tmp_path)
    file.write_bytes(good)
    secret = tmp_path / "restored" / "secret"
    secret.parent.mkdir(exist_ok=True)
    secret.write_text("another\n")
    refused(file, url, tmp_path, "is there already, with another secret")
    secret.unlink()
    places.restored(file, url, tmp_path)
    database = Database(places.Config(url, b""))
    before = places.rows(database)
    with pytest.raises(ConfigError, match=r"is there already|not empty"):
        places.restored(file, url, tmp_path)
    assert places.rows(database) == before
    database.engine.dispose()
    # The same secret and the same files may be there: only the database was lost.
    again = places.nowhere(request, "postgresql", tmp_path)
    assert places.restored(file, again, tmp_path).rows["cases"] == 1


def test_a_fault_at_the_end_leaves_nothing(
    good: bytes, request: pytest.FixtureRequest, subtests: pytest.Subtests, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    file = tmp_path / "good.age"
    file.write_bytes(good)
    real = restore._migrate

    def fails(connection: object, to: str) -> None:
        if to == "head":
            raise OSError(28, "No space left on device")
        real(connection, to)  # type: ignore[arg-type]

    for kind in KINDS:
        with subtests.test(kind):
            url = places.nowhere(request, kind, tmp_path)
            with monkeypatch.context() as patched:
                patched.setattr(restore, "_migrate", fails)
                with pytest.raises(OSError, match="No space"):
                    places.restored(file, url, tmp_path)
            assert there(tmp_path / "restored") == set()
            assert places.restored(file, url, tmp_path).rows["cases"] == 1
            shutil.rmtree(tmp_path / "restored")
