"""The vault on disk: durable chunks, torn records, a full disk, several at once."""

from __future__ import annotations

import errno
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from api import vault
from api.vault_disk import RECORD, DiskVault
from shared.errors import Conflict, NoRoom, NotFound, Unavailable, WrenError
from shared.sealing.stream import SEALED_CHUNK
from tests.api import clients
from tests.api.attaching import CHUNK, begin, got, have, put, put_all, some, stage
from tests.api.checks import check_problem, nothing_stored
from tests.service import Service

CASE, ONE = uuid4(), uuid4()


@pytest.fixture
def disk(tmp_path: Path) -> DiskVault:
    """An empty vault."""
    return DiskVault(tmp_path / "vault")


def chunk(number: int) -> bytes:
    """A chunk that looks like no other."""
    return some(SEALED_CHUNK, number)


def file_of(disk: DiskVault, one: UUID = ONE) -> Path:
    """Where an attachment lies."""
    return disk.root / CASE.hex / one.hex


def anew(disk: DiskVault) -> DiskVault:
    """The same vault as a process sees it that has just started."""
    return DiskVault(disk.root)


def test_it_works(disk: DiskVault) -> None:
    assert disk.have(CASE, ONE) == set()
    for number in (3, 0, 2):
        disk.put(CASE, ONE, number, chunk(number))
    for seen in (disk, anew(disk)):
        assert seen.have(CASE, ONE) == {0, 2, 3}
        assert [seen.get(CASE, ONE, one) for one in (0, 2, 3)] == [chunk(0), chunk(2), chunk(3)]
        with pytest.raises(NotFound):
            seen.get(CASE, ONE, 1)
    assert file_of(disk).stat().st_size == 3 * RECORD
    disk.fill(CASE, uuid4(), map(chunk, range(3)))
    disk.delete(CASE, ONE)
    assert disk.have(CASE, ONE) == set()
    disk.delete(CASE, ONE)
    disk.delete_case(CASE)
    disk.delete_case(CASE)
    assert list(disk.root.iterdir()) == []


def test_again_and_other_bytes(disk: DiskVault) -> None:
    for seen in (disk, disk, anew(disk)):
        seen.put(CASE, ONE, 0, chunk(0))
        with pytest.raises(Conflict):
            seen.put(CASE, ONE, 0, chunk(1))
    assert file_of(disk).stat().st_size == RECORD
    assert disk.get(CASE, ONE, 0) == chunk(0)


def test_for_its_owner_only_and_without_an_hour(disk: DiskVault) -> None:
    disk.put(CASE, ONE, 0, chunk(0))
    for path in (disk.root, file_of(disk).parent, file_of(disk)):
        found = path.stat()
        assert found.st_mode & 0o077 == 0
        assert found.st_mtime % 86_400 == 0, path


