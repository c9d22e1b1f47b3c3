"""Files that are there, whole, after a failure of power: the file and its name."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api import deployment_secret, files
from api.deployment_secret import Secrets
from api.vault_disk import LIST, DiskVault

WAYS: dict[str, Callable[[Path], None]] = {
    "new": lambda path: files.new(path, b"new"),
    "replace": lambda path: files.replace(path, b"new"),
    "the secret": deployment_secret.make,
    "another secret": lambda path: (
        deployment_secret.make(path),
        deployment_secret.write(path, Secrets(bytes(32))),
    )[-1],
    "the list of deleted cases": lambda path: DiskVault(path.parent).change_list(lambda _: b"new"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_file_and_its_name_are_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    waited, real = list[int](), os.fsync

    def waits(file: int) -> None:
        waited.append(os.fstat(file).st_ino)
        real(file)

    monkeypatch.setattr(os, "fsync", waits)
    path = tmp_path / LIST
    WAYS[way](path)
    assert waited[-2:] == [path.stat().st_ino, tmp_path.stat().st_ino]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_secret_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    deployment_secret.make(path)
    before = path.read_bytes()
    deployment_secret.make(path)
    assert path.read_bytes() == before
    with pytest.raises(FileExistsError):
        files.new(path, b"other")


@pytest.mark.parametrize("links", [True, False])
def test_a_new_one_is_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """An empty secret would stay, and be taken for one. FAT has no links."""
    path = tmp_path / "secret"

    def fails(*_: object) -> None:
        seen.append(path.exists())
        raise OSError(28, "No space left on device")

    seen = list[bool]()
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fails)
        with pytest.raises(OSError, match="No space"):
            deployment_secret.make(path)
    assert (seen, list(tmp_path.iterdir())) == ([False], [])
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: fails())
    deployment_secret.make(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        files._write(path, b"other", lambda _: None, files._take_free)  # it came meanwhile
    with monkeypatch.context() as broken:
        broken.setattr(os, "open", lambda *_: fails())  # a directory that is read-only
        deployment_secret.make(path)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (before, [path])


def test_all_of_it_or_what_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "one"
    files.new(path, b"before")

    def fails(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fails)
        with pytest.raises(OSError, match="No space"):
            files.replace(path, b"after")
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"before", [path])
    # What one left that was killed goes.
    part = tmp_path / ".one.part"
    part.write_bytes(b"much longer than what comes")
    part.chmod(0o644)
    files.replace(path, b"after")
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"after", [path])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_that_ended_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gave the file its name while this one waited: what has the name is not written to."""
    path, part, real = tmp_path / "one", tmp_path / ".one.part", files.flock

    def late(file: Any, how: int) -> None:
        monkeypatch.setattr(files, "flock", real)
        part.write_bytes(b"another's")
        part.replace(path)
        with path.open("rb") as held:
            seen.append(held.read())
        real(file, how)

    seen = list[bytes]()
    monkeypatch.setattr(files, "flock", late)
    inode = []
    real_replace = Path.replace

    def replaces(one: Path, to: Path) -> Path:
        inode.append(one.stat().st_ino)
        return real_replace(one, to)

    monkeypatch.setattr(Path, "replace", replaces)
    files.replace(path, b"mine")
    assert (seen, path.read_bytes(), len(set(inode))) == ([b"another's"], b"mine", 2)