@pytest.mark.parametrize("kept", [0, 1, 4, RECORD // 2, RECORD - 4, RECORD - 1])
def test_a_crash_tears_only_the_last(disk: DiskVault, kept: int) -> None:
    for number in range(3):
        disk.put(CASE, ONE, number, chunk(number))
    os.truncate(file_of(disk), 2 * RECORD + kept)
    again = anew(disk)
    assert again.have(CASE, ONE) == {0, 1}
    with pytest.raises(NotFound):
        again.get(CASE, ONE, 2)
    again.put(CASE, ONE, 2, chunk(2))
    assert file_of(disk).stat().st_size == 3 * RECORD
    assert [anew(disk).get(CASE, ONE, one) for one in range(3)] == list(map(chunk, range(3)))


@pytest.mark.parametrize("at", [0, 3, 4, 1000, RECORD - 1])
def test_a_record_whose_bytes_never_came(disk: DiskVault, at: int) -> None:
    # After a failure of power a file can be as long as it was to be, and hold zeros.
    for number in range(3):
        disk.put(CASE, ONE, number, chunk(number))
    with file_of(disk).open("r+b") as file:
        file.seek(RECORD + at)
        was = file.read(1)
        file.seek(RECORD + at)
        file.write(bytes((was[0] ^ 1,)))
    again = anew(disk)
    assert again.have(CASE, ONE) == {0, 2}
    again.put(CASE, ONE, 1, chunk(1))
    assert anew(disk).have(CASE, ONE) == {0, 1, 2}
    assert anew(disk).get(CASE, ONE, 1) == chunk(1)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file of this process can grow beyond this."""
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_file_that_can_not_grow(disk: DiskVault) -> None:
    disk.put(CASE, ONE, 0, chunk(0))
    disk.put(CASE, ONE, 1, chunk(1))
    with files_of_at_most(2 * RECORD + 1000), pytest.raises(NoRoom):
        disk.put(CASE, ONE, 2, chunk(2))
    assert file_of(disk).stat().st_size == 2 * RECORD  # what came of it was taken out
    assert disk.have(CASE, ONE) == {0, 1}
    disk.put(CASE, ONE, 2, chunk(2))
    assert anew(disk).have(CASE, ONE) == {0, 1, 2}


@pytest.mark.parametrize(
    ("number", "told"),
    [(errno.ENOSPC, NoRoom), (errno.EDQUOT, NoRoom), (errno.EIO, Unavailable),
     (errno.EROFS, Unavailable)],
)  # fmt: skip
def test_faults_of_the_disk(
    disk: DiskVault, monkeypatch: pytest.MonkeyPatch, number: int, told: type[WrenError]
) -> None:
    disk.put(CASE, ONE, 0, chunk(0))

    def fails(*_: Any) -> int:
        raise OSError(number, "an invented fault", "/a/secret/path")

    for call in ("pwrite", "fdatasync"):
        with monkeypatch.context() as broken:
            broken.setattr(os, call, fails)
            with pytest.raises(told) as caught:
                disk.put(CASE, ONE, 1, chunk(1))
        assert "secret" not in str(caught.value)
        if call == "pwrite":
            assert disk.have(CASE, ONE) == {0}
    disk.put(CASE, ONE, 1, chunk(1))
    for seen in (disk, anew(disk)):
        assert seen.have(CASE, ONE) == {0, 1}
        assert seen.get(CASE, ONE, 1) == chunk(1)


def test_what_could_not_be_made_durable_is_not_there(
    disk: DiskVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.put(CASE, ONE, 0, chunk(0))

    def fails(_: int) -> None:
        raise OSError(errno.EIO, "an invented fault")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fails)
        with pytest.raises(Unavailable):
            disk.put(CASE, ONE, 1, chunk(1))
    for seen in (disk, anew(disk)):
        assert seen.have(CASE, ONE) == {0}


def test_room_is_left_for_reports(tmp_path: Path) -> None:
    disk = DiskVault(tmp_path / "vault", reserve=1 << 60)
    with pytest.raises(NoRoom):
        disk.put(CASE, ONE, 0, chunk(0))
    assert disk.have(CASE, ONE) == set()
    assert disk.check()[-1][0] is False


def test_many_at_once(disk: DiskVault) -> None:
    together(16, lambda at: disk.put(CASE, ONE, at % 8, chunk(at % 8)))
    assert file_of(disk).stat().st_size == 8 * RECORD
    assert [disk.get(CASE, ONE, one) for one in range(8)] == list(map(chunk, range(8)))


def test_the_same_chunk_at_once(disk: DiskVault) -> None:
    faults: list[WrenError] = []

    def put_one(at: int) -> None:
        try:
            disk.put(CASE, ONE, 0, chunk(at))
        except Conflict as error:
            faults.append(error)

    together(8, put_one)
    assert (len(faults), file_of(disk).stat().st_size) == (7, RECORD)


def together(count: int, call: Callable[[int], None]) -> None:
    """Calls it so many times at the same moment."""
    barrier = threading.Barrier(count)

    def one(at: int) -> None:
        barrier.wait()
        call(at)

    threads = [threading.Thread(target=one, args=(at,)) for at in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def put_some(root: Path, case_id: UUID, one: UUID, numbers: list[int]) -> None:
    """In a process of its own."""
    disk = DiskVault(root)
    for number in numbers:
        disk.put(case_id, one, number, some(SEALED_CHUNK, number))


@pytest.mark.ordeal
def test_several_workers(disk: DiskVault) -> None:
    context = get_context("spawn")
    workers = [
        context.Process(target=put_some, args=(disk.root, CASE, ONE, list(range(at, 20, 2))))
        for at in (0, 1, 0)
    ]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
        assert one.exitcode == 0
    assert disk.have(CASE, ONE) == set(range(20))
    assert file_of(disk).stat().st_size == 20 * RECORD


def test_a_link_is_not_followed(disk: DiskVault, tmp_path: Path) -> None:
    disk.put(CASE, uuid4(), 0, chunk(0))
    target = tmp_path / "target"
    target.write_bytes(b"")
    file_of(disk).symlink_to(target)
    with pytest.raises(Unavailable):
        disk.put(CASE, ONE, 0, chunk(0))
    assert target.read_bytes() == b""


def test_whether_it_is_there_at_all(disk: DiskVault) -> None:
    with pytest.raises(Unavailable):
        disk.look()
    disk.put(CASE, ONE, 0, chunk(0))
    disk.delete_case(CASE)
    disk.look()


def test_what_doctor_says(disk: DiskVault) -> None:
    assert [good for good, _ in disk.check()] == [True]
    disk.put(CASE, ONE, 0, chunk(0))
    assert [good for good, _ in disk.check()] == [True, True]
    assert len(list(disk.root.iterdir())) == 1
    disk.root.chmod(0o755)
    assert [good for good, _ in disk.check()] == [False, True]


# --- over the service -----------------------------------------------------------------------


def test_a_full_disk_is_told(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    reference, token = service.open_case()
    case, bearer = clients.reporter(service, token), service.reporter(token)
    made = stage(case, some(3 * CHUNK))
    begin(service, "/case", made, bearer)
    put_all(service, "/case", made, bearer, [0])
    kept = vault.of(service.database.config)
    with monkeypatch.context() as full:
        full.setattr(kept, "_reserve", 1 << 60)
        with nothing_stored(service):
            told = check_problem(
                put(service, "/case", made, 1, made.chunk(1), bearer), 507, "no_room"
            )
        assert "no room" in told["detail"]
        with pytest.raises(NoRoom):
            case.attach(made)
        # Reports and messages still find room.
        service.open_case()
        case.send(case.prepare("Without the picture."))
    assert have(service, "/case", made, bearer) == [0]
    case.attach(made)
    case.send(case.prepare("See it.", [made.attached]))
    assert got(clients.handler(service, reference), made) == some(3 * CHUNK)
